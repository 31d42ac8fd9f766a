// SPDX-License-Identifier: BSD-2-Clause
internal import Synchronization

/// Numbers for sessions, each given once. Relays of one owner share them, so that a number alone names a session.
public final class SessionNumbers: Sendable {
    private let given: Atomic<UInt64>

    /// - Parameter last: the last that was given before.
    public init(after last: UInt64 = 0) {
        given = Atomic(last)
    }

    /// The last that was given.
    public var last: UInt64 { given.load(ordering: .relaxed) }

    func next() -> UInt64 { given.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Gives none of those up to `number`: somebody else has.
    public func pass(_ number: UInt64) {
        var last = given.load(ordering: .relaxed)
        while last < number {
            let (exchanged, original) = given.weakCompareExchange(
                expected: last, desired: number, ordering: .relaxed)
            if exchanged { return }
            last = original
        }
    }
}
