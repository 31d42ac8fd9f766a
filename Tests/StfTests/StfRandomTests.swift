// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf
import StfPackets
import TestSupport
import Testing

/// Whatever arrives, the rules decide without a trap, and what one stf sends another accepts. Seeded, so a failure comes
/// again.
@Suite struct StfRandomTests {
    /// The packets of the table with bytes changed, cut off or appended.
    private func mutated(_ packet: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = packet
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 1: bytes += (0..<Int.random(in: 0...9, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
        default: break
        }
        return bytes
    }

    @Test func `input, output and errors never trap`() {
        var random = SeededGenerator(seed: 6040)
        let sites = StfPacket.all.map { ($0.site.rules, $0.packet) }
        for round in 0..<200_000 {
            let (rules, packet) = sites[round % sites.count]
            let bytes = mutated(packet, &random)
            var routes = SiteRoutes(native: 3)
            if let inner = try? rules.input(bytes.span.bytes, on: 2, routes: &routes) {
                // What is delivered lies within what came.
                #expect(inner.range.lowerBound >= 20 && inner.range.upperBound <= bytes.count)
                #expect(inner.range.count >= 40)
            }
            _ = try? rules.output(bytes.span.bytes, length: bytes.count)
            _ = try? rules.error(bytes.span.bytes, routes: &routes)
            if bytes.count >= 40 { _ = ReceivedOffload(bytes.span.bytes, mtu: 1280) }
            _ = SegmentedPacket(
                bytes.span.bytes, transport: Int.random(in: -1...60, using: &random),
                segmentSize: Int.random(in: 0...9, using: &random))
        }
    }

    /// The peer is whoever has the address that the packet goes to, with a route back to us.
    @Test func `what one stf sends another accepts`() throws {
        var random = SeededGenerator(seed: 3964)
        var accepted = 0
        for row in StfPacket.all.filter({ $0.direction == .output && $0.site.checksPairing && $0.site.checksLoops }) {
            for _ in 0..<500 {
                let bytes = mutated(row.packet, &random)
                let rules = row.site.rules
                // The kernel routes only whole packets to a device.
                guard bytes.count >= 40, IPv6Header(bytes.span.bytes).payloadLength == bytes.count - 40 else {
                    continue
                }
                guard let header = try? rules.output(bytes.span.bytes, length: bytes.count) else { continue }
                // A site outside the prefix, behind a gateway within: who passes that on has his pairing check off.
                let destination = IPv6Header(bytes.span.bytes).destination
                guard rules.domain?.embedded(in: destination) ?? header.destination == header.destination else {
                    continue
                }
                var outer = [UInt8](repeating: 0, count: 20)
                var span = outer.mutableSpan
                var written = span.mutableBytes
                header.write(to: &written)
                var peer = StfPacket.Site()
                peer.own = header.destination.description
                peer.domain = row.site.domain
                peer.permits = row.site.permits
                if peer.domain != SixToFour.domain {
                    peer.prefixLength = row.site.prefixLength
                    // What is for beyond the domain goes to a border relay, one that a route may name.
                    let isRelay =
                        header.destination == row.site.relay || rules.domain?.embedded(in: destination) == nil
                    peer.relay = isRelay ? nil : row.site.relay ?? rules.own
                }
                var routes = SiteRoutes(native: 3)
                // A source that no node may have is the sender's kernel's to refuse; here it dies on arrival.
                guard IPv6Rule.broken(by: IPv6Header(bytes.span.bytes).source) == nil else { continue }
                do throws(StfDrop) {
                    let range = try peer.rules.input((outer + bytes).span.bytes, on: 2, routes: &routes).range
                    #expect(range == 20..<20 + bytes.count)
                } catch {
                    Issue.record("\(row.description): \(error): \(IPv6Header(bytes.span.bytes))")
                }
                accepted += 1
            }
        }
        #expect(accepted > 1000)
    }
}
