// SPDX-License-Identifier: BSD-2-Clause
import Synchronization

/// How many ICMPv6 errors all tunnels together may send: a token bucket (RFC 4443 §2.4(f)) that holds a second's worth.
final class ErrorLimit: Sendable {
    private struct Bucket {
        var perSecond = MIB()[.errppslimit]
        var tokens = MIB()[.errppslimit]
        var filled = ContinuousClock.now
    }

    private let bucket = Mutex(Bucket())

    /// Zero allows none, a negative number any (net.inet6.icmp6.errppslimit).
    func set(perSecond: Int) {
        bucket.withLock {
            $0.perSecond = perSecond
            $0.tokens = max(perSecond, 0)
        }
    }

    /// Whether another error may be sent now.
    func allows(at now: ContinuousClock.Instant = .now) -> Bool {
        bucket.withLock { bucket in
            guard bucket.perSecond > 0 else { return bucket.perSecond < 0 }
            let due = Int((now - bucket.filled) / (Duration.seconds(1) / bucket.perSecond))
            if due > 0 {
                bucket.tokens = min(bucket.tokens + due, bucket.perSecond)
                bucket.filled = now
            }
            guard bucket.tokens > 0 else { return false }
            bucket.tokens -= 1
            return true
        }
    }
}
