// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// The two ends of the connection that carries a tunnel. Over IPv4 both addresses are mapped ones.
public struct TransportPair: Hashable, Sendable {
    public var one: IPv6Endpoint
    public var other: IPv6Endpoint

    public init(_ one: IPv6Endpoint, _ other: IPv6Endpoint) {
        self.one = one
        self.other = other
    }

    /// Those of a frame of TCP, but of a later fragment, which has no ports.
    public init?(of frame: borrowing RawSpan, from start: Int = 0) {
        guard let (type, place) = EthernetFrame.network(frame, from: start) else { return nil }
        let (ends, ports): ((IPv6Address, IPv6Address), Int)
        switch type {
        case EthernetFrame.EtherType.ipv4:
            guard frame.byteCount >= place + 24, frame.byte(at: place + 9) == 6,
                frame.uint16(at: place + 6) & 0x1FFF == 0
            else { return nil }
            ends = (
                IPv6Address(mapped: frame.ipv4Address(at: place + 12)),
                IPv6Address(mapped: frame.ipv4Address(at: place + 16))
            )
            ports = place + Int(frame.byte(at: place) & 15) * 4
        case EthernetFrame.EtherType.ipv6:
            guard frame.byteCount >= place + 44, frame.byte(at: place + 6) == 6 else { return nil }
            ends = (frame.ipv6Address(at: place + 8), frame.ipv6Address(at: place + 24))
            ports = place + 40
        case _: return nil
        }
        guard frame.byteCount >= ports + 4 else { return nil }
        self.init(
            IPv6Endpoint(ends.0, port: frame.uint16(at: ports)), IPv6Endpoint(ends.1, port: frame.uint16(at: ports + 2))
        )
    }

    var isIPv4: Bool { one.ipv4 != nil && other.ipv4 != nil }

    /// The same connection, whichever end is named first.
    public func isSame(as other: TransportPair) -> Bool {
        self == other || self == TransportPair(other.other, other.one)
    }

    /// Whether a frame is of this connection, in either direction: a later fragment is if its addresses are.
    public func carries(_ frame: borrowing RawSpan, from start: Int = 0) -> Bool {
        guard let (type, place) = EthernetFrame.network(frame, from: start) else { return false }
        let ends: (source: IPv6Address, destination: IPv6Address)
        let ports: Int?
        switch type {
        case EthernetFrame.EtherType.ipv4:
            guard isIPv4, frame.byteCount >= place + 24, frame.byte(at: place + 9) == 6 else { return false }
            ends = (
                IPv6Address(mapped: frame.ipv4Address(at: place + 12)),
                IPv6Address(mapped: frame.ipv4Address(at: place + 16))
            )
            let isFirst = frame.uint16(at: place + 6) & 0x1FFF == 0
            ports = isFirst ? place + Int(frame.byte(at: place) & 15) * 4 : nil
        case EthernetFrame.EtherType.ipv6:
            guard frame.byteCount >= place + 44 else { return false }
            ends = (frame.ipv6Address(at: place + 8), frame.ipv6Address(at: place + 24))
            switch frame.byte(at: place + 6) {
            case 6: ports = place + 40
            case 44:
                guard frame.byteCount >= place + 52, frame.byte(at: place + 40) == 6 else { return false }
                ports = frame.uint16(at: place + 42) >> 3 == 0 ? place + 48 : nil
            case _: return false
            }
        case _: return false
        }
        let isForth = ends == (one.address, other.address)
        guard isForth || ends == (other.address, one.address) else { return false }
        guard let ports else { return true }
        guard frame.byteCount >= ports + 4 else { return false }
        let (source, destination) = isForth ? (one, other) : (other, one)
        return frame.uint16(at: ports) == source.port && frame.uint16(at: ports + 2) == destination.port
    }
}

/// The frames that a slave does not sniff, so that a tunnel does not carry itself: a classic BPF program, which the kernel
/// asks about each frame before anybody sees it.
public enum Exclusion {
    /// Of a frame that passes, as many bytes as there are.
    private static let all: UInt32 = 0x4_0000
    /// With as many, and the longest program of words, it is one that the kernel takes (BPF_MAXINSNS).
    public static let most = 8

    /// A program that takes all frames but those of these connections; of the others, those that `words` takes.
    public static func program(_ pairs: [TransportPair], and words: [FilterInstruction] = []) -> [FilterInstruction] {
        var assembly = FilterAssembly()
        let pairs = pairs.prefix(most)
        let (ipv4, ipv6) = (pairs.filter(\.isIPv4), pairs.filter { !$0.isIPv4 })
        if !pairs.isEmpty {
            let (v4, v6, end) = (assembly.label(), assembly.label(), assembly.label())
            // X is where the network header starts: behind the type, and behind as many as two tags that are in the frame.
            for tags in 0...2 {
                let place = UInt32(12 + 4 * tags)
                assembly.emit(.loadXImmediate, place + 2)
                assembly.emit(.loadHalf, place)
                assembly.jump(.jumpEqual, UInt32(EthernetFrame.EtherType.ipv4), to: v4)
                assembly.jump(.jumpEqual, UInt32(EthernetFrame.EtherType.ipv6), to: v6)
                guard tags < 2 else { break }
                let next = assembly.label()
                for type in EthernetFrame.EtherType.tags { assembly.jump(.jumpEqual, UInt32(type), to: next) }
                assembly.always(to: end)
                assembly.place(next)
            }
            assembly.always(to: end)
            assembly.place(v4)
            exclude(ipv4: ipv4, &assembly, end)
            assembly.place(v6)
            exclude(ipv6: ipv6, &assembly, end)
            assembly.place(end)
        }
        return assembly.program
            + (words.isEmpty ? [FilterInstruction(code: FilterCode.returnK.rawValue, k: all)] : words)
    }

