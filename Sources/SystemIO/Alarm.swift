// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc

/// A timerfd(2): readable once its time has come.
public final class Alarm: Sendable {
    private let descriptor: Descriptor

    public init() throws(SystemError) {
        descriptor = Descriptor(number: try must("timerfd_create") { clinux_timer() })
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// Whether its time has come since it was set, or since this was asked.
    public func hasCome() -> Bool {
        var times: UInt64 = 0
        return unsafe read(descriptor.number, &times, 8) == 8
    }

    /// Instead of the time that was set before, if any; nil: never.
    public func set(in delay: Duration?) throws(SystemError) {
        let (number, delay) = (descriptor.number, delay.map { max($0.nanoseconds, 1) } ?? 0)
        try must("timerfd_settime") { clinux_set_timer(number, delay) }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, 0), 1 << 32) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
