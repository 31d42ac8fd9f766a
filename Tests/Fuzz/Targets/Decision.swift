// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import Stf
import Synchronization

/// What one packet thread does: decides and, if the packet dies, counts it. The second time must end as the first did.
func decided<Decision: Equatable>(
    _ heap: () -> UInt, _ decide: () throws(StfDrop) -> Decision
) throws(Violation) -> Result<Decision, StfDrop> {
    try repeatable(heap) { () -> Result<Decision, StfDrop> in
        do throws(StfDrop) {
            return .success(try decide())
        } catch {
            counts.withLock { $0[error] += 1 }
            return .failure(error)
        }
    }
}

private let counts = Mutex(ReasonCounts<StfDrop>())

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
