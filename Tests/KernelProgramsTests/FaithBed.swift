// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import KernelPrograms
import SystemIO
import TestSupport

/// A relay's node, to which two prefixes and more are local, and a client behind a hop.
///
///     c  ne0 ─────────────────── ne0  m  ne1 ─────────────────── ne0  n
///        2001:db8:1::9/64  2001:db8:1::1/64  2001:db8:2::9/64  2001:db8:2::1/64
///                                                    local 2001:db8:64::/64
final class FaithBed {
    let client: Namespace
    let hop: Namespace
    let node: Namespace
    private(set) var capture: FaithCapture?

    static let own = "2001:db8:2::1"
    /// Both captured prefixes are in 2001:db8:64::/64.
    static let wide = IPv6Prefix(IPv6Address(high: 0x2001_0DB8_0064_0000, low: 0), length: 96)
    static let narrow = IPv6Prefix(IPv6Address(high: 0x2001_0DB8_0064_0000, low: 0x0A00_0000), length: 104)
    static let inWide = "2001:db8:64::c000:201"
    static let inNarrow = "2001:db8:64::a00:1"
    /// Local as well, but in no captured prefix.
    static let beside = "2001:db8:64::1:0:1"

    private init(_ net: Topology) throws {
        client = try net.namespace("c")
        hop = try net.namespace("m")
        node = try net.namespace("n")
        try net.link(client, "ne0", "2001:db8:1::9/64", hop, "ne0", "2001:db8:1::1/64")
        try net.link(hop, "ne1", "2001:db8:2::9/64", node, "ne0", "2001:db8:2::1/64")
        try hop.forward()
        try client.succeed("ip route add default via 2001:db8:1::1")
        try node.succeed("ip route add default via 2001:db8:2::9")
        try hop.succeed("ip route add 2001:db8:64::/64 via 2001:db8:2::1")
        try node.succeed("ip -6 route add local 2001:db8:64::/64 dev lo")
        // A test asks more often than hosts are told why not.
        try node.set("net/ipv6/icmp/ratelimit", "0")
        capture = try node.inside { try FaithCapture() }
    }

    static func with(_ body: (FaithBed, FaithCapture) throws -> Void) throws {
        try Topology.with { net in
            let bed = try FaithBed(net)
            guard let capture = bed.capture else { throw CommandFailure(description: "no capture") }
            try body(bed, capture)
        }
    }

    /// With the wide prefix as slot 0, whose relay has these ports, and a socket in the bargain.
    static func withRelay(
        ports: PortSet = PortSet([22...22]), _ body: (FaithBed, FaithCapture, TCPListener) throws -> Void
    ) throws {
        try with { bed, capture throws in
            let listener = try bed.listener()
            try capture.set(listener: listener, slot: 0)
            try capture.set(ports: ports, slot: 0)
            try capture.set(prefixes: [wide: 0])
            try body(bed, capture, listener)
        }
    }

    /// Ends the capture, as far as this holds it.
    func close() {
        capture = nil
    }

    /// Of a relay: bound to the node's loopback address, and a port that nobody asks for.
    func listener() throws -> TCPListener {
        try node.inside { try TCPListener(IPv6Endpoint(.loopback, port: 0)) }
    }

    /// A socket of another service of the node.
    func service(_ address: String = "::", port: UInt16, type: __socket_type = SOCK_STREAM) throws -> TestSocket {
        let socket = try TestSocket(in: node, type: type)
        try socket.bindsAnywhere()
        try socket.bind(address, port: port)
        if type == SOCK_STREAM { try socket.listen() }
        return socket
    }

    /// A connection from the client, or from `namespace`; 0 if it is established, else the errno of its failure.
    func connect(
        to address: String, port: UInt16 = 22, from namespace: Namespace? = nil
    ) throws -> (socket: TestSocket, errno: Int32) {
        let socket = try TestSocket(in: namespace ?? client, type: SOCK_STREAM)
        return (socket, socket.failure(to: address, port: port))
    }

    /// The errno of a connection's failure, which the client hears; 0: none.
    func failure(to address: String, port: UInt16 = 22, from namespace: Namespace? = nil) throws -> Int32 {
        try connect(to: address, port: port, from: namespace).errno
    }

    /// What comes to a relay next.
    func accept(_ listener: TCPListener) throws -> (peer: IPv6Endpoint, local: IPv6Endpoint)? {
        var peer = IPv6Endpoint(.unspecified, port: 0)
        guard let socket = try listener.accept(&peer) else { return nil }
        return (peer, try socket.localName())
    }

    /// The reasons of a slot that are not zero, by name.
    func refused(slot: Int = 0) throws -> [String: UInt64] {
        let refused = try capture?.counters(slot: slot).refused ?? ReasonCounts()
        let met = FaithReason.all.filter { refused[$0] != 0 }
        return Dictionary(uniqueKeysWithValues: met.map { ($0.name, refused[$0]) })
    }

    /// Packets and bytes of a slot.
    func traffic(slot: Int = 0) throws -> [UInt64] {
        guard let counters = try capture?.counters(slot: slot) else { return [] }
        return [counters.packets, counters.bytes]
    }
}

extension TestSocket {
    /// Connects, and waits for how that ends: 0, or the errno.
    func failure(to address: String, port: UInt16) -> Int32 {
        let status = connect(address, port: port)
        guard status == EINPROGRESS else { return status }
        var failure: Int32 = 0
        let isOver = eventually {
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(number, SOL_SOCKET, SO_ERROR, &failure, &size)
            return failure != 0 || isConnected
        }
        return isOver ? failure : EINPROGRESS
    }
}

extension FaithCapture {
    /// Captures these prefixes for their slots, and nothing else, except for addresses of the node's own.
    func set(prefixes: [IPv6Prefix: Int], except own: Set<IPv6Address> = []) throws {
        try keep(own)
        for (prefix, slot) in prefixes { try capture(prefix, slot: slot) }
        for prefix in captured.keys where prefixes[prefix] == nil { try release(prefix) }
    }
}
