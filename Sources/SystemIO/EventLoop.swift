// SPDX-License-Identifier: BSD-2-Clause

/// Calls whoever owns a descriptor when it is ready. All on one thread.
///
/// An action that fails is reported, and its descriptor left alone for a while; the loop and the others go on.
public final class EventLoop {
    public typealias Action = (Poller.Readiness) throws(SystemError) -> Void

    /// How long a descriptor is left alone whose action failed: it would be ready again at once.
    private let pause: Duration

    private struct Watched {
        /// Tells it from one that had the same descriptor before.
        let number: UInt64
        let name: String
        var interest: Poller.Readiness
        /// Until when it is left alone.
        var pausedUntil: ContinuousClock.Instant?
        let action: Action
    }

    private let poller: Poller
    private let report: (String) -> Void
    private var watched: [PollDescriptor: Watched] = [:]
    private var lastNumber: UInt64 = 0

    /// - Parameter report: takes a line about an action that failed: `rtnetlink: recvmsg: No buffer space available`.
    public init(pause: Duration = .seconds(1), report: @escaping (String) -> Void) throws(SystemError) {
        poller = try Poller()
        self.pause = pause
        self.report = report
    }

    /// Calls `action` whenever `descriptor` is ready for what is of interest, until `forget`. Its owner keeps it open.
    /// - Parameter name: what a failure is reported about.
    public func watch(
        _ descriptor: PollDescriptor, for interest: Poller.Readiness = .input, named name: String,
        _ action: @escaping Action
    ) throws(SystemError) {
        try poller.watch(descriptor, for: interest)
        lastNumber += 1
        watched[descriptor] = Watched(number: lastNumber, name: name, interest: interest, action: action)
    }

    /// Calls the action from now on when the descriptor is ready for this; for nothing, only at its end.
    public func wait(for interest: Poller.Readiness, on descriptor: PollDescriptor) throws(SystemError) {
        guard let entry = watched[descriptor], entry.interest != interest else { return }
        if entry.pausedUntil == nil { try poller.watch(descriptor, for: interest) }
        watched[descriptor]?.interest = interest
    }

    /// To be called before its owner closes it. One that is not watched may be forgotten too.
    public func forget(_ descriptor: PollDescriptor) {
        guard let entry = watched.removeValue(forKey: descriptor), entry.pausedUntil == nil else { return }
        // It was added, so that only a closed one could be unknown.
        try? poller.forget(descriptor)
    }

    /// Waits until something is ready, or for `milliseconds` if that is not nil, and calls those whose it is.
    public func turn(within milliseconds: Int32? = nil) throws(SystemError) {
        let ready = try poller.wait(milliseconds: resume(within: milliseconds))
        // An action may forget what is ready, and its number be another's by then.
        let due = ready.map { (descriptor: $0.0, readiness: $0.1, number: watched[$0.0]?.number) }
        for (descriptor, readiness, number) in due {
            guard let entry = watched[descriptor], entry.number == number else { continue }
            do throws(SystemError) {
                try entry.action(readiness)
            } catch {
                report("\(entry.name): \(error)")
                suspend(descriptor, number)
            }
        }
    }

    private func suspend(_ descriptor: PollDescriptor, _ number: UInt64?) {
        guard let entry = watched[descriptor], entry.number == number else { return }
        // An interest in nothing would still tell of errors.
        try? poller.forget(descriptor)
        watched[descriptor]?.pausedUntil = .now + pause
    }

    /// Goes on with those that were left alone long enough; returns for how long to wait at most.
    private func resume(within milliseconds: Int32?) -> Int32? {
        guard watched.values.contains(where: { $0.pausedUntil != nil }) else { return milliseconds }
        let now = ContinuousClock.now
        var patience = milliseconds
        for (descriptor, entry) in watched {
            guard let end = entry.pausedUntil else { continue }
            if end <= now, (try? poller.watch(descriptor, for: entry.interest)) != nil {
                watched[descriptor]?.pausedUntil = nil
            } else {
                let rest = max(Int32(clamping: Int((end - now) / .milliseconds(1))), 0) + 1
                patience = min(patience ?? rest, rest)
            }
        }
        return patience
    }
}
