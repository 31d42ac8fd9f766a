// SPDX-License-Identifier: BSD-2-Clause

/// A bucket of bytes that holds a tenth of a second's.
struct RateLimit {
    private var bytes = 0
    private var filled: UInt64 = 0

    /// - Parameter rate: bytes a second.
    mutating func allows(_ count: Int, of rate: Int, at now: UInt64) -> Bool {
        let elapsed = Double(now &- filled) / 1_000_000_000
        bytes = min(bytes + Int(min(elapsed, 1) * Double(rate)), max(rate / 10, 65_536 + 64))
        filled = now
        guard bytes >= count else { return false }
        bytes -= count
        return true
    }
}
