// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// Large packets are cut as TCP itself would have sent them, and checksums come out right whoever finishes them.
@Suite struct OffloadTests {
    /// A TCP/IPv6 packet of `payload` bytes with all control bits that segmentation treats in its own way.
    private func tcp(payload: Int, options: Int = 12, flags: UInt8 = 0x99) -> [UInt8] {
        var segment: [UInt8] = [0x1F, 0x90, 0x00, 0x50, 0xFF, 0xFF, 0xFF, 0x00, 0, 0, 0, 1]
        segment += [UInt8((20 + options) / 4) << 4, flags, 0x20, 0, 0, 0, 0, 0]
        segment += (0..<options).map { _ in 1 }
        segment += (0..<payload).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        return Packet.ipv6(
            from: "2002:c000:201::1", to: "2002:c633:6407::1", trafficClass: 0xB9, nextHeader: 6, payload: segment,
            claiming: 0)
    }

    @Test(arguments: [(0, 1220), (1, 1220), (1220, 1220), (1221, 1220), (5000, 1220), (65_000, 1220), (100, 1), (7, 3)])
    func `segments are what TCP would have sent`(payload: Int, size: Int) throws {
        let packet = tcp(payload: payload)
        let cut = SegmentedPacket(packet.span.bytes, transport: 40, segmentSize: size)
        let segmented = try #require(cut)
        #expect(segmented.headerSize == 72)
        var reassembled: [UInt8] = []
        for index in 0..<segmented.segments {
            let part = segmented.payload(of: index)
            var header = [UInt8](repeating: 0xEE, count: segmented.headerSize)
            var span = header.mutableSpan
            var bytes = span.mutableBytes
            segmented.writeHeader(of: index, packet: packet.span.bytes, to: &bytes)
            let segment = header + packet[part]
            let isLast = index == segmented.segments - 1
            #expect(part.count == size || isLast)
            let length = segment.span.bytes.uint16(at: 4)
            #expect(length == UInt16(segment.count - 40))
            let sequence = segment.span.bytes.uint32(at: 44)
            #expect(sequence == 0xFFFF_FF00 &+ UInt32(index * size))
            // FIN 1, PSH 8, ACK 16, CWR 128.
            #expect(segment[53] == 0x10 | (isLast ? 0x09 : 0) | (index == 0 ? 0x80 : 0))
            #expect(Packet.transportSum(of: segment, proto: 6) == 0xFFFF)
            reassembled += segment[72...]
        }
        #expect(reassembled == Array(packet[72...]))
    }

    @Test func `what is no TCP packet is not cut`() {
        let packet = tcp(payload: 100)
        var short = packet
        short[52] = 0x40
        var long = tcp(payload: 10)
        long[52] = 0xF0
        let refused: [(bytes: [UInt8], transport: Int, size: Int)] = [
            (packet, 40, 0), (packet, 39, 100), (packet, 200, 100), (Array(packet.prefix(59)), 40, 100),
            (short, 40, 100), (long, 40, 100), ([], 0, 1),
        ]
        for (bytes, transport, size) in refused {
            let cut = SegmentedPacket(bytes.span.bytes, transport: transport, segmentSize: size)
            #expect(cut == nil)
        }
    }

    @Test(arguments: [0, 1, 2, 33, 1400])
    func `an unfinished checksum is finished`(payload: Int) {
        for (proto, field) in [(UInt8(6), 16), (17, 6)] {
            var packet = unfinished(tcp(payload: payload), proto: proto, field: field)
            var span = packet.mutableSpan
            var bytes = span.mutableBytes
            let isDone = TransportChecksum.complete(&bytes, start: 40, field: field)
            #expect(isDone)
            #expect(Packet.transportSum(of: packet, proto: proto) == 0xFFFF)
        }
    }

    @Test(arguments: [(-1, 0), (40, -1), (100, 0), (92, 0), (40, 51)])
    func `a checksum outside the packet is refused`(start: Int, field: Int) {
        var packet = tcp(payload: 20)
        let before = packet
        var span = packet.mutableSpan
        var bytes = span.mutableBytes
        let isDone = TransportChecksum.complete(&bytes, start: start, field: field)
        #expect(!isDone)
        #expect(packet == before)
    }

    @Test func `a received run of segments is recognised by its checksum`() throws {
        let run = unfinished(tcp(payload: 4000), proto: 6, field: 16)
        let seen = ReceivedOffload(run.span.bytes, mtu: 1280)
        let offload = try #require(seen)
        #expect(offload.start == 40 && offload.field == 16)
        let segments = try #require(offload.segments)
        #expect(segments.headerSize == 72 && segments.segmentSize == 1208)
        let small = unfinished(tcp(payload: 100), proto: 6, field: 16)
        let one = ReceivedOffload(small.span.bytes, mtu: 1280)
        #expect(one != nil && one?.segments == nil)
    }

    @Test func `a finished packet is left alone`() {
        var packet = unfinished(tcp(payload: 4000), proto: 6, field: 16)
        var span = packet.mutableSpan
        var bytes = span.mutableBytes
        let isDone = TransportChecksum.complete(&bytes, start: 40, field: 16)
        #expect(isDone)
        let seen = ReceivedOffload(packet.span.bytes, mtu: 1280)
        #expect(seen == nil)
        let icmp = Packet.ipv6(
            from: "2001:db8::1", to: "2001:db8::2", nextHeader: 58, payload: Array(repeating: 0, count: 64))
        let other = ReceivedOffload(icmp.span.bytes, mtu: 1280)
        #expect(other == nil)
    }

    /// The packet with the sum over its pseudo-header where the checksum belongs.
    private func unfinished(_ packet: [UInt8], proto: UInt8, field: Int) -> [UInt8] {
        var packet = packet
        let length = UInt16(packet.count - 40)
        packet[4] = UInt8(length >> 8)
        packet[5] = UInt8(length & 255)
        packet[6] = proto
        let pseudo = Array(packet[8..<40]) + [0, 0, UInt8(length >> 8), UInt8(length & 255), 0, 0, 0, proto]
        let sum = Packet.onesComplementSum(pseudo)
        packet[40 + field] = UInt8(sum >> 8)
        packet[41 + field] = UInt8(sum & 255)
        return packet
    }
}
