// SPDX-License-Identifier: BSD-2-Clause

/// Reading and writing packets in network byte order. The only `unsafe` lines of this module: each load and store is
/// bounds-checked by the span and of a type without invalid bit patterns, and bytes are bytes.
extension [UInt8] {
    /// Lends the bytes as those of a packet.
    public func withPacket<Result, Failure>(
        _ body: (borrowing RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe span.bytes)
    }
}

extension RawSpan {
    @inlinable
    public func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    @inlinable
    public func uint16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inlinable
    public func uint32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inlinable
    public func uint64(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inlinable
    public func ipv4Address(at offset: Int) -> IPv4Address {
        IPv4Address(bits: uint32(at: offset))
    }

    @inlinable
    public func ipv6Address(at offset: Int) -> IPv6Address {
        IPv6Address(high: uint64(at: offset), low: uint64(at: offset + 8))
    }
}

extension MutableRawSpan {
    @inlinable
    public mutating func put(_ value: UInt8, at offset: Int) {
        storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
    }

    @inlinable
    public mutating func put(_ value: UInt16, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    @inlinable
    public mutating func put(_ value: UInt32, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    @inlinable
    public mutating func put(_ address: IPv6Address, at offset: Int) {
        storeBytes(of: address.high.bigEndian, toByteOffset: offset, as: UInt64.self)
        storeBytes(of: address.low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    }
}
