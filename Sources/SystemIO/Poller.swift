// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// Waits for many descriptors at once: epoll(7), level-triggered.
public final class Poller {
    /// What a descriptor is ready for. An error or a hang-up counts as input: reading will tell.
    public struct Readiness: OptionSet, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        public static let input = Readiness(rawValue: EPOLLIN.rawValue)
        public static let output = Readiness(rawValue: EPOLLOUT.rawValue)
    }

    private let descriptor: Descriptor

    public init() throws(SystemError) {
        descriptor = Descriptor(number: try must("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    }

    /// Readable when something that is watched is ready.
    public var pollable: PollDescriptor { descriptor.pollable }

    /// Watches `target` for `interest`, which may be empty; replaces what was watched before.
    public func watch(_ target: PollDescriptor, for interest: Readiness) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.fd = target.number
        let epoll = descriptor.number
        try must("epoll_ctl") {
            let changed = unsafe epoll_ctl(epoll, EPOLL_CTL_MOD, target.number, &event)
            guard changed == -1, errno == ENOENT else { return changed }
            return unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, target.number, &event)
        }
    }

    /// Closing a descriptor does this too; call it for one that stays open.
    public func forget(_ target: PollDescriptor) throws(SystemError) {
        let epoll = descriptor.number
        try must("epoll_ctl") { epoll_ctl(epoll, EPOLL_CTL_DEL, target.number, nil) }
    }

    /// Waits until something is ready, or for `milliseconds` if that is not nil.
    public func wait(milliseconds: Int32? = nil) throws(SystemError) -> [(PollDescriptor, Readiness)] {
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 64)
        let epoll = descriptor.number
        let count = try must("epoll_wait") { unsafe epoll_wait(epoll, &events, 64, milliseconds ?? -1) }
        return unsafe events.prefix(Int(count)).map { event in
            let hangUp = EPOLLERR.rawValue | EPOLLHUP.rawValue
            let input = unsafe event.events & hangUp != 0 ? Readiness.input : []
            return unsafe (
                PollDescriptor(number: event.data.fd), Readiness(rawValue: event.events & ~hangUp).union(input)
            )
        }
    }
}
