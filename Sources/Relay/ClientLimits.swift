// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Synchronization

/// Who has how many sessions, and began how many lately: one entry for each client prefix that has a session or had one
/// a moment ago. Its memory is allocated at the start and never grows.
final class ClientLimits: Sendable {
    fileprivate struct Entry {
        var sessions: UInt32 = 0
        /// Of its `RateLimit`.
        var schedule: UInt64 = 0
    }

    fileprivate struct Table: ~Copyable {
        var entries: [IPv6Address: Entry] = [:]
        /// The keys of `entries`, in a ring, each looked at in its turn to see whether it may go.
        var ring: [IPv6Address] = []
        var next = 0
    }

    private let table = Mutex(Table())
    private let capacity: Int

    /// - Parameter capacity: how many prefixes it tells apart; twice as many as there may be sessions are enough.
    init(capacity: Int) {
        self.capacity = max(capacity, 2)
        table.withLock {
            $0.entries.reserveCapacity(self.capacity)
            $0.ring.reserveCapacity(self.capacity)
        }
    }

    /// Counts a session of `client`, a prefix, unless it may have no more. `release` follows when it ends.
    func admit(_ client: IPv6Address, _ settings: RelaySettings, now: UInt64) -> RelayRefusal? {
        table.withLock { table in
            for _ in 0..<2 { table.forget(now) }
            if table.entries[client] == nil {
                // What has no session is let go before its time rather than refuse a newcomer.
                for _ in 0..<64 where table.ring.count >= capacity { table.forget(.max) }
                guard table.ring.count < capacity else { return .clientTableFull }
                table.ring.append(client)
                table.entries[client] = Entry()
            }
            return table.entries[client, default: Entry()].admit(settings, now: now)
        }
    }

    /// Counts a session of `client` that began elsewhere.
    func inherit(_ client: IPv6Address) {
        table.withLock { table in
            if table.entries[client] == nil { table.ring.append(client) }
            table.entries[client, default: Entry()].sessions += 1
        }
    }

    func release(_ client: IPv6Address) {
        table.withLock { $0.entries[client]?.sessions -= 1 }
    }

    /// Prefixes that are told apart now.
    var count: Int { table.withLock { $0.entries.count } }
}

extension ClientLimits.Entry {
    fileprivate mutating func admit(_ settings: RelaySettings, now: UInt64) -> RelayRefusal? {
        guard Int(sessions) < settings.sessionsPerClient else { return .clientSessionLimit }
        let limit = RateLimit(perSecond: settings.newSessionsPerSecond, burst: settings.burst)
        guard let next = limit.next(schedule, now: now) else { return .clientRateLimit }
        schedule = next
        sessions += 1
        return nil
    }
}

extension ClientLimits.Table {
    /// Looks at one entry: without it nothing would change, if it has no session and was silent long enough.
    fileprivate mutating func forget(_ now: UInt64) {
        guard !ring.isEmpty else { return }
        if next >= ring.count { next = 0 }
        let client = ring[next]
        guard let entry = entries[client], entry.sessions == 0, entry.schedule <= now else {
            next += 1
            return
        }
        entries[client] = nil
        ring.swapAt(next, ring.count - 1)
        ring.removeLast()
    }
}
