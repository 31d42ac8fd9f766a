// SPDX-License-Identifier: BSD-2-Clause

/// How many ICMPv6 errors may be sent: a token bucket (RFC 4443 §2.4(f)) that holds a second's worth.
struct ErrorLimit {
    /// As net.inet6.icmp6.errppslimit has it by default on BSD.
    static let perSecond = 100

    private var tokens = ErrorLimit.perSecond
    private var filled = ContinuousClock.now

    /// Whether another error may be sent now.
    mutating func allows(at now: ContinuousClock.Instant = .now) -> Bool {
        let interval = Duration.seconds(1) / ErrorLimit.perSecond
        let due = Int((now - filled) / interval)
        if due > 0 {
            tokens = min(tokens + due, ErrorLimit.perSecond)
            filled = now
        }
        guard tokens > 0 else { return false }
        tokens -= 1
        return true
    }
}
