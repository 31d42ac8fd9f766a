// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// Packets come from anyone: whatever they say about themselves, nothing outside them is read and nothing traps.
@Suite struct HostilePacketTests {
    @Test func `an ICMPv4 error of any bytes is read within its bounds or refused`() {
        var generator = SeededGenerator(seed: 792)
        var taken = 0
        for _ in 0..<20_000 {
            let quoted = Packet.ipv4(
                from: "192.0.2.1", to: "192.0.2.2", options: [UInt8](repeating: 1, count: 4 * generator.pick(0..<11)),
                generator.bytes(generator.pick(0..<60)))
            let message: [UInt8] =
                [generator.pick([3, 3, 11, 12, 8]), generator.pick(0..<16), 0, 0] + generator.bytes(4)
            let whole = Packet.ipv4(from: "198.51.100.1", to: "192.0.2.1", proto: 1, message + quoted)
            let packet = Packet.finishingICMPv4(damaged(whole, headers: 60, using: &generator))
            guard let error = packet.withRaw({ ICMPv4Error($0) }) else { continue }
            #expect(error.quote.lowerBound >= 48 && error.quote.upperBound <= packet.count)
            taken += 1
        }
        #expect(taken > 1000)
    }

    @Test func `a TCP packet of any bytes is cut within its bounds or refused`() throws {
        var generator = SeededGenerator(seed: 9293)
        var taken = 0
        for _ in 0..<5000 {
            let payload = generator.bytes(generator.pick(0..<400))
            let packet = damaged(
                Packet.ipv6(from: "2002::1", to: "2002::2", nextHeader: 6, payload: payload), headers: 60,
                using: &generator)
            let transport = generator.oneIn(2) ? 40 : generator.pick(0..<500)
            let size = generator.oneIn(4) ? generator.pick(0..<70_000) : generator.pick(1..<100)
            let cut = packet.withRaw { SegmentedPacket($0, transport: transport, segmentSize: size) }
            guard let cut else { continue }
            taken += 1
            let parts = (0..<cut.segments).map { cut.payload(of: $0) }
            #expect(parts.flatMap { Array($0) } == Array(cut.headerSize..<packet.count))
            var header = [UInt8](repeating: 0, count: cut.headerSize)
            for index in [0, cut.segments - 1] {
                packet.withRaw { bytes in
                    header.withMutableRaw { cut.writeHeader(of: index, packet: bytes, to: &$0) }
                }
            }
        }
        #expect(taken > 500)
    }

    @Test func `an unfinished checksum of any bytes is finished within its bounds or refused`() {
        var generator = SeededGenerator(seed: 768)
        for _ in 0..<5000 {
            let payload = generator.bytes(generator.pick(0..<100))
            var packet = Packet.ipv6(
                from: "2002::1", to: "2002::2", nextHeader: generator.pick([6, 17, 58]), payload: payload)
            let mtu = generator.oneIn(2) ? 1280 : generator.pick(0..<200)
            if let offload = packet.withRaw({ ReceivedOffload($0, mtu: mtu) }) {
                #expect(offload.start + offload.field + 2 <= packet.count)
            }
            let (start, field) = (generator.pick(-1..<160), generator.pick(-1..<160))
            let fits = start >= 0 && field >= 0 && start + field + 2 <= packet.count
            packet.withMutableRaw { bytes in
                let isDone = TransportChecksum.complete(&bytes, start: start, field: field)
                #expect(isDone == fits)
            }
        }
    }

    /// Some bytes of the headers changed, and perhaps the end cut off.
    private func damaged(_ packet: [UInt8], headers: Int, using generator: inout SeededGenerator) -> [UInt8] {
        var packet = packet
        for _ in 0..<generator.pick(0..<4) where !packet.isEmpty {
            packet[generator.pick(0..<min(packet.count, headers))] = generator.pick(UInt8.min ... .max)
        }
        return generator.oneIn(4) ? Array(packet.prefix(generator.pick(0..<packet.count + 1))) : packet
    }
}
