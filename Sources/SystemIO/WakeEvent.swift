// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc

/// An eventfd(2) by which one thread ends another's wait. Once signalled it stays so until it is cleared.
public final class WakeEvent: Sendable {
    private let descriptor: Descriptor

    public init() throws(SystemError) {
        descriptor = Descriptor(
            number: try must("eventfd") { eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)) })
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    public func signal() {
        // The counter of a fresh eventfd cannot be full.
        _ = eventfd_write(descriptor.number, 1)
    }

    public func clear() {
        var signals: eventfd_t = 0
        // Not signalled is clear too.
        _ = unsafe eventfd_read(descriptor.number, &signals)
    }
}

extension WakeEvent {
    /// Waits until it is signalled.
    public func wait() throws(SystemError) {
        var entry = pollfd(fd: pollable.number, events: Int16(POLLIN), revents: 0)
        try must("poll") { unsafe poll(&entry, 1, -1) }
    }
}

/// Waits until `descriptor` or, if there is one, `other` is readable. False means that `wake` was signalled.
public func waitForInput(
    _ descriptor: PollDescriptor, or other: PollDescriptor? = nil, unless wake: WakeEvent
) throws(SystemError) -> Bool {
    var entries: InlineArray<3, pollfd> = [
        pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0),
        // poll(2) passes over a negative descriptor.
        pollfd(fd: other?.number ?? -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wake.pollable.number, events: Int16(POLLIN), revents: 0),
    ]
    try must("poll") {
        var span = entries.mutableSpan
        return unsafe span.withUnsafeMutableBufferPointer { entries in
            unsafe poll(entries.baseAddress, 3, -1)
        }
    }
    return entries[2].revents == 0
}
