// SPDX-License-Identifier: BSD-2-Clause

/// A TCP/IPv6 packet larger than any link takes, as the kernel hands it over to be cut (segmentation offload), and the
/// headers of the segments that it stands for.
public struct SegmentedPacket: Equatable, Sendable {
    /// Bytes of the IPv6 header, its extensions and the TCP header.
    public let headerSize: Int
    /// Bytes of TCP payload in each segment but the last.
    public let segmentSize: Int
    /// Bytes of TCP payload in all.
    public let payloadSize: Int
    private let transport: Int

    /// Nil for what cannot be cut: a header that does not fit, or not TCP.
    /// - Parameters:
    ///   - transport: where the TCP header starts.
    ///   - segmentSize: bytes of payload a segment may have.
    public init?(_ packet: borrowing RawSpan, transport: Int, segmentSize: Int) {
        guard segmentSize > 0, transport >= IPv6Header.size, packet.byteCount >= transport + 20 else { return nil }
        headerSize = transport + Int(packet.byte(at: transport + 12) >> 4) * 4
        guard headerSize >= transport + 20, headerSize <= packet.byteCount else { return nil }
        self.segmentSize = segmentSize
        self.transport = transport
        payloadSize = packet.byteCount - headerSize
    }

    public var segments: Int { max((payloadSize + segmentSize - 1) / segmentSize, 1) }

    /// The bytes of the packet that are the payload of segment `index`.
    public func payload(of index: Int) -> Range<Int> {
        let start = headerSize + index * segmentSize
        return start..<min(start + segmentSize, headerSize + payloadSize)
    }

    /// Writes the headers of segment `index`, complete with its checksum, `offset` bytes into `bytes`.
    ///
    /// As RFC 9293 would have them sent one by one: the sequence number advances, FIN and PSH are on the last segment
    /// only, CWR on the first only (RFC 3168 §6.1.2).
    public func writeHeader(
        of index: Int, packet: borrowing RawSpan, to bytes: inout MutableRawSpan, at offset: Int = 0
    ) {
        for at in 0..<headerSize { bytes.put(packet.byte(at: at), at: offset + at) }
        let payload = payload(of: index)
        bytes.put(UInt16(truncatingIfNeeded: headerSize - IPv6Header.size + payload.count), at: offset + 4)
        let transport = offset + transport
        let sequence = packet.uint32(at: self.transport + 4)
        bytes.put(sequence &+ UInt32(truncatingIfNeeded: index * segmentSize), at: transport + 4)
        var flags = packet.byte(at: self.transport + 13)
        if index > 0 { flags &= ~TCPFlag.cwr }
        if index < segments - 1 { flags &= ~(TCPFlag.fin | TCPFlag.psh) }
        bytes.put(flags, at: transport + 13)
        bytes.put(0 as UInt16, at: transport + 16)
        let length = headerSize - self.transport + payload.count
        var checksum = TransportChecksum.pseudoHeader(packet, length: length, proto: InternetProtocol.tcp)
        // The TCP header's size is a multiple of four, so the payload starts on an even byte.
        checksum.add(bytes.bytes.extracting(transport..<offset + headerSize))
        checksum.add(packet.extracting(payload))
        bytes.put(checksum.complemented, at: transport + 16)
    }
}

/// TCP's control bits (RFC 9293 §3.1, RFC 3168 §6.1).
enum TCPFlag {
    static let fin: UInt8 = 0x01
    static let psh: UInt8 = 0x08
    static let cwr: UInt8 = 0x80
}

/// Checksums of TCP, UDP and ICMPv6 over IPv6 (RFC 8200 §8.1).
public enum TransportChecksum {
    /// The sum over the pseudo-header of `packet`, whose IPv6 header must be complete.
    public static func pseudoHeader(_ packet: borrowing RawSpan, length: Int, proto: UInt8) -> Checksum {
        var checksum = Checksum()
        checksum.add(packet.ipv6Address(at: 8))
        checksum.add(packet.ipv6Address(at: 24))
        checksum.add(UInt32(truncatingIfNeeded: length))
        checksum.add(UInt32(proto))
        return checksum
    }

    /// Finishes a checksum that the kernel left to the device: the field holds the sum over the pseudo-header.
    ///
    /// False, and nothing done, if `start` or `field` lie outside the packet.
    public static func complete(_ packet: inout MutableRawSpan, start: Int, field: Int) -> Bool {
        guard start >= 0, field >= 0, start + field + 2 <= packet.byteCount else { return false }
        var checksum = Checksum()
        checksum.add(packet.bytes.extracting(start..<packet.byteCount))
        // Zero would say that there is no checksum (RFC 768).
        let value = checksum.complemented
        packet.put(value == 0 ? 0xFFFF : value, at: start + field)
        return true
    }
}
