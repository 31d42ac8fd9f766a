// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// Makes of a frame that the kernel has gathered the frames that are on the wire: for peers, interfaces and readers that
/// know nothing of offloads.
public struct FrameCutter: Sendable {
    /// Where the network and the transport header start.
    private let network: Int
    private let transport: Int
    private let isIPv6: Bool
    private let kind: FrameOffload.Cut
    /// Bytes before the payload.
    public let headerSize: Int
    private let segmentSize: Int
    private let payloadSize: Int

    /// Nil: it cannot be cut as the offload header says, or it need not be.
    public init?(_ frame: borrowing RawSpan, _ offload: FrameOffload) {
        guard offload.segmentSize > 0, let (type, place) = EthernetFrame.network(frame),
            let start = offload.checksum?.start
        else { return nil }
        let isIPv6 = type == EthernetFrame.EtherType.ipv6
        guard isIPv6 || type == EthernetFrame.EtherType.ipv4 else { return nil }
        guard start >= place + (isIPv6 ? 40 : 20), frame.byteCount >= start + 8 else { return nil }
        if !isIPv6 {
            // The options of the header stay with it.
            let size = Int(frame.byte(at: place) & 15) * 4
            guard size >= 20, place + size == start else { return nil }
        }
        switch offload.cut {
        case .tcpv4, .tcpv6:
            guard frame.byteCount >= start + 20 else { return nil }
            let size = Int(frame.byte(at: start + 12) >> 4) * 4
            guard size >= 20, (offload.cut == .tcpv6) == isIPv6 else { return nil }
            headerSize = start + size
        case .udpSegments: headerSize = start + 8
        case .none, .udp: return nil
        }
        guard headerSize <= frame.byteCount, headerSize <= FrameCutter.longestHeader else { return nil }
        (network, transport, self.isIPv6, kind) = (place, start, isIPv6, offload.cut)
        segmentSize = offload.segmentSize
        payloadSize = frame.byteCount - headerSize
    }

    /// Ethernet with two tags, IPv6 with extension headers, or IPv4 with options, and TCP with options.
    public static let longestHeader = 256

    public var count: Int { max((payloadSize + segmentSize - 1) / segmentSize, 1) }

    /// The bytes of the frame that are the payload of segment `index`.
    public func payload(of index: Int) -> Range<Int> {
        let start = headerSize + index * segmentSize
        return start..<min(start + segmentSize, headerSize + payloadSize)
    }

    /// Writes segment `index`, complete with its checksums, to `place`.
    /// - Returns: its length.
    public func write(
        _ index: Int, of frame: borrowing RawSpan, to bytes: inout MutableRawSpan, at place: Int
    ) -> Int {
        let payload = payload(of: index)
        for at in 0..<headerSize { bytes.put(frame.byte(at: at), at: place + at) }
        var at = place + headerSize
        for from in payload {
            bytes.put(frame.byte(at: from), at: at)
            at += 1
        }
        let length = headerSize + payload.count
        if isIPv6 {
            bytes.put(UInt16(truncatingIfNeeded: length - network - 40), at: place + network + 4)
        } else {
            finishIPv4(index, frame, length, &bytes, place)
        }
        let checksumField: Int
        switch kind {
        case .tcpv4, .tcpv6:
            let sequence = frame.uint32(at: transport + 4)
            bytes.put(sequence &+ UInt32(truncatingIfNeeded: index * segmentSize), at: place + transport + 4)
            // FIN and PSH are the last segment's, CWR the first one's (RFC 3168 §6.1.2).
            var flags = frame.byte(at: transport + 13)
            if index > 0 { flags &= 0x7F }
            if index < count - 1 { flags &= ~0x09 }
            bytes.put(flags, at: place + transport + 13)
            checksumField = transport + 16
        case .udpSegments, .udp, .none:
            bytes.put(UInt16(truncatingIfNeeded: length - transport), at: place + transport + 4)
            checksumField = transport + 6
        }
        bytes.put(0 as UInt16, at: place + checksumField)
        var sum = pseudoHeader(frame, length - transport)
        sum.add(bytes.bytes.extracting(place + transport..<place + length))
        let value = sum.complemented
        // Zero would say that there is no checksum (RFC 768).
        bytes.put(value == 0 ? 0xFFFF : value, at: place + checksumField)
        return length
    }

    /// A header of its own, and the next number (RFC 791).
    private func finishIPv4(
        _ index: Int, _ frame: borrowing RawSpan, _ length: Int, _ bytes: inout MutableRawSpan, _ place: Int
    ) {
        let start = place + network
        bytes.put(UInt16(truncatingIfNeeded: length - network), at: start + 2)
        bytes.put(frame.uint16(at: network + 4) &+ UInt16(truncatingIfNeeded: index), at: start + 4)
        bytes.put(0 as UInt16, at: start + 10)
        var sum = Checksum()
        sum.add(bytes.bytes.extracting(start..<place + transport))
        bytes.put(sum.complemented, at: start + 10)
    }

    private func pseudoHeader(_ frame: borrowing RawSpan, _ length: Int) -> Checksum {
        var sum = Checksum()
        let addresses = isIPv6 ? network + 8..<network + 40 : network + 12..<network + 20
        sum.add(frame.extracting(addresses))
        sum.add(UInt32(truncatingIfNeeded: length))
        switch kind {
        case .tcpv4, .tcpv6: sum.add(UInt32(6))
        case .udpSegments, .udp, .none: sum.add(UInt32(17))
        }
        return sum
    }

    /// Finishes the checksum of a frame that need not be cut. False: its place is not in the frame.
    public static func finish(_ checksum: (start: Int, field: Int), of frame: inout MutableRawSpan) -> Bool {
        guard checksum.start >= EthernetFrame.headerSize else { return false }
        return TransportChecksum.complete(&frame, start: checksum.start, field: checksum.field)
    }
}
