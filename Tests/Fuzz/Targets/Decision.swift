// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Internet

@testable import Dataplane

/// What one packet thread does: decides and, if the packet dies, counts it. The second time must end as the first did.
func decided<Decision: Equatable>(
    _ heap: () -> UInt, about packet: borrowing RawSpan, _ decide: () throws(StfDrop) -> Decision
) throws(Violation) -> Result<Decision, StfDrop> {
    guard let shared = StfShared.fuzzed else { throw Violation(description: "no event descriptor to be had") }
    return try repeatable(heap) { () -> Result<Decision, StfDrop> in
        do throws(StfDrop) {
            return .success(try decide())
        } catch {
            shared.drop(packet, error)
            return .failure(error)
        }
    }
}

/// Does it twice; the second time must give the same, and ask for no memory. The first may have initialized something for
/// good.
/// - Parameter heap: how often the thread has asked for memory so far.
func repeatable<Value: Equatable>(_ heap: () -> UInt, _ body: () -> Value) throws(Violation) -> Value {
    let first = body()
    let before = heap()
    let second = body()
    let after = heap()
    try require(after == before, "one packet asked for memory \(after - before) times")
    try require(first == second, "decided in two ways: \(first), \(second)")
    return first
}

extension StfShared {
    /// Nobody takes from its log, so only the first drop makes an entry.
    fileprivate static let fuzzed = (try? DropLog()).map {
        StfShared(interface: 9, log: $0, nodeCounters: NodeCounters())
    }
}
