// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
import Stf
import StfPackets
import Testing

/// Every engine of stf against the table of packets.
@Suite struct StfPacketTests {
    @Test(arguments: StfEngine.allCases, StfPacket.all)
    func `each engine decides as the table says`(_ engine: StfEngine, _ row: StfPacket) {
        guard engine == .swift || !row.isLeftToSwift else { return }
        var counts = ReasonCounts<StfDrop>()
        if case .dies(let drop) = row.outcome { counts[drop] = 1 }
        let run = engine.run(row)
        #expect(run.outcome == row.outcome)
        #expect(run.counts == counts)
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
