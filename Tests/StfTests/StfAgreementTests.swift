// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import Stf
import StfPackets
import TestSupport
import Testing

/// Whatever a packet says, both engines make the same of it, but for what the one in the kernel leaves to the other.
/// Seeded, so a failure comes again.
@Suite struct StfAgreementTests {
    @Test func `engines agree over packets that nobody thought of`() throws {
        var random = SeededGenerator(seed: 5969)
        var (decided, left) = (0, 0)
        var reasons: Set<StfDrop> = []
        try KernelStf.with { kernel in
            for row in StfPacket.all where row.direction != .error && row.hasWholeHeader {
                for _ in 0..<30 {
                    let packet = StfAgreementTests.mutated(row, &random)
                    let (outcome, counts) = try kernel.run(row, with: packet)
                    guard let outcome else {
                        left += 1
                        #expect(counts == ReasonCounts(), "\(row): \(packet)")
                        continue
                    }
                    var swift = SwiftStf(row.site)
                    var bytes = packet
                    #expect(swift.outcome(of: &bytes, row.direction) == outcome, "\(row): \(packet)")
                    #expect(swift.counts == counts, "\(row): \(packet)")
                    decided += 1
                    if case .dies(let drop) = outcome { reasons.insert(drop) }
                }
            }
        }
        // The sides of the table are all there, and the programs decide most of what comes.
        #expect(decided > 2 * left, "\(decided) decided, \(left) left")
        #expect(reasons.count > 40, "\(reasons.count) reasons")
    }

    /// The packet of a row with some of its bits turned or its addresses exchanged, and what the kernel would see to right
    /// again: it gives its programs only whole packets.
    private static func mutated(_ row: StfPacket, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = row.packet
        let inner = row.direction == .output ? 0 : 20
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where bytes.count >= inner + 40:
                // An address, or the beginning of one, of the other end or of a filter.
                let place = inner + (Bool.random(using: &random) ? 8 : 24)
                let prefix = prefixes[Int.random(in: 0..<prefixes.count, using: &random)]
                bytes.replaceSubrange(place..<place + prefix.count, with: prefix)
            case 1 where inner == 20:
                let place = 12 + Int.random(in: 0..<4, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            default:
                let place = Int.random(in: inner..<bytes.count, using: &random)
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        if inner == 20 { finish(&bytes) }
        // The kernel tries no packet that ends within its first header.
        return StfPacket.hasWholeHeader(bytes) ? bytes : row.packet
    }

    private static let prefixes: [[UInt8]] = [
        [0x20, 0x02, 192, 0, 2, 1], [0x20, 0x02, 198, 51, 100, 7], [0x20, 0x02, 10, 0, 0, 1],
        [0x20, 0x02, 192, 88, 99, 1],
        [0x20, 0x01, 0x0D, 0xB8], [0xFE, 0x80], [0xFF, 0x02], [UInt8](repeating: 0, count: 12), [0x20, 0x02, 224],
    ]

    /// Its own checksum again; without options and fragments, the length is what there is.
    private static func finish(_ bytes: inout [UInt8]) {
        bytes[10] = 0
        bytes[11] = 0
        let size = max(20, min(Int(bytes[0] & 15) * 4, bytes.count))
        let checksum = Packet.onesComplementSum(Array(bytes.prefix(size))) ^ 0xFFFF
        bytes[10] = UInt8(checksum >> 8)
        bytes[11] = UInt8(checksum & 255)
    }
}
