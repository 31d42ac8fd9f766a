// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
public import Stf
import TestSupport

/// Whatever a packet says, both engines make the same of it, but for what the one in the kernel leaves to the other: over
/// packets that nobody thought of. The same seed makes the same packets.
public struct StfAgreement {
    /// Packets that the kernel's engine decided about, and those that it left.
    public private(set) var decided = 0
    public private(set) var left = 0
    /// Of which packets died.
    public private(set) var reasons: Set<StfDrop> = []
    /// What the engines made of packets differently.
    public private(set) var disagreements: [String] = []
    private var random: SeededGenerator

    /// Tries so many packets at least, of all rows of the table with as many changes each.
    public init(packets: Int, seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        let rows = StfPacket.all.filter { $0.direction != .error && $0.hasWholeHeader }
        var agreement = self
        try KernelStf.with { kernel in
            for row in rows {
                try kernel.prepare(row)
                for _ in 0..<(packets + rows.count - 1) / rows.count { try agreement.compare(row, by: &kernel) }
            }
        }
        self = agreement
    }

    private mutating func compare(_ row: StfPacket, by kernel: inout KernelStf) throws {
        let packet = mutated(row)
        let (outcome, counts) = try kernel.runPrepared(row, with: packet)
        guard let outcome else {
            left += 1
            if counts != ReasonCounts<StfDrop>() { disagreements.append("\(row): left, and counted: \(packet)") }
            return
        }
        var swift = SwiftStf(row.site)
        var bytes = packet
        let expected = swift.outcome(of: &bytes, row.direction)
        decided += 1
        if case .dies(let drop) = outcome { reasons.insert(drop) }
        if expected != outcome { disagreements.append("\(row): \(outcome), not \(expected): \(packet)") }
        if swift.counts != counts { disagreements.append("\(row): counted otherwise: \(packet)") }
    }

    /// The packet of a row with some of its bits turned or its addresses exchanged, and what the kernel would see to right
    /// again: it gives its programs only whole packets.
    private mutating func mutated(_ row: StfPacket) -> [UInt8] {
        var bytes = row.packet
        let inner = row.direction == .output ? 0 : 20
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where bytes.count >= inner + 40:
                // An address, or the beginning of one, of the other end or of a filter.
                let place = inner + (Bool.random(using: &random) ? 8 : 24)
                let prefix = StfAgreement.prefixes[Int.random(in: 0..<StfAgreement.prefixes.count, using: &random)]
                bytes.replaceSubrange(place..<place + prefix.count, with: prefix)
            case 1 where inner == 20:
                let place = 12 + Int.random(in: 0..<4, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            default:
                let place = Int.random(in: inner..<bytes.count, using: &random)
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        if inner == 20 { StfAgreement.finish(&bytes) }
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
