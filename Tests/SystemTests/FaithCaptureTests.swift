// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What faith0 captures, and what becomes of the rest (faith(4)).
    @Suite struct FaithCaptureTests {
        /// The variable decides, at once and for what is there already.
        @Test func capturesOnlyWithKeepfaith() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
                try bed.daemon.set("net.inet6.ip6.keepfaith", 0)
                #expect(try eventually { try bed.daemon.relayed().captured.isEmpty })
                #expect(
                    try bed.ask([FaithBed.question, "udp [\(FaithBed.address)]:80"]) == ["ENETUNREACH", "ENETUNREACH"])
                #expect(try bed.dropped("output", "not-captured", reaching: 2) >= 2)
                #expect(try !bed.router.succeed("ip -6 route show table all").contains("local 2001:db8:64::/96"))
                // The route is announced all the same.
                #expect(try bed.router.succeed("ip -6 route show").contains("2001:db8:64::/96 dev faith0 proto 213"))
                try bed.daemon.set("net.inet6.ip6.keepfaith", 1)
                #expect(try eventually { try bed.daemon.relayed().captured == [FaithBed.prefix] })
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
            }
        }

        /// Capturing is input, which a host has too; what is not captured would be forwarded, which it does not.
        @Test func capturesWithoutForwarding() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                try bed.router.set("net/ipv6/conf/all/forwarding", "0")
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
                try bed.daemon.set("net.inet6.ip6.keepfaith", 0)
                #expect(try eventually { try bed.daemon.relayed().captured.isEmpty })
                #expect(try bed.ask(FaithBed.question) == "silence")
                #expect(try bed.dropped("output", "not-captured") == 0)
            }
        }

        /// A server of this host that listens at every address is nobody's behind the prefix.
        @Test func hostsOwnServersAreNotReached() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [22, 80], at: bed.router)
                let own = "2001:db8:64::1"
                try bed.router.succeed("ip addr add \(own)/128 dev lo")
                let through = ["tcp [\(FaithBed.address)]:22", "tcp [\(FaithBed.address)]:80"]
                // Nobody listens on the server.
                #expect(try bed.ask(through) == ["ECONNREFUSED", "ECONNRESET"])
                #expect(try bed.dropped("input", "no-relay", reaching: 1) == 1)
                let outside = "\(FaithBed.clientAddress)>\(FaithBed.routerAddress)"
                let inside = "\(FaithBed.clientAddress)>\(own)"
                #expect(
                    try eventually {
                        try bed.ask(["tcp [\(own)]:22", "tcp [\(own)]:80", "tcp [\(FaithBed.routerAddress)]:22"])
                            == [inside, inside, outside]
                    })
                // With all ports relayed, the server's is meant.
                try bed.daemon.faith("faith0 relay all")
                try bed.greet(on: [22])
                #expect(
                    try bed.ask(["tcp [\(FaithBed.address)]:22", "tcp [\(own)]:22"]) == [FaithBed.greeting, inside])
                // An address that goes is captured again.
                try bed.router.succeed("ip addr del \(own)/128 dev lo")
                #expect(try eventually { try bed.ask("tcp [\(own)]:22") == "ECONNRESET" })
                #expect(try bed.daemon.relayed().ends.contains("destination-this-network: 1"))
            }
        }

        @Test(arguments: [0, 1])
        func whatIsNotRelayedIsAnsweredOrDropped(_ forwarding: Int) throws {
            try FaithBed.with("relay 80") { bed in
                try bed.router.set("net/ipv6/conf/all/forwarding", "\(forwarding)")
                let to = "[\(FaithBed.address)]"
                let heard = try bed.ask(["tcp \(to):81", "udp \(to):80", "udp \(to):53", "253 \(to):0", "132 \(to):0"])
                #expect(heard == ["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED", "EACCES", "EACCES"])
                try bed.client.expectReplies(0, of: 1, from: FaithBed.address, options: "-W 1")
                for (reason, count) in [("no-relay", 1), ("udp", 2), ("not-tcp", 2), ("icmpv6", 1)] {
                    #expect(try bed.dropped("input", reason, reaching: count) == count, "\(reason)")
                }
                #expect(try bed.daemon.relayed().counters.accepted == 0)
            }
        }

        /// What this host itself sends there is captured, too.
        @Test func hostItselfIsAClient() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                let heard = try bed.ask([FaithBed.question, "udp [\(FaithBed.address)]:80"], from: bed.router)
                #expect(heard == [FaithBed.greeting, "ECONNREFUSED"])
            }
        }

        /// A link behind the client is narrower than both ends know, and says so: to an address that is nobody's.
        @Test func packetTooBigReachesTheConnection() throws {
            try FaithBed.with("relay 80") { bed in
                let far = try bed.net.namespace("far")
                try bed.net.link(far, "ne0", "2001:db8:9::2/64", bed.client, "ne1", "2001:db8:9::1/64")
                try bed.client.succeed("ip link set ne1 mtu 1300")
                try bed.client.set("net/ipv6/conf/all/forwarding", "1")
                try far.succeed("ip -6 route add default via 2001:db8:9::1")
                try bed.router.succeed("ip -6 route add 2001:db8:9::/64 via \(FaithBed.clientAddress)")
                try bed.server.succeed("truncate -s 5M \(bed.path("page"))")
                try bed.serveHTTP("server { listen 80; root \(bed.net.scratch.path); }", port: 80)
                let result = try far.run(
                    "curl -g -sS -m 8 -o /dev/null -w %{size_download} http://[\(FaithBed.address)]/page")
                #expect(result.output == "\(5 << 20)", "\(result)")
                let told = try bed.client.succeed("nstat -asz Icmp6OutPktTooBigs").split(separator: "\n").last
                #expect(told.map { !$0.contains(" 0 ") } == true, "\(told ?? "")")
                // What it learned is about the client, whose address is behind the narrow link.
                #expect(try bed.router.succeed("ip -6 route get 2001:db8:9::2").contains("mtu 1300"))
            }
        }

        /// As it goes, so do the device, the routes and the sessions, and clients know at once.
        @Test func deadDaemonLeavesNothing() throws {
            try FaithBed.with("relay 7") { bed in
                try bed.server.serve(["socat", "TCP4-LISTEN:7,reuseaddr,fork", "EXEC:cat"], port: 7)
                let client = try bed.client.start(["socat", "-u", "TCP6:[\(FaithBed.address)]:7", "-"])
                #expect(try eventually { try bed.daemon.relayed().sessions == 1 })
                try bed.router.succeed("ip -6 route add unreachable 2001:db8::/32")
                bed.daemon.kill()
                #expect(eventually(within: .seconds(3)) { !client.isRunning }, "\(client.error)")
                #expect(try eventually { try bed.router.kernelState("faith0") == nil })
                let routes = try bed.router.succeed("ip -6 route show table all")
                #expect(!routes.contains("2001:db8:64:") && !routes.contains("faith"), "\(routes)")
                let heard = try bed.ask("tcp [\(FaithBed.address)]:7")
                #expect(["ENETUNREACH", "EHOSTUNREACH"].contains(heard), "\(heard)")
                let daemon = try bed.net.daemon(in: bed.router)
                try daemon.createFaith("relay 80")
                try bed.greet(on: [80])
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
            }
        }
    }
}
