// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// Nanoseconds since some moment in the past, never less than before: clock_gettime(2), CLOCK_MONOTONIC.
public func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Nanoseconds since 1970: clock_gettime(2), CLOCK_REALTIME.
public func nanosecondsSince1970() -> UInt64 {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return 0 }
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
