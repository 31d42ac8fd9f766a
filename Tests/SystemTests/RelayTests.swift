// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// A site with a LAN behind it reaches another site and, through a relay, hosts that know nothing of 6to4.
    ///
    ///     lan  le0 ── ne1  a  ne0 ── ne0  relay  ne2 ── ne0  native
    ///                                ne1
    ///                                 │
    ///                                ne0  b
    ///
    ///     lan     2002:c000:201:1::2/64, default via a
    ///     a       192.0.2.1/24, ne1 2002:c000:201:1::1/64, stf0 2002:c000:201::1/16, default via 2002:c058:6301::1
    ///     b       198.51.100.2/24, stf0 2002:c633:6402::1/16
    ///     relay   192.88.99.1, routes IPv4 between a and b, stf0 2002:c058:6301::1/16
    ///     native  2001:db8:9::2/64, default via relay
    @Suite struct RelayTests {
        /// Outer packets with ICMPv6 right inside.
        private let echoes = "ip proto 41 and ip[26]=58"

        @Test func siteReachesNativeHosts() throws {
            try with { hosts in
                let packets = try hosts.relay.capture(2, on: "ne0", echoes) {
                    try hosts.a.expectReplies(1, of: 1, from: "2001:db8:9::2")
                }
                #expect(packets.contains("192.0.2.1 > 192.88.99.1:"), "\(packets)")
                #expect(packets.contains("2002:c000:201::1 > 2001:db8:9::2: "), "\(packets)")
                #expect(packets.contains("192.88.99.1 > 192.0.2.1:"), "\(packets)")
                #expect(packets.contains("2001:db8:9::2 > 2002:c000:201::1: "), "\(packets)")
                try hosts.native.expectReplies(3, from: "2002:c000:201::1")
                try hosts.native.expectReplies(3, from: "2002:c633:6402::1")
            }
        }

        @Test func lanReachesSitesAndNativeHosts() throws {
            try with { hosts in
                try hosts.lan.expectReplies(3, from: "2002:c633:6402::1")
                try hosts.b.expectReplies(3, from: "2002:c000:201:1::2")
                try hosts.lan.expectReplies(3, from: "2001:db8:9::2")
                try hosts.native.expectReplies(3, from: "2002:c000:201:1::2")
            }
        }

        /// Sites talk past the relay: the destination itself goes before the gateway.
        @Test func sitesDoNotUseTheRelay() throws {
            try with { hosts in
                let packets = try hosts.relay.capture(2, on: "ne0", echoes) {
                    try hosts.a.expectReplies(1, of: 1, from: "2002:c633:6402::1")
                }
                #expect(packets.contains("192.0.2.1 > 198.51.100.2:"), "\(packets)")
                #expect(!packets.contains("192.88.99.1"), "\(packets)")
            }
        }

        /// A path that is narrow in the middle fragments the outer packets, which do not forbid it.
        @Test func narrowPathIsPassed() throws {
            try with { hosts in
                try hosts.daemonA.succeed("stf0 mtu 1480")
                try hosts.daemonB.succeed("stf0 mtu 1480")
                try hosts.relay.succeed("ip link set ne1 mtu 1300")
                try hosts.b.succeed("ip link set ne0 mtu 1300")
                try hosts.a.expectReplies(3, from: "2002:c633:6402::1", options: "-s 1400")
            }
        }

        @Test func changedRouteIsFollowed() throws {
            try with { hosts in
                try hosts.relay.succeed("ip addr add 203.0.113.9/32 dev lo")
                try hosts.a.succeed("ip route add 203.0.113.9 via 192.0.2.88")
                try hosts.a.succeed("ip -6 route replace default via 2002:cb00:7109::1 dev stf0")
                let packets = try hosts.relay.capture(1, on: "ne0", echoes) {
                    _ = try hosts.a.ping("2001:db8:9::2", count: 1, options: "-W 0.1")
                }
                #expect(packets.contains("192.0.2.1 > 203.0.113.9:"), "\(packets)")
                // A more specific route goes before it; without any there is nowhere to go.
                try hosts.a.succeed("ip -6 route add 2001:db8:9::/64 via 2002:c058:6301::1 dev stf0")
                try hosts.a.expectReplies(3, from: "2001:db8:9::2")
                try hosts.a.succeed("ip -6 route del 2001:db8:9::/64")
                try hosts.a.succeed("ip -6 route del default")
                try hosts.a.succeed("ip -6 route add default dev stf0")
                let before = try hosts.daemonA.dropped("output", "no-next-hop")
                try hosts.a.expectReplies(0, of: 2, from: "2001:db8:9::2", options: "-W 0.1")
                let dropped = try hosts.daemonA.dropped("output", "no-next-hop", reaching: before + 2) - before
                #expect(dropped == 2)
            }
        }

        private struct Hosts {
            let lan: Namespace
            let a: Namespace
            let b: Namespace
            let relay: Namespace
            let native: Namespace
            let daemonA: Daemon
            let daemonB: Daemon
        }

        private func with(_ body: (Hosts) throws -> Void) throws {
            try Topology.with { net throws in
                let lan = try net.namespace("lan"), a = try net.namespace("a"), b = try net.namespace("b")
                let relay = try net.namespace("relay"), native = try net.namespace("native")
                for router in [a, relay] { try router.forward() }
                try net.link(lan, "le0", "2002:c000:201:1::2/64", a, "ne1", "2002:c000:201:1::1/64")
                try net.link(a, "ne0", "192.0.2.1/24", relay, "ne0", "192.0.2.88/24")
                try net.link(b, "ne0", "198.51.100.2/24", relay, "ne1", "198.51.100.88/24")
                try net.link(relay, "ne2", "2001:db8:9::1/64", native, "ne0", "2001:db8:9::2/64")
                try relay.succeed("ip addr add 192.88.99.1/32 dev lo")
                try a.succeed("ip route add default via 192.0.2.88")
                try b.succeed("ip route add default via 198.51.100.88")
                try lan.succeed("ip -6 route add default via 2002:c000:201:1::1")
                try native.succeed("ip -6 route add default via 2001:db8:9::1")
                let daemonA = try net.daemon(in: a), daemonB = try net.daemon(in: b)
                try daemonA.succeed("stf0 create inet6 2002:c000:201::1/16")
                try daemonB.succeed("stf0 create inet6 2002:c633:6402::1/16")
                try net.daemon(in: relay).succeed("stf0 create inet6 2002:c058:6301::1/16")
                for site in [a, b] { try site.succeed("ip -6 route add default via 2002:c058:6301::1 dev stf0") }
                try body(
                    Hosts(lan: lan, a: a, b: b, relay: relay, native: native, daemonA: daemonA, daemonB: daemonB))
            }
        }
    }
}
