// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// What a peer says, one thing at a time.
public enum WireEvent: Equatable, Sendable {
    /// The protocol is known from here on.
    case greeted
    case hello(Hello)
    /// Where the frame lies, with the offload header before it if there is one.
    case frame(FrameMark, Range<Int>, hasOffload: Bool)
    case parameters(Parameters)
    case ping(Ping)
    case pong(Pong)
    case program([FilterInstruction])
    /// The real interface is no Ethernet: etherpuppet's link type.
    case linkType(UInt16)
    /// All parameters have been said.
    case configured
    /// Nothing for us.
    case nothing
}

/// The modern protocol, as puppet(4) has it. It takes bytes however they come, and keeps none of them.
public struct WireDecoder: Sendable {
    /// Bytes that may come before the greeting: of a shell that prints something (ssh).
    private let tolerance: Int
    private var isGreeted = false

    public init(tolerance: Int = 0) {
        self.tolerance = tolerance
    }

    /// Reads the next thing from `place` on.
    /// - Returns: nil, more bytes have to come first; otherwise what it is, and where the next one begins.
    public mutating func next(
        in bytes: borrowing RawSpan, at place: Int
    ) throws(WireFault) -> (event: WireEvent, end: Int)? {
        guard isGreeted else { return try greeting(in: bytes, at: place) }
        guard bytes.byteCount - place >= RecordHeader.size else { return nil }
        let header = try RecordHeader(bytes, at: place)
        let start = place + RecordHeader.size
        guard bytes.byteCount - start >= header.length else { return nil }
        let body = start..<start + header.length
        guard let type = RecordType(rawValue: header.type) else { return (.nothing, body.upperBound) }
        return (try WireDecoder.event(type, header.flags, bytes, body), body.upperBound)
    }

    private mutating func greeting(
        in bytes: borrowing RawSpan, at place: Int
    ) throws(WireFault) -> (event: WireEvent, end: Int)? {
        let magic = Greeting.magic
        var start = place
        while start < bytes.byteCount {
            let seen = min(magic.count, bytes.byteCount - start)
            if (0..<seen).allSatisfy({ bytes.byte(at: start + $0) == magic[$0] }) { break }
            guard start - place < tolerance else {
                let count = bytes.byteCount - place
                throw .noGreeting(count: count, sample: bytes.bytes(place..<place + min(count, 32)))
            }
            start += 1
        }
        guard bytes.byteCount - start >= Greeting.size else { return nil }
        let version = bytes.uint16(at: start + magic.count)
        guard version == Greeting.version else { throw .version(version) }
        isGreeted = true
        return (.greeted, start + Greeting.size)
    }

    private static func event(
        _ type: RecordType, _ flags: UInt8, _ bytes: borrowing RawSpan, _ body: Range<Int>
    ) throws(WireFault) -> WireEvent {
        switch type {
        case .frame: return try frame(flags, bytes, body)
        case .hello: return .hello(try Hello(bytes, body))
        case .parameters: return .parameters(try Parameters(bytes, body))
        case .ping:
            guard body.count >= 8 else { throw .malformed(.ping) }
            return .ping(Ping(moment: bytes.uint64(at: body.lowerBound)))
        case .pong: return .pong(try Pong(bytes, body))
        case .program: return .program(try FilterInstruction.read(bytes, body))
        case .goodbye: throw .goodbye(LineText.read(bytes.bytes(body.prefix(255))))
        case .padding: return .nothing
        }
    }

    private static func frame(
        _ flags: UInt8, _ bytes: borrowing RawSpan, _ body: Range<Int>
    ) throws(WireFault) -> WireEvent {
        var body = body
        var mark = FrameMark(isOutgoing: flags & FrameMark.outgoing != 0)
        if flags & FrameMark.stamped != 0 {
            guard body.count >= 8 else { throw .malformed(.frame) }
            mark.stamp = bytes.uint64(at: body.lowerBound)
            body = body.lowerBound + 8..<body.upperBound
        }
        guard body.count >= FrameOffload.size + EthernetFrame.headerSize,
            body.count <= FrameOffload.size + EthernetFrame.longest
        else { throw .malformed(.frame) }
        return .frame(mark, body, hasOffload: true)
    }
}

extension Range<Int> {
    fileprivate func prefix(_ count: Int) -> Range<Int> { lowerBound..<Swift.min(lowerBound + count, upperBound) }
}
