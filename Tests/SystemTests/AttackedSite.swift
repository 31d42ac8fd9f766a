// SPDX-License-Identifier: BSD-2-Clause
import TestSupport

/// A 6to4 site with a LAN, and an attacker who can send its router any IPv4 packet by two wires.
///
///     lan  le0 ── ne1  a  ne0 ── ne0  attacker
///                         ne2 ── ne1
///
///     a         ne0 192.0.2.1/24, all IPv4 routes lead there; ne2 198.18.0.1/24 and 198.18.1.1/24
///               stf0 2002:c000:201::1/16, IPv6 default via 2002:c058:6301::1, so that a is site, relay and client of one
///     attacker  ne0 192.0.2.2/24, that is 2002:c000:202::1
///     lan       2002:c000:201:1::2, 2001:db8:9::2
///
/// To the router's kernel nothing that comes by ne2 is a martian: there it lets 127.0.0.0/8 and its own addresses in as
/// sources. What it refuses by ne0 gets as far as stf by ne2.
///
/// The other interfaces are each one for themselves, with an IPv4 address that the kernel has on `lo`:
///
///     stf1  2002:cb00:7101::1/40, peers 203.0.113.0/24    stf4  2002:cb00:7104::1, down
///     stf2  2002:cb00:7102::1, link0                      stf5  2002:cb00:7105::1, an IPv4 address that a does not have
///     stf3  2002:cb00:7103::1, link1                      stf10 and so on: an address of `unusable` each
final class AttackedSite {
    let a: Namespace
    let daemon: Daemon
    let lan: Wire
    let front: Wire
    let side: Wire

    /// What stf(4) lists under Filters, as our own address that only ip(8) can set, and the rule that each breaks.
    static let unusable = [
        ("this-network", "0.0.0.9"), ("loopback", "127.0.0.1"), ("multicast", "224.0.0.1"),
        ("limited-broadcast", "255.0.0.9"), ("reserved", "240.0.0.9"), ("link-local", "169.254.0.9"),
        ("private", "10.0.0.9"), ("shared", "100.64.0.9"), ("subnet-broadcast", "198.18.0.255"),
    ]

    static func with(_ body: (AttackedSite) throws -> Void) throws {
        try Topology.with { net in try body(AttackedSite(net)) }
    }

    private init(_ net: Topology) throws {
        a = try net.namespace("a")
        let lan = try net.namespace("lan"), attacker = try net.namespace("attacker")
        try a.forward()
        try net.link(lan, "le0", "2002:c000:201:1::2/64", a, "ne1", "2002:c000:201:1::1/64")
        try net.link(attacker, "ne0", "192.0.2.2/24", a, "ne0", "192.0.2.1/24")
        try net.link(attacker, "ne1", nil, a, "ne2", "198.18.0.1/24")
        for device in ["all", "ne0", "ne1", "ne2"] { try a.set("net/ipv4/conf/\(device)/rp_filter", "0") }
        for option in ["route_localnet", "accept_local"] { try a.set("net/ipv4/conf/ne2/\(option)", "1") }
        self.lan = try Wire(from: lan, "le0", to: a, "ne1")
        front = try Wire(from: attacker, "ne0", to: a, "ne0")
        side = try Wire(from: attacker, "ne1", to: a, "ne2")
        // A device that is a router from its first moment on, before inet6d has said that it does no multicast, joins
        // groups, and the kernel reports that when it likes. No counter shall move but by an attack.
        try a.set("net/ipv6/conf/default/forwarding", "0")
        daemon = try net.daemon(in: a)
        try makeInterfaces()
        for number in [0, 1, 2, 3, 4, 5] + AttackedSite.unusable.indices.map({ 10 + $0 }) {
            try a.set("net/ipv6/conf/stf\(number)/forwarding", "1")
        }
        try AttackedSite.ip(a, AttackedSite.routes)
        let subnets = AttackPacket.badIPv4.map { AttackPacket.subnetAddress(at: $0.1) }
        let sources = AttackedSite.unusable.indices.map { number in
            "route add \(AttackPacket.nativeBehind(number))/128 dev stf\(10 + number)"
        }
        try AttackedSite.ip(a, sources)
        try AttackedSite.ip(a, subnets.map { "route add \($0)/128 via 2002:cb00:7109::1 dev stf1" })
        try AttackedSite.ip(lan, AttackedSite.lanAddresses)
        let isReady = try eventually {
            try daemon.interfaces().count { $0.ipv4 != nil } == 4 + AttackedSite.unusable.count
        }
        guard isReady else { throw CommandFailure(description: try daemon.succeed("-v")) }
    }

