// SPDX-License-Identifier: BSD-2-Clause

/// Which of the requests are logged that users make for what is not for them: of each user one in
/// `net.inet6.ip6.log_interval` seconds, however often they ask.
final class RefusalLog {
    private struct User {
        /// Nothing is logged before.
        var next: ContinuousClock.Instant
        var others = 0
    }

    private let interval: () -> Duration
    private var users: [UInt32: User] = [:]

    /// Users that are remembered.
    var userCount: Int { users.count }

    /// - Parameter interval: zero logs nothing.
    init(_ interval: @escaping () -> Duration) {
        self.interval = interval
    }

    /// - Returns: how many others there were of the user since one was logged; nil: this one is not logged.
    func note(_ user: UInt32, now: ContinuousClock.Instant = .now) -> Int? {
        let interval = interval()
        guard interval > .zero, users[user].map({ $0.next <= now }) ?? true else {
            users[user]?.others += 1
            return nil
        }
        // A user may have any number of user IDs.
        if users.count >= 1024 { users = users.filter { $0.value.next > now } }
        let others = users[user]?.others ?? 0
        users[user] = User(next: now + interval)
        return others
    }
}
