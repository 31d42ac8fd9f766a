// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// Eight random bytes that a slave says before each of its batches: where it sniffs them, it sniffs the tunnel, by whatever
/// way that comes, as long as nobody has made them unreadable on it.
public struct TunnelTag: Equatable, Sendable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }

    /// The record that says them; a peer passes it over.
    public var bytes: [UInt8] { RecordHeader(.padding, length: 8).bytes + Bytes.of(value) }

    /// A batch begins a segment, so that they are behind its headers.
    private static let reach = 240

    public func isIn(_ frame: borrowing RawSpan, from start: Int) -> Bool {
        let first = UInt8(truncatingIfNeeded: value >> 56)
        var place = start + EthernetFrame.headerSize
        let end = min(frame.byteCount - 8, place + TunnelTag.reach)
        while place <= end {
            if frame.byte(at: place) == first, frame.uint64(at: place) == value { return true }
            place += 1
        }
        return false
    }
}
