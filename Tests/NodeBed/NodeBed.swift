// SPDX-License-Identifier: BSD-2-Clause
import Foundation
public import Internet
public import KernelPrograms
import SystemIO
public import TestSupport

/// A node with a NodeFilter, and a neighbour that sends it whatever a test wants.
///
///     g  ne0 ───────────────────────────── ne0  n  ne1 ─────────── ne0  h
///        2001:db8:1::9/64   2001:db8:1::1/64    2001:db8:2::1/64  2001:db8:2::9/64
///        fe80::9                     fe80::1
///                    2001:db8:1::d, deprecated
public final class NodeBed {
    public let generator: Namespace
    public let node: Namespace
    public let host: Namespace
    public private(set) var filter: NodeFilter?
    private let sender: TestSocket
    private let receiver: TestSocket
    private var sent: UInt64 = 0

    public static let own = "2001:db8:1::1"
    public static let deprecated = "2001:db8:1::d"
    public static let neighbour = "2001:db8:1::9"
    public static let port: UInt16 = 7000

    private init(_ net: Topology) throws {
        generator = try net.namespace("g")
        node = try net.namespace("n")
        host = try net.namespace("h")
        try net.link(generator, "ne0", nil, node, "ne0", nil)
        try net.link(node, "ne1", nil, host, "ne0", nil)
        try generator.succeed("ip addr add 2001:db8:1::9/64 dev ne0 nodad")
        try generator.succeed("ip addr add fe80::9/64 dev ne0 nodad")
        try node.succeed("ip addr add 2001:db8:1::1/64 dev ne0 nodad")
        try node.succeed("ip addr add fe80::1/64 dev ne0 nodad")
        try node.succeed("ip addr add 2001:db8:1::d/64 dev ne0 nodad preferred_lft 0")
        try node.succeed("ip addr add 2001:db8:2::1/64 dev ne1 nodad")
        try host.succeed("ip addr add 2001:db8:2::9/64 dev ne0 nodad")
        try generator.succeed("ip route add default via 2001:db8:1::1")
        try host.succeed("ip route add default via 2001:db8:2::1")
        sender = try TestSocket(in: generator, type: SOCK_RAW, proto: Int32(IPPROTO_RAW))
        receiver = try TestSocket(in: node, type: SOCK_DGRAM)
        try receiver.bind("::", port: NodeBed.port)
        filter = try node.inside { try NodeFilter() }
        try filter?.set(addresses: [
            NodeAddress(try address(NodeBed.own), interface: 0),
            NodeAddress(try address(NodeBed.deprecated), interface: 0, isDeprecated: true),
            NodeAddress(try address("2001:db8:2::1"), interface: 0),
            NodeAddress(try address("fe80::1"), interface: try index("ne0")),
        ])
    }

    public static func with(
        _ change: (inout NodeLimits) -> Void = { _ in }, _ body: (NodeBed) throws -> Void
    ) throws {
        try Topology.with { net throws in
            let bed = try NodeBed(net)
            try bed.configure(change)
            try body(bed)
        }
    }

    /// Puts the defaults into force, with what `change` makes of them.
    public func configure(_ change: (inout NodeLimits) -> Void) throws {
        var limits = NodeLimits()
        change(&limits)
        try filter?.configure(limits)
    }

    /// Has another filter take the place of this one, which then goes.
    public func handOver() throws {
        let estate = Estate()
        try filter?.leave(to: estate, as: "node")
        filter = try node.inside { try NodeFilter(from: estate, as: "node") }
        guard estate.unclaimed.isEmpty, filter?.begunAnew == [] else {
            throw CommandFailure(description: "left behind: \(estate.unclaimed)")
        }
    }

    /// Ends what the filter does.
    public func close() {
        filter = nil
    }

    public func index(_ interface: String) throws -> UInt32 {
        try node.inside { if_nametoindex(interface) }
    }

    /// Sends a whole packet, by the route to its destination.
    public func send(_ packet: [UInt8]) throws {
        let destination = packet[24..<40].map { String(format: "%02x", $0) }
        let groups = stride(from: 0, to: 16, by: 2).map { destination[$0] + destination[$0 + 1] }
        let link = try generator.inside { if_nametoindex("ne0") }
        let isOnLink = packet[24] == 0xFE || packet[24] == 0xFF
        let status = sender.send(packet, to: groups.joined(separator: ":"), interface: isOnLink ? link : 0)
        guard status == 0 else { throw CommandFailure(description: "sendto: errno \(status)") }
    }

    /// Another socket for whole packets to the node.
    public func connectedSender() throws -> TestSocket {
        let socket = try TestSocket(in: generator, type: SOCK_RAW, proto: Int32(IPPROTO_RAW))
        let status = socket.connect(NodeBed.own, port: 0)
        guard status == 0 else { throw CommandFailure(description: "connect: errno \(status)") }
        return socket
    }

    /// A UDP datagram that nobody has sent before, behind what `wrap` puts in front of it.
    public func datagram(
        from source: String = NodeBed.neighbour, to destination: String = NodeBed.own, size: Int = 8
    ) -> Datagram {
        sent += 1
        let number = (0..<8).map { UInt8(truncatingIfNeeded: sent >> (56 - 8 * $0)) }
        let data = number + [UInt8](repeating: 0x5A, count: size - 8)
        return Datagram(source: source, destination: destination, data: data)
    }

    /// Do all these packets bring this datagram to the node's socket?
    ///
    /// Another one that nothing stops is sent after it: what has not come before that does not come.
    public func isDelivered(_ datagram: Datagram, as packets: [[UInt8]]) throws -> Bool {
        for packet in packets { try send(packet) }
        let last = self.datagram()
        try send(last.packet())
        var isHere = false
        let isOver = eventually {
            while let data = receiver.receive() {
                if data == datagram.data { isHere = true }
                if data == last.data { return true }
            }
            return false
        }
        guard isOver else { throw CommandFailure(description: "nothing comes through") }
        return isHere
    }

    public func isDelivered(_ datagram: Datagram) throws -> Bool {
        try isDelivered(datagram, as: [datagram.packet()])
    }

    /// Packets that died of a reason.
    public func count(_ reason: String) throws -> UInt64 {
        guard let reason = NodeReason(reason) else { throw CommandFailure(description: "no reason \(reason)") }
        return try filter?.counters()[reason] ?? 0
    }

    /// All counts that are not zero, by name.
    public func counts() throws -> [String: UInt64] {
        let counters = try filter?.counters() ?? ReasonCounts()
        let met = NodeReason.all.filter { counters[$0] != 0 }
        return Dictionary(uniqueKeysWithValues: met.map { ($0.name, counters[$0]) })
    }

    /// Fragments and packets that wait.
    public func waiting() throws -> [UInt64] {
        guard let counts = try filter?.fragments() else { return [] }
        return [counts.fragments, counts.packets]
    }
}

public func address(_ text: String) throws -> IPv6Address {
    guard let address = IPv6Address(text) else { throw CommandFailure(description: "\(text): no address") }
    return address
}
