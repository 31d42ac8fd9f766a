// SPDX-License-Identifier: BSD-2-Clause

/// What the network left undone in a received TCP or UDP packet.
///
/// A raw socket sees packets as the stack has them: a checksum that the sender's kernel left to its device, and never
/// finished because the device was virtual, or a run of segments that the receiver merged. Neither is marked, but both
/// have the sum over the pseudo-header where the checksum belongs. A finished checksum equals it once in 65536 packets,
/// and finishing that one gives the same value again.
public struct ReceivedOffload: Equatable, Sendable {
    /// Where the transport header starts.
    public let start: Int
    /// Where the checksum field is, from there.
    public let field: Int
    /// For a run of TCP segments, the bytes of headers and of payload to cut it with.
    public let segments: (headerSize: Int, segmentSize: Int)?

    /// Nil: the packet is as it should be.
    /// - Parameter mtu: the largest packet for the interface it will arrive on, in bytes.
    public init?(_ packet: borrowing RawSpan, mtu: Int) {
        let header = IPv6Header(packet)
        switch header.nextHeader {
        case InternetProtocol.tcp: field = 16
        case InternetProtocol.udp: field = 6
        default: return nil
        }
        start = IPv6Header.size
        guard packet.byteCount >= start + field + 2 else { return nil }
        let undone = TransportChecksum.pseudoHeader(
            packet, length: packet.byteCount - start, proto: header.nextHeader)
        guard packet.uint16(at: start + field) == undone.folded else { return nil }
        guard header.nextHeader == InternetProtocol.tcp, packet.byteCount > max(mtu, start + 20) else {
            segments = nil
            return
        }
        let headerSize = start + Int(packet.byte(at: start + 12) >> 4) * 4
        segments = headerSize < mtu ? (headerSize, mtu - headerSize) : nil
    }

    public static func == (one: ReceivedOffload, other: ReceivedOffload) -> Bool {
        one.start == other.start && one.field == other.field
            && one.segments?.headerSize == other.segments?.headerSize
            && one.segments?.segmentSize == other.segments?.segmentSize
    }
}
