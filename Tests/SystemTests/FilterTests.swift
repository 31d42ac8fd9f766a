// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// What the filters of stf(4) refuse does not get in, is counted, and gets in when they are told to let it. The hosts
    /// are those of `TwoSites`, with a second wire where a test says so.
    @Suite struct FilterTests {
        @Test func forgedSourceIsRefused() throws {
            try TwoSites.with { sites in
                // b does as an attacker would, and sends what is not its own.
                try sites.daemonB.set("net.link.stf.pairing", 0)
                try sites.b.succeed("ip addr add 2002:c000:263::1/128 dev lo")
                let forged = "-W 0.1 -I 2002:c000:263::1"
                try sites.b.expectReplies(0, of: 4, from: TwoSites.addressA, options: forged)
                try sites.daemonA.expectDropped(4, "input", "inner-source-mismatch")
                #expect(try sites.daemonA.interface("stf0")?.counters.input.packets == 0)
                try sites.daemonA.set("net.link.stf.pairing", 0)
                _ = try sites.b.ping(TwoSites.addressA, count: 4, options: forged)
                #expect(try eventually { try sites.daemonA.interface("stf0")?.counters.input.packets == 4 })
            }
        }

        /// The second wire is 198.51.100.1/24 to 198.51.100.2/24, and b sends by it what a expects by the first.
        @Test func detourIsRefusedUnlessLink2() throws {
            try TwoSites.with { sites in
                try sites.net.link(sites.a, "ne1", "198.51.100.1/24", sites.b, "ne1", "198.51.100.2/24")
                for device in ["all", "ne0", "ne1"] { try sites.a.set("net/ipv4/conf/\(device)/rp_filter", "0") }
                try sites.b.succeed("ip route add 192.0.2.1/32 via 198.51.100.1 src 192.0.2.2")
                // What is a detour to a is one to b when a answers.
                try sites.daemonB.succeed("stf0 link2")
                try sites.b.expectReplies(0, of: 4, from: TwoSites.addressA, options: "-W 0.1")
                try sites.daemonA.expectDropped(4, "input", "ingress")
                try sites.daemonA.succeed("stf0 link2")
                try sites.b.expectReplies(3, from: TwoSites.addressA)
                try sites.daemonA.succeed("stf0 -link2")
                try sites.b.expectReplies(0, of: 4, from: TwoSites.addressA, options: "-W 0.1")
                // When the way there changes, the check follows.
                try sites.a.succeed("ip route add 192.0.2.2/32 via 198.51.100.2 src 192.0.2.1")
                try sites.b.expectReplies(3, from: TwoSites.addressA)
            }
        }

        /// Two ways of one cost (ECMP): what goes there by one may come back by the other.
        @Test(arguments: ["user", "kernel"])
        func eitherOfTwoWaysIsAWayBack(engine: String) throws {
            try TwoSites.with { sites in
                try sites.net.link(sites.a, "ne1", "198.51.100.1/24", sites.b, "ne1", "198.51.100.2/24")
                for device in ["all", "ne0", "ne1"] { try sites.a.set("net/ipv4/conf/\(device)/rp_filter", "0") }
                for daemon in [sites.daemonA, sites.daemonB] { try daemon.succeed("stf0 engine \(engine)") }
                try sites.daemonB.succeed("stf0 link2")
                let ways = "nexthop dev ne0 nexthop via 198.51.100.2 dev ne1"
                try sites.a.succeed("ip route add 192.0.2.2/32 src 192.0.2.1 \(ways)")
                for way in ["dev ne0", "via 198.51.100.1 dev ne1"] {
                    try sites.b.succeed("ip route replace 192.0.2.1/32 \(way) src 192.0.2.2")
                    try sites.b.expectReplies(3, from: TwoSites.addressA)
                }
            }
        }

        @Test func congestionMarkStaysInsideWithLink1() throws {
            try TwoSites.with { sites in
                for (word, tos) in [("-link1", "0xbb"), ("link1", "0xba")] {
                    try sites.daemonA.succeed("stf0 \(word)")
                    let packets = try sites.b.capture(1, on: "ne0", "src host 192.0.2.1 and ip proto 41") {
                        try sites.a.expectReplies(1, of: 1, from: TwoSites.addressB, options: "-Q 0xbb")
                    }
                    #expect(packets.contains("IP (tos \(tos),"), "\(packets)")
                    #expect(packets.contains("IP6 (class 0xbb,"), "\(packets)")
                }
            }
        }

        @Test func privateAddressesServeALab() throws {
            try TwoSites.with { sites in
                for (host, daemon, number) in [(sites.a, sites.daemonA, 1), (sites.b, sites.daemonB, 2)] {
                    try host.succeed("ip addr add 10.0.0.\(number)/24 dev ne0")
                    try daemon.succeed("destroy stf0")
                    let words = "create stf0 inet6 2002:a00:\(number)::1/16"
                    let refused = try daemon.stfctl(words)
                    #expect(refused.status == 1 && refused.error.contains("10.0.0.\(number) is private"), "\(refused)")
                    try daemon.set("net.link.stf.permit_rfc1918", 1)
                    try daemon.succeed(words)
                }
                try sites.a.expectReplies(3, from: "2002:a00:2::1")
                // The permission is asked for each packet.
                try sites.daemonA.set("net.link.stf.permit_rfc1918", 0)
                try sites.b.expectReplies(0, of: 2, from: "2002:a00:1::1", options: "-W 0.1")
                try sites.daemonA.expectDropped(2, "input", "outer-destination-private")
                // Nothing leaves from an address that must not be used, nor does it go unsaid.
                let before = try sites.daemonB.interface("stf0")?.counters.input
                let ping = try sites.a.run("ping -n -c 2 -i 0.1 -W 1 2002:a00:2::1")
                #expect(ping.output.contains("Destination unreachable: Address unreachable"), "\(ping)")
                try sites.daemonA.expectDropped(2, "output", "outer-source-private")
                #expect(try sites.daemonB.interface("stf0")?.counters.input == before)
            }
        }

        @Test func timeToLiveIsAVariable() throws {
            try TwoSites.with { sites in
                try sites.daemonA.set("net.link.stf.ttl", 7)
                let packets = try sites.b.capture(1, on: "ne0", "src host 192.0.2.1 and ip proto 41") {
                    try sites.a.expectReplies(1, of: 1, from: TwoSites.addressB)
                }
                #expect(packets.contains("ttl 7,"), "\(packets)")
                #expect(try sites.daemonA.inet6ctl("net.link.stf.ttl").output == "net.link.stf.ttl: 7\n")
            }
        }
    }
}
