// SPDX-License-Identifier: BSD-2-Clause
internal import Synchronization

/// The generic cell rate algorithm (ITU-T I.371): so many a second on average, and so many at once after a silence.
struct RateLimit {
    /// Nanoseconds from one to the next, and how far the schedule may be ahead.
    let interval: UInt64
    let ahead: UInt64

    init(perSecond: Int, burst: Int) {
        interval = 1_000_000_000 / UInt64(max(perSecond, 1))
        ahead = interval &* UInt64(max(burst, 1) - 1)
    }

    /// The schedule after one more; nil if it comes too early. The schedule is when the next would be due, had all come
    /// evenly: 0 to begin with.
    func next(_ schedule: UInt64, now: UInt64) -> UInt64? {
        // More than one a nanosecond is any number, in whichever order threads have read the clock.
        guard interval > 0 else { return schedule }
        let due = max(schedule, now)
        return due - now <= ahead ? due + interval : nil
    }
}

/// A rate that several threads keep to together.
final class SharedRate: Sendable {
    private let schedule = Atomic<UInt64>(0)

    /// Counts one more, if it does not come too early. A limit that changes holds from then on.
    func admit(_ limit: RateLimit, now: UInt64) -> Bool {
        var seen = schedule.load(ordering: .relaxed)
        while let next = limit.next(seen, now: now) {
            let (exchanged, original) = schedule.weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return true }
            seen = original
        }
        return false
    }
}
