// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// Waits for thousands of sockets: epoll(7), edge-triggered, so that a socket is registered once and never again.
/// `Poller` is the simpler one, for few descriptors.
@safe
public struct EdgePoller: ~Copyable {
    /// What happened to a socket since it was last reported.
    public struct Readiness: OptionSet, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        public static let input = Readiness(rawValue: EPOLLIN.rawValue)
        public static let output = Readiness(rawValue: EPOLLOUT.rawValue)
        public static let urgent = Readiness(rawValue: EPOLLPRI.rawValue)
        /// The peer sends no more.
        public static let end = Readiness(rawValue: EPOLLRDHUP.rawValue | EPOLLHUP.rawValue)
        public static let error = Readiness(rawValue: EPOLLERR.rawValue)
        /// No connection any more, or none yet.
        public static let hangUp = Readiness(rawValue: EPOLLHUP.rawValue)
    }

    private static let batch = 256
    private let descriptor: Descriptor
    private let events: UnsafeMutablePointer<epoll_event>
    private var count = 0

    public init() throws(SystemError) {
        descriptor = Descriptor(number: try must("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        unsafe events = .allocate(capacity: EdgePoller.batch)
    }

    deinit {
        unsafe events.deallocate()
    }

    /// Reports everything about a connection from now on, under `tag`. Closing the socket ends it.
    public func add(_ socket: borrowing TCPSocket, tag: UInt64) throws(SystemError) {
        let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLPRI.rawValue | EPOLLRDHUP.rawValue
        try control(EPOLL_CTL_ADD, socket.descriptor.number, interest | EPOLLET.rawValue, tag)
    }

    /// Reports, for as long as it is so, that `target` has input. Closing it ends that.
    public func add(_ target: PollDescriptor, tag: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, target.number, EPOLLIN.rawValue, tag)
    }

    /// Reports nothing more about a connection that stays open.
    public func remove(_ socket: borrowing TCPSocket) throws(SystemError) {
        try control(EPOLL_CTL_DEL, socket.descriptor.number, 0, 0)
    }

    /// Reports, for as long as it is so, that `target` has input. Of several threads that wait for one listener, the
    /// kernel wakes one.
    public func addShared(_ target: PollDescriptor, tag: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, target.number, EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue, tag)
    }

    public func remove(_ target: PollDescriptor) throws(SystemError) {
        try control(EPOLL_CTL_DEL, target.number, 0, 0)
    }

    /// Waits for something, or for `milliseconds` if that is not nil, and returns how many events there are.
    public mutating func wait(milliseconds: Int32?) throws(SystemError) -> Int {
        let epoll = descriptor.number
        let events = unsafe events
        count = Int(
            try must("epoll_wait") { unsafe epoll_wait(epoll, events, Int32(EdgePoller.batch), milliseconds ?? -1) })
        return count
    }

    /// An event of the last `wait`; `index` is below what that returned.
    public func event(_ index: Int) -> (tag: UInt64, readiness: Readiness) {
        precondition(index >= 0 && index < count)
        return unsafe (events[index].data.u64, Readiness(rawValue: events[index].events))
    }

    private func control(
        _ operation: Int32, _ target: Int32, _ interest: UInt32, _ tag: UInt64
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest
        unsafe event.data.u64 = tag
        let epoll = descriptor.number
        try must("epoll_ctl") { unsafe epoll_ctl(epoll, operation, target, &event) }
    }
}
