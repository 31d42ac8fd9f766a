// SPDX-License-Identifier: BSD-2-Clause

/// The least of many numbers that are greater than one, found without keeping or sorting all of them.
struct LeastNumbers {
    private let limit: Int
    private let after: UInt64
    private var kept: [UInt64] = []
    /// Greater ones are not among the least.
    private var bound = UInt64.max

    /// - Parameter limit: how many are looked for.
    init(after: UInt64, _ limit: Int) {
        self.after = after
        self.limit = limit
    }

    mutating func add(_ number: UInt64) {
        guard number > after, number <= bound else { return }
        kept.append(number)
        if kept.count >= 2 * limit { cut() }
    }

    /// The greatest of them; the greatest that there can be if there are not so many.
    var last: UInt64 {
        mutating get {
            cut()
            return kept.count < limit ? .max : bound
        }
    }

    private mutating func cut() {
        kept.sort()
        kept.removeSubrange(min(limit, kept.count)...)
        if kept.count == limit, let last = kept.last { bound = last }
    }
}
