// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// A site with two routers for one IPv4 address: packets leave by one and return by the other. The peer and the
    /// router that they return by have to put up with that, which is what link2 is for.
    ///
    ///                   le0  out  ne0 ────── ne0
    ///     lan  br0 ──┤                            b
    ///                   le0  in   ne0 ────── ne1
    ///
    ///     lan  2002:c000:201:1::2/64, default via out
    ///     out  192.0.2.1/32, stf0 2002:c000:201::1/16, to b by ne0
    ///     in   192.0.2.1/32, stf0 2002:c000:201::2/16, to b by le0 and out: nothing leaves by its ne0
    ///     b    198.51.100.2/32, stf0 2002:c633:6402::1/16, to 192.0.2.1 by ne1 and in
    @Suite struct DualRouterTests {
        @Test func siteLeavesByOneRouterAndReturnsByTheOther() throws {
            try with { hosts in
                // What comes by ne0, b would send by ne1.
                try hosts.lan.expectReplies(0, of: 2, from: "2002:c633:6402::1", options: "-W 0.1")
                try hosts.daemonB.expectDropped(2, "input", "ingress")
                try hosts.daemonB.succeed("stf0 link2")
                // What comes by ne0, the router would send by le0.
                try hosts.lan.expectReplies(0, of: 2, from: "2002:c633:6402::1", options: "-W 0.1")
                try hosts.daemonIn.expectDropped(2, "input", "ingress")
                try hosts.daemonIn.succeed("stf0 link2")
                try hosts.lan.expectReplies(3, from: "2002:c633:6402::1")
                try hosts.b.expectReplies(3, from: "2002:c000:201:1::2")
                // 2 that died at b, 2 whose answers died, 3 with answers and 3 answers to b.
                try hosts.daemonOut.expectTraffic(input: 0, output: 10)
                try hosts.daemonIn.expectTraffic(input: 6, output: 0)
                try hosts.daemonIn.expectDropped(2, "input", "ingress")
            }
        }

        /// When the first router's way out is gone, its neighbour serves both ways.
        @Test func otherRouterTakesOver() throws {
            try with { hosts in
                for daemon in [hosts.daemonB, hosts.daemonIn] { try daemon.succeed("stf0 link2") }
                try hosts.lan.expectReplies(3, from: "2002:c633:6402::1")
                try hosts.out.succeed("ip link set ne0 down")
                try hosts.inward.succeed("ip route replace 198.51.100.2 via 198.18.2.2 src 192.0.2.1")
                try hosts.lan.succeed("ip -6 route replace default via 2002:c000:201:1::b")
                for daemon in [hosts.daemonB, hosts.daemonIn] { try daemon.succeed("stf0 -link2") }
                try hosts.lan.expectReplies(3, from: "2002:c633:6402::1")
                try hosts.b.expectReplies(3, from: "2002:c000:201:1::2")
                try hosts.daemonOut.expectTraffic(input: 0, output: 3)
                try hosts.daemonIn.expectTraffic(input: 9, output: 6)
            }
        }

        /// Two relays: a native host's packets come by one, and the answers go by the other.
        @Test func relaysNeedNotAgree() throws {
            try with { hosts in
                // b is a relay by both of its addresses; the site sends to one, and b from the other.
                try hosts.b.succeed("ip addr add 198.51.100.3/32 dev lo")
                try hosts.b.succeed("ip -6 addr add 2001:db8:9::2/128 dev lo")
                try hosts.daemonB.succeed("create stf1 inet6 2002:c633:6403::1/16 link2")
                try hosts.b.succeed("ip -6 route del 2002::/16 dev stf1")
                for (router, device) in [(hosts.out, "ne0"), (hosts.inward, "ne0")] {
                    try router.succeed("ip -6 route add default via 2002:c633:6403::1 dev stf0")
                    let neighbour = router === hosts.out ? "198.18.1.2" : "198.18.2.2"
                    try router.succeed("ip route add 198.51.100.3 via \(neighbour) dev \(device) src 192.0.2.1")
                }
                try hosts.daemonIn.succeed("stf0 link2")
                try hosts.lan.expectReplies(3, from: "2001:db8:9::2")
                try hosts.daemonB.expectTraffic(input: 0, output: 3, on: "stf0")
                try hosts.daemonB.expectTraffic(input: 3, output: 0, on: "stf1")
            }
        }

        private struct Hosts {
            let lan: Namespace
            let out: Namespace
            let inward: Namespace
            let b: Namespace
            let daemonOut: Daemon
            let daemonIn: Daemon
            let daemonB: Daemon
        }

        private func with(_ body: (Hosts) throws -> Void) throws {
            try Topology.with { net throws in
                let lan = try net.namespace("lan"), out = try net.namespace("out"), inward = try net.namespace("in")
                let b = try net.namespace("b")
                try lan.succeed("ip link add br0 type bridge")
                try lan.succeed("ip link set br0 up")
                try lan.succeed("ip addr add 2002:c000:201:1::2/64 dev br0")
                for (router, number) in [(out, 1), (inward, 2)] {
                    try router.forward()
                    try router.succeed("ip addr add 192.0.2.1/32 dev lo")
                    try net.link(
                        router, "le0", "2002:c000:201:1::\(number == 1 ? "a" : "b")/64", lan, router.short, nil)
                    try lan.succeed("ip link set \(router.short) master br0")
                    try router.succeed("ip addr add 198.18.0.\(number)/24 dev le0")
                    try net.link(
                        router, "ne0", "198.18.\(number).1/24", b, "ne\(number - 1)", "198.18.\(number).2/24")
                }
                try b.succeed("ip addr add 198.51.100.2/32 dev lo")
                try b.succeed("ip route add 192.0.2.1 via 198.18.2.1 src 198.51.100.2")
                try out.succeed("ip route add 198.51.100.2 via 198.18.1.2 src 192.0.2.1")
                try inward.succeed("ip route add 198.51.100.2 via 198.18.0.1 src 192.0.2.1")
                for host in [out, inward, b] {
                    for device in ["all", "ne0"] { try host.set("net/ipv4/conf/\(device)/rp_filter", "0") }
                }
                try lan.succeed("ip -6 route add default via 2002:c000:201:1::a")
                let daemonOut = try net.daemon(in: out), daemonIn = try net.daemon(in: inward)
                let daemonB = try net.daemon(in: b)
                try daemonOut.succeed("create stf0 inet6 2002:c000:201::1/16")
                try daemonIn.succeed("create stf0 inet6 2002:c000:201::2/16")
                try daemonB.succeed("create stf0 inet6 2002:c633:6402::1/16")
                try body(
                    Hosts(
                        lan: lan, out: out, inward: inward, b: b, daemonOut: daemonOut, daemonIn: daemonIn,
                        daemonB: daemonB))
            }
        }
    }
}