    private func makeInterfaces() throws {
        let names = AttackedSite.unusable.indices.map { "stf\(10 + $0)" }
        try daemon.succeed(
            "-f -",
            input: """
                create stf0 engine user inet6 2002:c000:201::1/16
                create stf1 engine user inet6 2002:cb00:7101::1/40
                create stf2 engine user link0 up
                create stf3 engine user link1 up
                create stf4 engine user down
                create stf5 engine user inet6 2002:cb00:7105::1/64
                \(names.map { "create \($0) engine user up" }.joined(separator: "\n"))

                """)
        var lines = (1...4).map { "addr add 203.0.113.\($0)/32 dev lo" }
        // A relay each, but not one that all of 2002::/16 is routed to.
        lines += (2...4).map { "addr add 2002:cb00:710\($0)::1/16 dev stf\($0) noprefixroute" }
        for (number, (_, address)) in AttackedSite.unusable.enumerated() {
            if address != "127.0.0.1" { lines.append("addr add \(address)/32 dev lo") }
            let site = AttackPacket.siteAddress(at: address, host: "1")
            lines.append("addr add \(site)/16 dev stf\(10 + number) noprefixroute")
        }
        try AttackedSite.ip(a, lines)
    }

    private static let routes = [
        "addr add 2001:db8:9::1/64 dev ne1", "addr add 2002:cb00:7101:1::1/64 dev ne1",
        "addr add 2002:cb00:7103:1::1/64 dev ne1",
        "addr add 198.18.1.1/24 dev ne2", "route add default via 192.0.2.2",
        "route add default via 2002:c058:6301::1 dev stf0",
        // Ways out that end at once.
        "route add 2001:db8:66::/48 dev stf0", "route add 2001:db8:55::/48 dev stf5",
        "route add 198.18.2.0/24 dev stf0", "route add unreachable 198.18.3.0/24", "route add prohibit 198.18.4.0/24",
    ]

    private static let lanAddresses = [
        "addr add 2001:db8:9::2/64 dev le0", "addr add 2002:cb00:7101:1::2/64 dev le0",
        "addr add 2002:cb00:7103:1::2/64 dev le0", "route add default via 2002:c000:201:1::1",
    ]

    /// Several commands of ip(8) at once.
    private static func ip(_ host: Namespace, _ lines: [String]) throws {
        let result = try host.run(["ip", "-batch", "-"], input: lines.joined(separator: "\n") + "\n")
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
    }

    /// All counters of all interfaces: `stf0 input ingress`, and `stf0 input`, `stf0 input bytes` for what passed.
    /// - Parameter name: the only interface to ask for.
    func counters(of name: String? = nil) throws -> [String: Int] {
        var counters: [String: Int] = [:]
        for interface in try daemon.interfaces(name) {
            for drop in interface.counters.drops {
                counters["\(interface.name) \(drop.direction) \(drop.reason)"] = drop.packets
            }
            for (direction, traffic) in [("input", interface.counters.input), ("output", interface.counters.output)] {
                counters["\(interface.name) \(direction)"] = traffic.packets
                counters["\(interface.name) \(direction) bytes"] = traffic.bytes
            }
        }
        return counters
    }

    /// How many IPv4 packets have reached the router's kernel.
    func receivedIPv4() throws -> Int {
        let lines = try a.succeed("cat /proc/net/snmp").split(separator: "\n").filter { $0.hasPrefix("Ip: ") }
            .map { $0.split(separator: " ") }
        guard lines.count == 2, let column = lines[0].firstIndex(of: "InReceives"), let count = Int(lines[1][column])
        else { throw CommandFailure(description: "/proc/net/snmp has no InReceives") }
        return count
    }
}
