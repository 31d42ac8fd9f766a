// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
import Testing

/// Both engines of the node variables against their one table of packets.
@Suite struct NodePacketTests {
    @Test(arguments: NodeEngine.allCases, NodePacket.all)
    func `each engine decides as the table says`(_ engine: NodeEngine, _ row: NodePacket) throws {
        guard row.engines.contains(engine) else { return }
        let run = try engine.run(row)
        #expect(run.outcomes == row.steps.compactMap(\.outcome))
        #expect(run.waiting == row.waiting ?? run.waiting)
    }

    @Test func `every reason is in the table`() {
        let reached = NodePacket.all.flatMap(\.steps).compactMap { step -> NodeReason? in
            if case .dies(let reason) = step.outcome { reason } else { nil }
        }
        #expect(Set(NodeReason.all).subtracting(reached).map(\.name) == [])
    }

    /// What an engine cannot be asked is little, and named here.
    @Test func `what only the kernel sees is what is not forwarded`() {
        let others = NodePacket.all.filter { $0.engines != NodeEngine.allCases }
        let reasons = others.flatMap(\.steps).compactMap { step -> NodeReason? in
            if case .dies(let reason) = step.outcome { reason } else { nil }
        }
        #expect(others.allSatisfy { $0.engines == [.kernel] })
        #expect(Set(reasons) == [.unspecifiedNotForwarded, .scopeNotForwarded])
    }
}

extension NodePacket.Step {
    fileprivate var outcome: NodePacket.Outcome? {
        switch self {
        case .input(_, let outcome), .output(_, let outcome), .flood(let outcome): outcome
        case .lifetime: nil
        }
    }
}
