// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// Asks the peer whether it is there; it answers at once.
public struct Ping: Equatable, Sendable {
    /// By a clock of the asking end's, which the answer says again.
    public var moment: UInt64

    public init(moment: UInt64) {
        self.moment = moment
    }

    public var bytes: [UInt8] { RecordHeader(.ping, length: 8).bytes + Bytes.of(moment) }
}

/// The answer.
public struct Pong: Equatable, Sendable {
    public var moment: UInt64
    /// Nanoseconds since 1970 by the answering end's clock.
    public var clock: UInt64
    /// Bytes that it had received by then, since the connection began: the rest is on its way.
    public var received: UInt64

    public init(moment: UInt64, clock: UInt64, received: UInt64) {
        self.moment = moment
        self.clock = clock
        self.received = received
    }

    public var bytes: [UInt8] {
        RecordHeader(.pong, length: 24).bytes + Bytes.of(moment) + Bytes.of(clock) + Bytes.of(received)
    }

    init(_ bytes: borrowing RawSpan, _ range: Range<Int>) throws(WireFault) {
        guard range.count >= 24 else { throw .malformed(.pong) }
        let place = range.lowerBound
        self.init(
            moment: bytes.uint64(at: place), clock: bytes.uint64(at: place + 8), received: bytes.uint64(at: place + 16))
    }
}

/// The last word of an end.
public struct Goodbye {
    public static func bytes(_ reason: String) -> [UInt8] {
        let text = Array(reason.utf8.prefix(255))
        return RecordHeader(.goodbye, length: text.count).bytes + text
    }
}
