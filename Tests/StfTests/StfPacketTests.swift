// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
import Stf
import StfPackets
import Testing

/// Every engine of stf against the table of packets.
@Suite struct StfPacketTests {
    @Test(arguments: StfPacket.all)
    func `the engine in Swift decides as the table says`(_ row: StfPacket) {
        var engine = SwiftStf(row.site)
        var bytes = row.packet
        #expect(engine.outcome(of: &bytes, row.direction) == row.outcome)
        #expect(engine.counts == StfPacketTests.counts(of: row))
    }

    /// And leaves to the one in Swift what the table says that it leaves, without counting a drop.
    @Test func `the engine in the kernel decides as the table says`() throws {
        try KernelStf.with { engine in
            for row in StfPacket.all where row.direction != .error && row.hasWholeHeader {
                let (outcome, counts) = try engine.run(row)
                #expect(outcome == (row.isLeftToSwift ? nil : row.outcome), "\(row)")
                #expect(counts == (row.isLeftToSwift ? ReasonCounts() : StfPacketTests.counts(of: row)), "\(row)")
            }
        }
    }

    private static func counts(of row: StfPacket) -> ReasonCounts<StfDrop> {
        var counts = ReasonCounts<StfDrop>()
        if case .dies(let drop) = row.outcome { counts[drop] = 1 }
        return counts
    }

    /// Reasons that only a worker can give, because a device or a socket refused.
    private let workers: Set<StfDrop> = [
        .unsegmentable, .outerUnreachable, .outerProhibited, .sendQueueFull, .sendFailed, .deliveryFailed,
        .receiveQueueFull,
    ]

    @Test func `every reason that rules can give is in the table`() {
        let reached = Set(
            StfPacket.all.compactMap { row -> StfDrop? in
                if case .dies(let drop) = row.outcome { drop } else { nil }
            })
        #expect(Set(StfDrop.all).subtracting(reached) == workers)
    }
}
