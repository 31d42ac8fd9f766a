// SPDX-License-Identifier: BSD-2-Clause

/// An ICMPv4 error (RFC 792) about a packet of protocol 41, with the packet as far as it is quoted.
public struct ICMPv4Error: Equatable, Sendable {
    /// What the error is to the sender of the IPv6 packet inside (RFC 4213 §3.4).
    public let meaning: ICMPv6Error
    /// The addresses of the quoted IPv4 header.
    public let source: IPv4Address
    public let destination: IPv4Address
    /// Where the IPv6 packet lies, as far as it is quoted; perhaps no more than its header's beginning.
    public let quote: Range<Int>

    /// Nil if this is no error of a kind that is passed on, is about something else, or came damaged: a raw socket gets
    /// the message before the kernel looks at its checksum (RFC 792).
    /// - Parameter packet: an IPv4 packet of protocol 1, which the kernel found to be for us.
    public init?(_ packet: borrowing RawSpan) {
        guard let outer = IPv4Header(packet), outer.proto == InternetProtocol.icmp,
            outer.totalLength >= outer.size + 8 + IPv4Header.minimumSize
        else { return nil }
        let at = outer.size
        var sum = Checksum()
        sum.add(packet.extracting(at..<outer.totalLength))
        guard sum.folded == 0xFFFF else { return nil }
        switch (packet.byte(at: at), packet.byte(at: at + 1)) {
        case (3, 4):
            // The IPv6 packet was smaller by our header; below IPv6's minimum the router on the way has to fragment.
            let mtu = max(UInt32(packet.uint16(at: at + 6)), 20) - 20
            meaning = .packetTooBig(mtu: max(mtu, 1280))
        case (3, 9), (3, 10), (3, 13): meaning = .unreachable(.prohibited)
        case (3, _), (11, 0), (12, _): meaning = .unreachable(.address)
        default: return nil
        }
        let quoted = at + 8
        let size = Int(packet.byte(at: quoted) & 0x0F) * 4
        guard packet.byte(at: quoted) >> 4 == 4, size >= IPv4Header.minimumSize, quoted + size <= outer.totalLength,
            packet.byte(at: quoted + 9) == InternetProtocol.ipv6,
            // A later fragment has no IPv6 header.
            packet.uint16(at: quoted + 6) & 0x1FFF == 0
        else { return nil }
        source = packet.ipv4Address(at: quoted + 12)
        destination = packet.ipv4Address(at: quoted + 16)
        quote = quoted + size..<outer.totalLength
    }
}