    private static func exclude(
        ipv4 pairs: some Collection<TransportPair>, _ assembly: inout FilterAssembly, _ end: Int
    ) {
        // A load beyond the end would drop the frame.
        requireLength(24, &assembly, end)
        assembly.emit(.loadByteX, 9)
        assembly.jump(.jumpEqual, 6, otherwise: end)
        assembly.emit(.storeX, 0)
        for pair in pairs {
            for (source, destination) in [(pair.one, pair.other), (pair.other, pair.one)] {
                let next = assembly.label()
                let drop = assembly.label()
                assembly.emit(.loadXMemory, 0)
                assembly.emit(.loadWordX, 12)
                assembly.jump(.jumpEqual, UInt32(truncatingIfNeeded: source.address.low), otherwise: next)
                assembly.emit(.loadWordX, 16)
                assembly.jump(.jumpEqual, UInt32(truncatingIfNeeded: destination.address.low), otherwise: next)
                assembly.emit(.loadHalfX, 6)
                assembly.jump(.jumpSet, 0x1FFF, to: drop)
                assembly.emit(.loadByteX, 0)
                assembly.emit(.and, 15)
                assembly.emit(.shiftLeft, 2)
                assembly.emit(.addX)
                assembly.emit(.copyToX)
                checkPorts(source, destination, at: 0, &assembly, next)
                assembly.place(drop)
                assembly.emit(.returnK, 0)
                assembly.place(next)
            }
        }
        assembly.always(to: end)
    }

    private static func exclude(
        ipv6 pairs: some Collection<TransportPair>, _ assembly: inout FilterAssembly, _ end: Int
    ) {
        requireLength(52, &assembly, end)
        let (tcp, fragment) = (assembly.label(), assembly.label())
        assembly.emit(.loadByteX, 6)
        assembly.jump(.jumpEqual, 6, to: tcp)
        assembly.jump(.jumpEqual, 44, to: fragment)
        assembly.always(to: end)
        for isFragment in [false, true] {
            assembly.place(isFragment ? fragment : tcp)
            if isFragment {
                assembly.emit(.loadByteX, 40)
                assembly.jump(.jumpEqual, 6, otherwise: end)
            }
            for pair in pairs {
                for (source, destination) in [(pair.one, pair.other), (pair.other, pair.one)] {
                    let (next, drop) = (assembly.label(), assembly.label())
                    check(source.address, at: 8, &assembly, next)
                    check(destination.address, at: 24, &assembly, next)
                    if isFragment {
                        assembly.emit(.loadHalfX, 42)
                        assembly.jump(.jumpSet, 0xFFF8, to: drop)
                    }
                    checkPorts(source, destination, at: isFragment ? 48 : 40, &assembly, next)
                    assembly.place(drop)
                    assembly.emit(.returnK, 0)
                    assembly.place(next)
                }
            }
            assembly.always(to: end)
        }
    }

    private static func requireLength(_ count: UInt32, _ assembly: inout FilterAssembly, _ end: Int) {
        assembly.emit(.loadLength)
        assembly.emit(.subtractX)
        assembly.jump(.jumpGreaterEqual, count, otherwise: end)
    }

    private static func check(
        _ address: IPv6Address, at place: UInt32, _ assembly: inout FilterAssembly, _ next: Int
    ) {
        for (index, word) in [address.high >> 32, address.high, address.low >> 32, address.low].enumerated() {
            assembly.emit(.loadWordX, place + UInt32(4 * index))
            assembly.jump(.jumpEqual, UInt32(truncatingIfNeeded: word), otherwise: next)
        }
    }

    private static func checkPorts(
        _ source: IPv6Endpoint, _ destination: IPv6Endpoint, at place: UInt32, _ assembly: inout FilterAssembly,
        _ next: Int
    ) {
        assembly.emit(.loadHalfX, place)
        assembly.jump(.jumpEqual, UInt32(source.port), otherwise: next)
        assembly.emit(.loadHalfX, place + 2)
        assembly.jump(.jumpEqual, UInt32(destination.port), otherwise: next)
    }
}

/// A program while it is written: jumps go to labels, whose places come later.
struct FilterAssembly {
    private enum Line {
        case instruction(FilterInstruction)
        /// Conditional: the next line but one is reached if the condition does not hold as said.
        case jump(to: Int)
    }

    private var lines: [Line] = []
    private var places: [Int?] = []

    mutating func label() -> Int {
        places.append(nil)
        return places.count - 1
    }

    mutating func place(_ label: Int) { places[label] = lines.count }

    mutating func emit(_ code: FilterCode, _ k: UInt32 = 0) {
        lines.append(.instruction(FilterInstruction(code: code.rawValue, k: k)))
    }

    /// The offset of a conditional jump has eight bits, that of `ja` thirty-two.
    mutating func always(to label: Int) { lines.append(.jump(to: label)) }

    mutating func jump(_ code: FilterCode, _ k: UInt32, to label: Int) {
        lines.append(.instruction(FilterInstruction(code: code.rawValue, jumpFalse: 1, k: k)))
        always(to: label)
    }

    mutating func jump(_ code: FilterCode, _ k: UInt32, otherwise label: Int) {
        lines.append(.instruction(FilterInstruction(code: code.rawValue, jumpTrue: 1, k: k)))
        always(to: label)
    }

    /// Every label has its place by now.
    var program: [FilterInstruction] {
        lines.enumerated().map { index, line in
            switch line {
            case .instruction(let instruction): instruction
            case .jump(let label):
                FilterInstruction(
                    code: FilterCode.jumpAlways.rawValue, k: UInt32((places[label] ?? lines.count) - index - 1))
            }
        }
    }
}
