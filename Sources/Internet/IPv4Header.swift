// SPDX-License-Identifier: BSD-2-Clause

/// The fields of an IPv4 header (RFC 791 §3.1) that a tunnel endpoint writes and reads.
public struct IPv4Header: Equatable, Sendable {
    /// Bytes of a header without options, which is the only kind written here.
    public static let minimumSize = 20

    /// Bytes of the header as received, options included: 20...60.
    public var size: Int
    public var typeOfService: UInt8
    /// Bytes of header and payload together.
    public var totalLength: Int
    public var isFragment: Bool
    public var timeToLive: UInt8
    public var proto: UInt8
    public var source: IPv4Address
    public var destination: IPv4Address

    @inlinable
    public init(
        typeOfService: UInt8, totalLength: Int, timeToLive: UInt8, proto: UInt8,
        source: IPv4Address, destination: IPv4Address
    ) {
        self.size = IPv4Header.minimumSize
        self.typeOfService = typeOfService
        self.totalLength = totalLength
        self.isFragment = false
        self.timeToLive = timeToLive
        self.proto = proto
        self.source = source
        self.destination = destination
    }

    /// Reads the header at the start of `packet`. Nil if it is not version 4, is shorter than it says, or claims more
    /// bytes than there are. The header checksum is the kernel's to verify: it did before a raw socket saw the packet.
    @inlinable
    public init?(_ packet: borrowing RawSpan) {
        guard packet.byteCount >= IPv4Header.minimumSize, packet.byte(at: 0) >> 4 == 4 else { return nil }
        size = Int(packet.byte(at: 0) & 0x0F) * 4
        totalLength = Int(packet.uint16(at: 2))
        guard size >= IPv4Header.minimumSize, totalLength >= size, totalLength <= packet.byteCount else { return nil }
        typeOfService = packet.byte(at: 1)
        // More-fragments or a non-zero offset; the don't-fragment and reserved bits do not count.
        isFragment = packet.uint16(at: 6) & 0x3FFF != 0
        timeToLive = packet.byte(at: 8)
        proto = packet.byte(at: 9)
        source = packet.ipv4Address(at: 12)
        destination = packet.ipv4Address(at: 16)
    }

    /// Writes twenty bytes with no flags and a correct checksum.
    /// - Parameter identification: zero is for the kernel to fill.
    @inlinable
    public func write(to bytes: inout MutableRawSpan, identification: UInt16 = 0) {
        bytes.put(0x45 as UInt8, at: 0)
        bytes.put(typeOfService, at: 1)
        bytes.put(UInt16(truncatingIfNeeded: totalLength), at: 2)
        bytes.put(identification, at: 4)
        bytes.put(0 as UInt16, at: 6)
        bytes.put(timeToLive, at: 8)
        bytes.put(proto, at: 9)
        bytes.put(0 as UInt16, at: 10)
        bytes.put(source.bits, at: 12)
        bytes.put(destination.bits, at: 16)
        var checksum = Checksum()
        checksum.add(bytes.bytes.extracting(first: IPv4Header.minimumSize))
        bytes.put(checksum.complemented, at: 10)
    }
}
