// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What programs take past the interface arrives as if it had gone through it, and goes through it as soon as anybody
    /// is there who would notice. The hosts are those of `RoutedSites`.
    @Suite struct ShortcutTests {
        /// Packets that went past the interface.
        private static func shortcuts(_ daemon: Daemon) throws -> Int {
            let text = try daemon.succeed("-v stf0")
            return text.firstMatch(of: /shortcut: (\d+) packets/).flatMap { Int($0.1) } ?? 0
        }

        private static func shell(_ line: String, on host: Namespace) throws {
            let result = try host.run(["sh", "-c", line])
            guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
        }

        @Test func forwardedPacketsTakeIt() throws {
            try RoutedSites.with { sites in
                let before = try [sites.daemon1, sites.daemon2].map(ShortcutTests.shortcuts)
                try sites.host1.expectReplies(10, of: 10, from: RoutedSites.address2)
                let after = try [sites.daemon1, sites.daemon2].map(ShortcutTests.shortcuts)
                #expect(after == before.map { $0 + 20 }, "ten requests and ten replies")
                let stf0 = try #require(try sites.daemon1.interface("stf0"))
                #expect(stf0.counters.input.packets >= 10 && stf0.counters.output.packets >= 10 && stf0.losses == [])
                // Each router is a hop, whichever way a packet takes.
                #expect(try sites.host1.ping(RoutedSites.address2, count: 1).output.contains("ttl=62"))
                for daemon in [sites.daemon1, sites.daemon2] { try daemon.succeed("stf0 -shortcut") }
                let off = try ShortcutTests.shortcuts(sites.daemon1)
                #expect(try sites.host1.ping(RoutedSites.address2, count: 1).output.contains("ttl=62"))
                #expect(try ShortcutTests.shortcuts(sites.daemon1) == off)
                #expect(try sites.daemon1.succeed("-c stf0").contains("-shortcut"))
            }
        }

        /// Each of these lets all packets pass, and may want to see them.
        @Test(arguments: [
            (
                "nft add table ip6 f && nft 'add chain ip6 f c { type filter hook forward priority 0 ; }'",
                "nft delete table ip6 f", "firewall"
            ),
            (
                "nft add table ip6 f && nft 'add chain ip6 f c { type filter hook postrouting priority 0 ; }'",
                "nft delete table ip6 f", "firewall"
            ),
            (
                "nft add table netdev f && nft 'add chain netdev f c { type filter hook ingress device stf0 priority 0 ; }'",
                "nft delete table netdev f", "firewall"
            ),
            (
                "nft add table netdev f && nft 'add chain netdev f c { type filter hook egress device stf0 priority 0 ; }'",
                "nft delete table netdev f", "firewall"
            ),
            (
                "nft add table netdev f && nft 'add chain netdev f c { type filter hook ingress device lan priority 0 ; }'",
                "nft delete table netdev f", "firewall"
            ),
            ("tc qdisc replace dev stf0 root pfifo", "tc qdisc del dev stf0 root", "traffic-control"),
            ("tc qdisc add dev stf0 clsact", "tc qdisc del dev stf0 clsact", "traffic-control"),
            ("tc qdisc add dev lan clsact", "tc qdisc del dev lan clsact", "traffic-control"),
            (
                "ip -6 rule add from 2001:db8:77::/48 lookup main", "ip -6 rule del from 2001:db8:77::/48 lookup main",
                "rules"
            ),
            (
                "ip xfrm policy add src 2001:db8:77::/48 dst 2001:db8:78::/48 dir fwd",
                "ip xfrm policy del src 2001:db8:77::/48 dst 2001:db8:78::/48 dir fwd", "ipsec"
            ),
        ])
        func whoeverIsBetweenSeesAll(_ make: String, _ undo: String, _ reason: String) throws {
            try RoutedSites.with { sites in
                try ShortcutTests.shell(make, on: sites.router1)
                let before = try ShortcutTests.shortcuts(sites.daemon1)
                try sites.host1.expectReplies(3, of: 3, from: RoutedSites.address2)
                let taken = try ShortcutTests.shortcuts(sites.daemon1) - before
                // What is at the ingress of one interface sees nothing of the other direction.
                #expect(taken == (make.contains("device lan") || make.contains("dev lan") ? 3 : 0), "\(make)")
                #expect(try sites.daemon1.succeed("-v stf0").contains("through the interface: \(reason)"), "\(make)")
                try ShortcutTests.shell(undo, on: sites.router1)
                try sites.host1.expectReplies(3, of: 3, from: RoutedSites.address2)
                // The kernel never forgets that there were rules about routes.
                let all = reason == "rules" ? 0 : 6
                #expect(try ShortcutTests.shortcuts(sites.daemon1) == before + taken + all, "\(undo)")
            }
        }

        @Test func capturesAreShown() throws {
            try RoutedSites.with { sites in
                let seen = try sites.router1.capture(6, on: "stf0", "icmp6") {
                    try sites.host1.expectReplies(3, of: 3, from: RoutedSites.address2)
                }
                #expect(seen.matches(of: /echo request/).count == 3, "\(seen)")
                #expect(seen.matches(of: /echo reply/).count == 3, "\(seen)")
                #expect(try sites.daemon1.succeed("-v stf0").contains("output left to inet6d: captured"))
            }
        }

        /// A rule or a route acts before the command returns that makes it, and so does its end.
        @Test(arguments: [
            (
                "nft add table ip6 f && nft 'add chain ip6 f c { type filter hook forward priority 0 ; policy drop ; }'",
                "nft delete table ip6 f"
            ),
            (
                "ip -6 route add unreachable 2002:c000:202:1::/64",
                "ip -6 route del unreachable 2002:c000:202:1::/64"
            ),
            (
                "ip -6 route add unreachable 2002:c000:201:1::2/128",
                "ip -6 route del unreachable 2002:c000:201:1::2/128"
            ),
            ("ip route add unreachable 192.0.2.2/32", "ip route del unreachable 192.0.2.2/32"),
        ])
        func changesActOnTheNextPacket(_ make: String, _ undo: String) throws {
            try RoutedSites.with { sites in
                try ShortcutTests.shell(make, on: sites.router1)
                #expect(try sites.host1.ping(RoutedSites.address2, count: 2, options: "-W 0.2").replies == 0)
                try ShortcutTests.shell(undo, on: sites.router1)
                try sites.host1.expectReplies(2, of: 2, from: RoutedSites.address2)
            }
        }

        @Test func addressesOfTheRouterAreReached() throws {
            try RoutedSites.with { sites in
                try sites.host2.expectReplies(2, of: 2, from: "2002:c000:201:1::1")
                try sites.host2.expectReplies(2, of: 2, from: "2002:c000:201::1")
                try sites.host1.expectReplies(2, of: 2, from: "2002:c000:201::1")
                // One that is new, from the next packet on.
                try sites.router1.succeed("ip addr add \(RoutedSites.address1)/128 dev lo")
                try sites.host1.succeed("ip addr del \(RoutedSites.address1)/64 dev ne0")
                try sites.host2.expectReplies(2, of: 2, from: RoutedSites.address1)
            }
        }

        @Test func sendersAreToldAsEver() throws {
            try RoutedSites.with { sites in
                let exceeded = try sites.host1.ping(RoutedSites.address2, count: 1, options: "-t 1").output
                #expect(
                    exceeded.contains("From 2002:c000:201:1::1") && exceeded.contains("Time exceeded"), "\(exceeded)")
                let large = try sites.host1.ping(RoutedSites.address2, count: 1, options: "-M do -s 1300").output
                #expect(large.contains("too big") || large.contains("mtu = 1280"), "\(large)")
                // Of what comes from the IPv4 side, the LAN may take less.
                for daemon in [sites.daemon1, sites.daemon2] { try daemon.succeed("stf0 mtu 1480") }
                try sites.router1.succeed("ip link set lan mtu 1300")
                let answer = try sites.host2.ping(RoutedSites.address1, count: 1, options: "-M do -s 1400").output
                #expect(answer.contains("mtu=1300") || answer.contains("mtu = 1300"), "\(answer)")
            }
        }

        @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
        func transfersArriveWhole(isLANWithoutEthernet: Bool, isWANWithoutEthernet: Bool) throws {
            try RoutedSites.with(tunLAN: isLANWithoutEthernet, tunWAN: isWANWithoutEthernet) { sites in
                for daemon in [sites.daemon1, sites.daemon2] { try daemon.succeed("stf0 mtu 1480") }
                try sites.expectTransfers(megabytes: 20)
                #expect(try ShortcutTests.shortcuts(sites.daemon1) > 1000)
            }
        }
    }
}

