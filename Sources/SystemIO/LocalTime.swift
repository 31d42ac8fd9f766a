// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// A moment as the clocks here show it: TZ, or /etc/localtime.
public struct LocalTime: Sendable {
    private let time: timespec

    /// - Parameter seconds: since 1970.
    public init(seconds: Int, microseconds: Int = 0) {
        time = timespec(tv_sec: seconds, tv_nsec: microseconds * 1000)
    }

    public static var now: LocalTime {
        var time = timespec()
        // It cannot fail of this clock.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return LocalTime(seconds: time.tv_sec, microseconds: time.tv_nsec / 1000)
    }

    /// `2026-11-30T13:42:34.123456`
    public var text: String { formatted("%Y-%m-%dT%H:%M:%S") + fraction }

    /// The same with the zone: `2026-11-30T13:42:34.123456+01:00` (RFC 3339 §5.6).
    public var zonedText: String {
        let zone = formatted("%z")
        return text + zone.prefix(3) + ":" + zone.suffix(2)
    }

    private var fraction: String {
        let digits = String(time.tv_nsec / 1000)
        return "." + String(repeating: "0", count: 6 - digits.count) + digits
    }

    private func formatted(_ format: String) -> String {
        var seconds = time.tv_sec
        var fields = unsafe tm()
        guard unsafe localtime_r(&seconds, &fields) != nil else { return "?" }
        return unsafe String(unsafeUninitializedCapacity: 64) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return unsafe start.withMemoryRebound(to: CChar.self, capacity: 64) {
                unsafe strftime($0, 64, format, &fields)
            }
        }
    }
}
