// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// A checksum that nobody finished is recognised in any UDP datagram and any TCP segment, however short.
@Suite struct ReceivedOffloadTests {
    @Test(arguments: [0, 1, 2, 4, 11, 12, 13, 1000])
    func `an unfinished datagram is recognised and finished`(payload: Int) throws {
        let datagram: [UInt8] =
            [0, 53, 0, 53, 0, UInt8(truncatingIfNeeded: payload + 8), 0, 0]
            + (0..<payload).map {
                UInt8(truncatingIfNeeded: $0)
            }
        var packet = unfinished(datagram, proto: InternetProtocol.udp, field: 6)
        let seen = packet.withRaw { ReceivedOffload($0, mtu: 1280) }
        let undone = try #require(seen)
        #expect(undone.start == 40 && undone.field == 6 && undone.segments == nil)
        packet.withMutableRaw { _ = TransportChecksum.complete(&$0, start: undone.start, field: undone.field) }
        #expect(Packet.transportSum(of: packet, proto: InternetProtocol.udp) == 0xFFFF)
        let left = packet.withRaw { ReceivedOffload($0, mtu: 1280) }
        #expect(left == nil)
    }

    @Test(arguments: [(6, 0), (6, 17), (17, 0), (17, 7)])
    func `what ends before its checksum is left alone`(proto: UInt8, count: Int) {
        let packet = Packet.ipv6(
            from: "2002::1", to: "2002::2", nextHeader: proto, payload: Array(repeating: 0, count: count))
        let seen = packet.withRaw { ReceivedOffload($0, mtu: 1280) }
        #expect(seen == nil)
    }

    private func unfinished(_ segment: [UInt8], proto: UInt8, field: Int) -> [UInt8] {
        var packet = Packet.ipv6(from: "2002:c000:201::1", to: "2002:c633:6407::1", nextHeader: proto, payload: segment)
        let length = segment.count
        let sum = Packet.onesComplementSum(
            packet[8..<40] + [0, 0, UInt8(length >> 8), UInt8(length & 255), 0, 0, 0, proto])
        packet[40 + field] = UInt8(sum >> 8)
        packet[41 + field] = UInt8(sum & 255)
        return packet
    }
}