/// Two sites whose hosts are behind their routers.
///
///     host1  ne0 ─── lan  router1  wan ─── wan  router2  lan ─── ne0  host2
///
/// The routers' stf0 are carried by the kernel: 2002:c000:201::1/16 of 192.0.2.1, and 2002:c000:202::1/16 of 192.0.2.2.
struct RoutedSites {
    let net: Topology
    let host1: Namespace
    let host2: Namespace
    let router1: Namespace
    let router2: Namespace
    let daemon1: Daemon
    let daemon2: Daemon

    static let address1 = "2002:c000:201:1::2"
    static let address2 = "2002:c000:202:1::2"

    /// Random bytes, by TCP between the hosts, each way.
    func expectTransfers(megabytes: Int) throws {
        let sent = net.scratch.appending(path: "sent").path
        let received = net.scratch.appending(path: "received").path
        try host1.succeed("dd if=/dev/urandom of=\(sent) bs=1M count=\(megabytes) status=none")
        for (from, to, address) in [
            (host1, host2, RoutedSites.address2), (host2, host1, RoutedSites.address1),
        ] {
            let sink = try to.start("socat -u TCP6-LISTEN:1234,bind=[\(address)],reuseaddr CREATE:\(received)")
            try from.succeed("socat -u OPEN:\(sent) TCP6:[\(address)]:1234,retry=100,interval=0.05")
            #expect(try sink.wait().status == 0)
            #expect(try to.run("cmp \(sent) \(received)").status == 0)
        }
    }

