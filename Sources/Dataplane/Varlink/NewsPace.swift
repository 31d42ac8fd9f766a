// SPDX-License-Identifier: BSD-2-Clause

/// When a stream is asked for news: at once, but so that asking takes no more than half of the time.
struct NewsPace {
    /// Nobody notices a wait for so little.
    private static let negligible = Duration.milliseconds(10)

    private var free: [String: ContinuousClock.Instant] = [:]
    /// Streams that something may have happened in since they were asked.
    private var owed: Set<String> = []

    /// Whether it is to be asked now; if not, it will be when `rest` is over.
    mutating func isDue(_ stream: String, now: ContinuousClock.Instant = .now) -> Bool {
        guard let time = free[stream], now < time else { return true }
        owed.insert(stream)
        return false
    }

    /// It was asked just now.
    mutating func note(_ stream: String, since start: ContinuousClock.Instant, now: ContinuousClock.Instant = .now) {
        owed.remove(stream)
        let cost: Duration = now - start
        free[stream] = cost < NewsPace.negligible ? nil : now + cost
    }

    /// Until a stream that was not asked is due; nil: none was.
    func rest(of stream: String, now: ContinuousClock.Instant = .now) -> Duration? {
        owed.contains(stream) ? free[stream].map { max($0 - now, .zero) } : nil
    }
}
