// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// What each end sends first: puppet(4). Text translation would change it, and no text begins so.
public enum Greeting {
    static let magic: [UInt8] = [0x89] + Array("puppet".utf8) + [0x0D, 0x0A, 0x1A, 0x0A, 0x00]
    public static let version: UInt16 = 1
    /// The magic, the version, and two bytes that are zero.
    static let size = 16

    static var bytes: [UInt8] { magic + Bytes.of(version) + [0, 0] }

    /// All that is said to a peer that finds no place here.
    public static func refusal(_ reason: String) -> [UInt8] { bytes + Goodbye.bytes(reason) }
}

/// What a record is about. Others are skipped: that is how the protocol grows.
public enum RecordType: UInt8, CaseIterable, Sendable {
    case hello = 1
    case frame = 2
    case parameters = 3
    case ping = 4
    case pong = 5
    case program = 6
    case goodbye = 7
    case padding = 8
}

/// What stands before the body of a record: its length, its type, flags of the type, and two bytes that are zero.
public struct RecordHeader: Equatable, Sendable {
    public static let size = 8
    /// A frame of 64 KiB and whatever may stand before it.
    public static let longestBody = 1 << 17

    public var length: Int
    public var type: UInt8
    public var flags: UInt8

    public init(_ type: RecordType, length: Int, flags: UInt8 = 0) {
        self.length = length
        self.type = type.rawValue
        self.flags = flags
    }

    init(_ bytes: borrowing RawSpan, at place: Int) throws(WireFault) {
        let length = bytes.uint32(at: place)
        guard length <= RecordHeader.longestBody else { throw .tooLong(length) }
        self.length = Int(length)
        type = bytes.byte(at: place + 4)
        flags = bytes.byte(at: place + 5)
    }

    public func write(to bytes: inout MutableRawSpan, at place: Int) {
        bytes.put(UInt32(length), at: place)
        bytes.put(type, at: place + 4)
        bytes.put(flags, at: place + 5)
        bytes.put(0 as UInt16, at: place + 6)
    }

    var bytes: [UInt8] { Bytes.of(UInt32(length)) + [type, flags, 0, 0] }
}

/// What is known of a frame besides its bytes.
public struct FrameMark: Equatable, Sendable {
    /// The slave's host sent it; otherwise it came from the wire.
    public var isOutgoing: Bool
    /// Nanoseconds since 1970 by the slave's clock; nil: it is not said.
    public var stamp: UInt64?

    public init(isOutgoing: Bool = false, stamp: UInt64? = nil) {
        self.isOutgoing = isOutgoing
        self.stamp = stamp
    }

    static let outgoing: UInt8 = 1
    static let stamped: UInt8 = 2

    /// The record before a frame with its offload header, `length` bytes both, and the stamp in front of them.
    public func write(before length: Int, to bytes: inout MutableRawSpan, at place: Int) {
        let flags = (isOutgoing ? FrameMark.outgoing : 0) | (stamp != nil ? FrameMark.stamped : 0)
        RecordHeader(.frame, length: length + (stamp != nil ? 8 : 0), flags: flags).write(to: &bytes, at: place)
        guard let stamp else { return }
        bytes.put(UInt32(truncatingIfNeeded: stamp >> 32), at: place + RecordHeader.size)
        bytes.put(UInt32(truncatingIfNeeded: stamp), at: place + RecordHeader.size + 4)
    }

    /// Bytes that `write` writes.
    public var size: Int { RecordHeader.size + (stamp != nil ? 8 : 0) }
}

/// Bytes of integers in network byte order.
enum Bytes {
    static func of(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

extension RawSpan {
    func bytes(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for place in range { bytes.append(byte(at: place)) }
        return bytes
    }
}