    /// - Parameter tunLAN: packets between host1 and its router have no Ethernet header.
    /// - Parameter tunWAN: those between the routers have none.
    static func with(
        tunLAN: Bool = false, tunWAN: Bool = false, _ body: (RoutedSites) throws -> Void
    ) throws {
        try Topology.with { net throws in
            let (host1, router1) = (try net.namespace("h1"), try net.namespace("r1"))
            let (host2, router2) = (try net.namespace("h2"), try net.namespace("r2"))
            let wan = tunWAN ? net.pipe : net.link, lan = tunLAN ? net.pipe : net.link
            try wan(router1, "wan", "192.0.2.1/24", router2, "wan", "192.0.2.2/24")
            try lan(host1, "ne0", "\(address1)/64", router1, "lan", "2002:c000:201:1::1/64")
            try net.link(host2, "ne0", "\(address2)/64", router2, "lan", "2002:c000:202:1::1/64")
            try host1.succeed("ip -6 route add default via 2002:c000:201:1::1")
            try host2.succeed("ip -6 route add default via 2002:c000:202:1::1")
            try router1.forward()
            try router2.forward()
            let daemon1 = try net.daemon(in: router1), daemon2 = try net.daemon(in: router2)
            try daemon1.succeed("stf0 create inet6 2002:c000:201::1/16 engine kernel")
            try daemon2.succeed("stf0 create inet6 2002:c000:202::1/16 engine kernel")
            // Until all neighbors are known, packets take other ways.
            try host1.expectReplies(2, of: 2, from: address2)
            try body(
                RoutedSites(
                    net: net, host1: host1, host2: host2, router1: router1, router2: router2, daemon1: daemon1,
                    daemon2: daemon2))
        }
    }
}

extension Topology {
    /// As a wire, but of two TUN devices, without link-layer addresses.
    fileprivate func pipe(
        _ one: Namespace, _ device: String, _ address: String?, _ other: Namespace, _ otherDevice: String,
        _ otherAddress: String?
    ) throws {
        let socket = scratch.appending(path: "pipe-\(device)").path
        for (host, name, end) in [
            (one, device, "UNIX-LISTEN:\(socket)"),
            (other, otherDevice, "UNIX-CONNECT:\(socket),retry=100,interval=0.05"),
        ] {
            _ = try host.start("socat -b 70000 TUN,tun-name=\(name),iff-no-pi,iff-up \(end),socktype=5")
        }
        for (host, name, address) in [(one, device, address), (other, otherDevice, otherAddress)] {
            guard eventually({ (try? host.run("ip link show \(name) up").output.contains("LOWER_UP")) == true }) else {
                throw CommandFailure(description: "no \(name)")
            }
            if let address { try host.succeed("ip addr add \(address) dev \(name)") }
        }
    }
}
