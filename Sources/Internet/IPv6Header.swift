// SPDX-License-Identifier: BSD-2-Clause

/// The fixed IPv6 header (RFC 8200 §3).
public struct IPv6Header: Equatable, Sendable {
    public static let size = 40

    public var trafficClass: UInt8
    /// Bytes after this header.
    public var payloadLength: Int
    public var nextHeader: UInt8
    public var hopLimit: UInt8
    public var source: IPv6Address
    public var destination: IPv6Address

    /// Reads the header at the start of `packet`, which must hold at least 40 bytes of version 6.
    @inlinable
    public init(_ packet: borrowing RawSpan) {
        trafficClass = UInt8(truncatingIfNeeded: packet.uint16(at: 0) >> 4)
        payloadLength = Int(packet.uint16(at: 4))
        nextHeader = packet.byte(at: 6)
        hopLimit = packet.byte(at: 7)
        source = packet.ipv6Address(at: 8)
        destination = packet.ipv6Address(at: 24)
    }

    /// Changes the traffic class of the packet that starts at `offset`, which no checksum covers.
    @inlinable
    public static func set(trafficClass: UInt8, in bytes: inout MutableRawSpan, at offset: Int = 0) {
        let first = bytes.bytes.uint16(at: offset)
        bytes.put(first & 0xF00F | UInt16(trafficClass) << 4, at: offset)
    }
}

/// The protocol numbers named here (IANA, Assigned Internet Protocol Numbers).
public enum InternetProtocol {
    public static let icmp: UInt8 = 1
    public static let tcp: UInt8 = 6
    public static let udp: UInt8 = 17
    /// IPv6 inside IPv4: 6to4, 6rd, configured tunnels.
    public static let ipv6: UInt8 = 41
    public static let icmpv6: UInt8 = 58
}
