// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// Two 6to4 sites reach each other with nothing configured but their own addresses, and what a packet wears on the
    /// way is what stf(4) says. The hosts are those of `TwoSites`.
    @Suite struct SiteTests {
        @Test func sitesReachEachOther() throws {
            try TwoSites.with { sites in
                try sites.a.expectReplies(3, from: TwoSites.addressB)
                try sites.b.expectReplies(3, from: TwoSites.addressA)
                for daemon in [sites.daemonA, sites.daemonB] {
                    let stf0 = try #require(try daemon.interface("stf0"))
                    // Three requests and three replies, each 40 bytes of IPv6, 8 of ICMPv6 and 56 of data.
                    #expect(stf0.counters.input == InterfaceState.Traffic(packets: 6, bytes: 6 * 104))
                    #expect(stf0.counters.output == InterfaceState.Traffic(packets: 6, bytes: 6 * 104))
                    #expect(stf0.losses == [])
                }
            }
        }

        @Test func stfctlAndIPAgree() throws {
            try TwoSites.with { sites in
                let ours = try #require(try sites.daemonA.interface("stf0"))
                let kernels = try #require(try sites.a.kernelState("stf0"))
                #expect(ours.addresses == ["2002:c000:201::1/16"])
                #expect(ours.addresses == kernels.addresses)
                #expect(ours.index == kernels.ifindex)
                #expect(ours.mtu == 1280 && kernels.mtu == 1280)
                #expect(ours.ipv4 == "192.0.2.1")
                #expect(ours.flags == ["up", "running"])
                #expect(kernels.flags.contains("UP") && kernels.flags.contains("NOARP"))
                #expect(!kernels.flags.contains("MULTICAST"))
                #expect(try sites.a.succeed("ip -6 route show dev stf0").contains("2002::/16 proto kernel metric 256"))
            }
        }

        @Test func outerHeaderIsAsTheManualPageSays() throws {
            try TwoSites.with { sites in
                let packets = try sites.b.capture(2, on: "ne0", "ip proto 41") {
                    try sites.a.expectReplies(1, of: 1, from: TwoSites.addressB, options: "-Q 0xb8")
                }
                #expect(packets.contains("tos 0xb8, ttl 40,"), "\(packets)")
                #expect(packets.contains("flags [none], proto IPv6 (41), length 124"), "\(packets)")
                #expect(packets.contains("192.0.2.1 > 192.0.2.2:"), "\(packets)")
                #expect(packets.contains("2002:c000:201::1 > 2002:c000:202::1: "), "\(packets)")
                // The reply has no traffic class to copy unless it copies ours; its lifetime and DF are the same.
                #expect(packets.matches(of: /ttl 40,/).count == 2, "\(packets)")
                #expect(packets.matches(of: /flags \[none\], proto IPv6/).count == 2, "\(packets)")
            }
        }

        @Test func largePacketsAreFragmentedOutside() throws {
            try TwoSites.with { sites in
                try sites.setMTU(1480)
                try sites.setUnderlayMTU(1400)
                let fragments = try sites.b.capture(2, on: "ne0", "src host 192.0.2.1 and ip proto 41") {
                    try sites.a.expectReplies(1, of: 1, from: TwoSites.addressB, options: "-s 1400 -M do")
                }
                #expect(fragments.contains("flags [+], proto IPv6 (41), length 1396"), "\(fragments)")
                #expect(fragments.contains("ttl 40, "), "\(fragments)")
                try sites.b.expectReplies(5, of: 5, from: TwoSites.addressA, options: "-s 1400")
                #expect(try sites.daemonA.interface("stf0")?.losses == [])
                #expect(try sites.daemonB.interface("stf0")?.losses == [])
            }
        }

        /// The interface does no multicast: there is nobody that a group's packets could be sent to, and a default route
        /// is no answer. A router joins ff02::2 by itself, and reports that.
        @Test func multicastStaysAtHome() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip -6 route add default via \(TwoSites.addressB) dev stf0")
                try sites.a.forward()
                _ = try sites.a.ping("ff02::1", count: 2, options: "-W 0.1 -I stf0")
                let sent = try #require(try sites.daemonA.interface("stf0")).counters.output
                #expect(sent == InterfaceState.Traffic(packets: 0, bytes: 0))
                #expect(try sites.daemonB.interface("stf0")?.losses == [])
            }
        }
    }
}
