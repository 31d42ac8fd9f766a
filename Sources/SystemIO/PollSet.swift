// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// A few descriptors to wait on, each in a place of its own: poll(2). Allocates nothing.
public struct PollSet: ~Copyable {
    public static let places = 8
    private var entries = InlineArray<8, pollfd>(repeating: pollfd(fd: -1, events: 0, revents: 0))

    public init() {}

    /// - Parameter descriptor: nil, or with no interest: the place is not waited on.
    public mutating func watch(_ place: Int, _ descriptor: PollDescriptor?, for interest: Poller.Readiness) {
        var events: Int16 = 0
        if interest.contains(.input) { events |= Int16(POLLIN) }
        if interest.contains(.output) { events |= Int16(POLLOUT) }
        // poll(2) passes over a negative descriptor, and tells of errors of any other.
        entries[place] = pollfd(fd: interest.isEmpty ? -1 : descriptor?.number ?? -1, events: events, revents: 0)
    }

    /// Waits until something is ready, or for `milliseconds` if that is not nil.
    public mutating func wait(milliseconds: Int32?) throws(SystemError) {
        var span = entries.mutableSpan
        try must("poll") {
            unsafe span.withUnsafeMutableBufferPointer {
                unsafe poll($0.baseAddress, nfds_t($0.count), milliseconds ?? -1)
            }
        }
    }

    /// An error or a hang-up counts as both: reading and writing will tell.
    public func isReady(_ place: Int, for readiness: Poller.Readiness) -> Bool {
        let events = entries[place].revents
        if events & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { return true }
        return readiness.contains(.input) && events & Int16(POLLIN) != 0
            || readiness.contains(.output) && events & Int16(POLLOUT) != 0
    }
}
