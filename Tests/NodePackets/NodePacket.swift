// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import NodeBed
import TestSupport
import Testing

/// One row of the table that both engines of the node variables have to pass: what this node is like, packets one after
/// the other, and what becomes of each.
///
/// The node and its neighbour are those of `NodeBed`. An engine that a row is not for leaves such packets alone, or never
/// sees them; so nobody need think that it is tested there.
struct NodePacket: CustomTestStringConvertible, Sendable {
    let name: String
    var limits = NodeLimits()
    var addresses = Address.all
    /// Whether the kernel forwards.
    var forwards = false
    var engines = NodeEngine.allCases
    var steps: [Step] = []
    /// Fragments and incomplete packets that wait in the end. Nil: by chance more or fewer.
    var waiting: [UInt64]? = [0, 0]

    var testDescription: String { name }

    enum Step: Sendable {
        /// A packet arrives.
        case input([UInt8], Outcome)
        /// This node sends a packet.
        case output([UInt8], Outcome)
        /// First fragments of ever new packets arrive until one dies.
        case flood(Outcome)
        /// The lifetime of all that waits ends.
        case lifetime
    }

    enum Outcome: Equatable, Sendable {
        case passes
        /// It is dropped, and the counter of the reason moves.
        case dies(NodeReason)
    }

    /// An address that the engine is told of.
    struct Address: Sendable {
        let text: String
        /// On the interface that packets come by, or on another.
        var isHere = true
        var isDeprecated = false

        static let all = [
            Address(text: NodeBed.own), Address(text: NodeBed.deprecated, isDeprecated: true),
            Address(text: "2001:db8:2::1", isHere: false), Address(text: "fe80::1"),
        ]
    }

    static func input(
        _ name: String, _ packet: [UInt8], _ outcome: Outcome = .passes, _ change: (inout NodePacket) -> Void = { _ in }
    ) -> NodePacket {
        NodePacket(name, [.input(packet, outcome)], change)
    }

    static func output(
        _ name: String, _ packet: [UInt8], _ outcome: Outcome = .passes, _ change: (inout NodePacket) -> Void = { _ in }
    ) -> NodePacket {
        NodePacket(name, [.output(packet, outcome)], change)
    }

    init(_ name: String, _ steps: [Step], _ change: (inout NodePacket) -> Void = { _ in }) {
        self.name = name
        self.steps = steps
        change(&self)
    }

    static let all = inputRows + outputRows + fragmentRows + forwardedRows
}

// MARK: packets

extension NodePacket {
    static let own = NodeBed.own
    static let old = NodeBed.deprecated
    static let peer = NodeBed.neighbour
    /// Behind this node.
    static let host = "2001:db8:2::9"
    static let group = "ff02::1"

    /// A UDP datagram, the port and data of which do not matter.
    static func datagram(from source: String = peer, to destination: String = own) -> [UInt8] {
        Datagram(source: source, destination: destination, data: [1, 2, 3, 4, 5, 6, 7, 8]).packet()
    }

    /// So many headers of destination options with nothing in them before UDP.
    static func nested(_ options: Int, to destination: String = own, hopByHop: Bool = false) -> [UInt8] {
        Datagram(source: peer, destination: destination, data: [1, 2, 3, 4, 5, 6, 7, 8])
            .packet(options: options, hopByHop: hopByHop)
    }

    static let isSYN: UInt8 = 0x02
    static let isSYNACK: UInt8 = 0x12

    /// The TCP header alone, its checksum left out: the node variables come first.
    static func tcp(_ flags: UInt8) -> [UInt8] {
        [0, 1, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]
    }

    static func connection(from source: String, to destination: String, _ flags: UInt8 = isSYN) -> [UInt8] {
        Packet.ipv6(from: source, to: destination, nextHeader: 6, payload: tcp(flags))
    }

    /// One fragment of a packet of UDP, with `bytes` bytes of data.
    static func fragment(
        _ identification: UInt32 = 1, at offset: Int, of bytes: Int = 8, more: Bool, to destination: String = own,
        options: Int = 0
    ) -> [UInt8] {
        Datagram(source: peer, destination: destination, data: [])
            .fragment([UInt8](repeating: 0, count: bytes), at: offset, more: more, id: identification, options: options)
    }
}
