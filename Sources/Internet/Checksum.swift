// SPDX-License-Identifier: BSD-2-Clause

/// The Internet checksum (RFC 1071): a ones' complement sum of sixteen-bit words.
///
/// The sum is kept unfolded in 64 bits, so a whole packet can be added without a carry being lost.
public struct Checksum: Sendable {
    @usableFromInline var sum: UInt64

    @inlinable
    public init(_ start: UInt64 = 0) {
        sum = start
    }

    /// Adds the bytes; an odd last byte counts as the high half of a word. Only the last call may add an odd number.
    @inlinable
    public mutating func add(_ bytes: borrowing RawSpan) {
        let count = bytes.byteCount
        var at = 0
        var total: UInt64 = 0
        // Thirty-two bits at a time: 2^16 packets of 64 KiB fit before the upper half could overflow.
        while at + 8 <= count {
            let word = bytes.uint64(at: at)
            total &+= word >> 32 &+ word & 0xFFFF_FFFF
            at += 8
        }
        while at + 2 <= count {
            total &+= UInt64(bytes.uint16(at: at))
            at += 2
        }
        if at < count { total &+= UInt64(bytes.byte(at: at)) << 8 }
        sum &+= total
    }

    @inlinable
    public mutating func add(_ value: UInt32) {
        sum &+= UInt64(value)
    }

    @inlinable
    public mutating func add(_ address: IPv6Address) {
        sum &+= address.high >> 32 &+ address.high & 0xFFFF_FFFF
        sum &+= address.low >> 32 &+ address.low & 0xFFFF_FFFF
    }

    /// The sum folded to sixteen bits, not complemented: what a partial checksum field holds.
    @inlinable
    public var folded: UInt16 {
        var sum = sum
        while sum >> 16 != 0 { sum = sum & 0xFFFF &+ sum >> 16 }
        return UInt16(truncatingIfNeeded: sum)
    }

    /// The value for a checksum field.
    @inlinable
    public var complemented: UInt16 { ~folded }
}
