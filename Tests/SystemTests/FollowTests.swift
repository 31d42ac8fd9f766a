// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// What an admin changes with ip(8) shows in `stfctl` and decides over packets, with no word to `inet6d`. The hosts
    /// are those of `TwoSites`; routes are followed in `RelayTests`.
    @Suite struct FollowTests {
        @Test func ownIPv4AddressComesAndGoes() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip addr del 192.0.2.1/24 dev ne0")
                #expect(try sites.daemonA.interface("stf0")?.ipv4 == nil)
                try sites.a.expectReplies(0, of: 3, from: TwoSites.addressB, options: "-W 0.1")
                try sites.daemonA.expectDropped(3, "output", "no-own-ipv4")
                #expect(try sites.daemonA.interface("stf0")?.addresses == ["2002:c000:201::1/16"])
                try sites.a.succeed("ip addr add 192.0.2.1/24 dev ne0")
                #expect(try sites.daemonA.interface("stf0")?.ipv4 == "192.0.2.1")
                try sites.a.expectReplies(3, from: TwoSites.addressB)
                try sites.b.expectReplies(3, from: TwoSites.addressA)
            }
        }

        /// The IPv4 address need not be on the device that packets leave by.
        @Test func ownIPv4AddressMovesToAnotherDevice() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip addr replace 192.0.2.1/32 dev lo")
                try sites.a.succeed("ip addr del 192.0.2.1/24 dev ne0")
                try sites.a.succeed("ip addr add 192.0.2.111/24 dev ne0")
                #expect(try sites.daemonA.interface("stf0")?.ipv4 == "192.0.2.1")
                try sites.a.expectReplies(3, from: TwoSites.addressB)
                try sites.b.expectReplies(3, from: TwoSites.addressA)
            }
        }

        @Test func upAndDownShow() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip link set stf0 down")
                #expect(try sites.daemonA.interface("stf0")?.flags == [])
                #expect(try sites.daemonA.interface("stf0")?.ipv4 == nil)
                try sites.a.succeed("ip link set stf0 up")
                #expect(try sites.daemonA.interface("stf0")?.flags == ["up", "running"])
                let addresses = try sites.a.kernelState("stf0")?.addresses
                #expect(try sites.daemonA.interface("stf0")?.addresses == addresses)
                // Whatever the kernel kept, the same words make it what it was.
                try sites.daemonA.succeed("-i create stf0 inet6 \(TwoSites.addressA)/16")
                try sites.a.expectReplies(3, from: TwoSites.addressB)
            }
        }

        /// As on BSD: `down` lets no packets through, and takes nothing else away.
        @Test(arguments: ["down", "up"])
        func addressOutlivesBeingDown(_ end: String) throws {
            try TwoSites.with { sites in
                try sites.daemonA.succeed("stf0 down")
                try sites.b.expectReplies(0, of: 2, from: TwoSites.addressA, options: "-W 0.1")
                try sites.daemonA.succeed("stf0 \(end)")
                #expect(try sites.daemonA.interface("stf0")?.addresses == ["2002:c000:201::1/16"])
                if end == "up" { try sites.b.expectReplies(3, from: TwoSites.addressA) }
            }
        }

        @Test func mtuAndAliasShow() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip link set stf0 mtu 1400")
                #expect(try sites.daemonA.interface("stf0")?.mtu == 1400)
                try sites.a.succeed("ip link set stf0 alias to-6to4")
                #expect(try sites.daemonA.interface("stf0")?.description == "to-6to4")
                try sites.daemonA.succeed("stf0 -description mtu 1280")
                #expect(try sites.daemonA.interface("stf0")?.description == nil)
                #expect(try sites.a.kernelState("stf0")?.mtu == 1280)
                #expect(!(try sites.a.succeed("ip link show dev stf0")).contains("alias"))
            }
        }

        /// The kernel does not tell of a new alias while the interface is down.
        @Test func descriptionShowsWhileDown() throws {
            try TwoSites.with { sites in
                try sites.daemonA.succeed("create stf1 description ours")
                #expect(try sites.daemonA.interface("stf1")?.description == "ours")
                try sites.a.succeed("ip link set stf1 alias theirs")
                #expect(try sites.daemonA.interface("stf1")?.description == "theirs")
                try sites.daemonA.succeed("stf1 -description")
                #expect(try sites.daemonA.interface("stf1")?.description == nil)
            }
        }

        @Test func addressesShow() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip -6 addr del 2002:c000:201::1/16 dev stf0")
                #expect(try sites.daemonA.interface("stf0")?.addresses == [])
                #expect(try sites.daemonA.interface("stf0")?.ipv4 == nil)
                try sites.a.succeed("ip -6 addr add 2002:c000:201:7::9/16 dev stf0")
                #expect(try sites.daemonA.interface("stf0")?.addresses == ["2002:c000:201:7::9/16"])
                try sites.a.expectReplies(3, from: TwoSites.addressB)
                try sites.a.succeed("ip -6 addr change 2002:c000:201:7::9/16 dev stf0 preferred_lft 0")
                #expect(try sites.daemonA.interface("stf0")?.inet6.first?.deprecated == true)
                try sites.a.succeed("ip -6 addr change 2002:c000:201:7::9/16 dev stf0 valid_lft 1000 preferred_lft 500")
                let address = try #require(try sites.daemonA.interface("stf0")?.inet6.first)
                #expect((900...1000).contains(try #require(address.vltime)))
                #expect((400...500).contains(try #require(address.pltime)))
                #expect(!address.deprecated)
            }
        }

        @Test func nameIsFollowed() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip link set stf0 down")
                try sites.a.succeed("ip link set stf0 name stf7")
                #expect(try sites.daemonA.interfaces().map(\.name) == ["stf7"])
                try sites.daemonA.succeed("-i stf7 inet6 \(TwoSites.addressA)/16 up")
                try sites.a.expectReplies(3, from: TwoSites.addressB)
                try sites.daemonA.succeed("destroy stf7")
                #expect(try sites.a.kernelState("stf7") == nil)
            }
        }

        @Test func deletedDeviceIsGone() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip link del stf0")
                #expect(try sites.daemonA.interfaces() == [])
                #expect(sites.daemonA.process.isRunning)
                try sites.daemonA.succeed("stf0 create inet6 \(TwoSites.addressA)/16")
                try sites.a.expectReplies(3, from: TwoSites.addressB)
                #expect(try sites.daemonA.interface("stf0")?.counters.output.packets == 3)
            }
        }
    }
}
