// SPDX-License-Identifier: BSD-2-Clause
internal import Synchronization
public import SystemIO

/// A relay of TCP connections from IPv6 clients to IPv4 servers, as faithd(8) was.
///
/// Whoever makes it captures the clients' connections: the listeners are such that the kernel accepts on them what is for
/// other hosts. For each client the policy says which server it is to reach.
///
///     let relay = try Relay(on: [listener], policy: policy)
///     relay.drain()
///
/// Its threads, one for each core, are all that touches a session; this object, which belongs to one thread, asks them.
public final class Relay {
    private let shared: RelayShared
    private let tallies: [RelayTally]
    private let mailboxes: [RelayMailbox]
    private var workers: [Worker] = []
    private var listeners: [TCPListener]
    private var nextWorker = 0
    public private(set) var isDraining = false

    /// Descriptors left to the rest of the process.
    private static let reserve = 64

    /// Begins to accept.
    /// - Parameter pinholes: what lets data connections through to the relay, if the capture needs that.
    /// - Parameter routes: what the kernel would do with connections, for each thread.
    /// - Parameter threads: one for each core that this process may use, unless given.
    /// - Throws: want of descriptors, memory or threads.
    public init(
        on listeners: [TCPListener], policy: some RelayPolicy, settings: RelaySettings = RelaySettings(),
        pinholes: some RelayPinholes = NoPinholes(), routes: @escaping RelayRoutesMaker = { AnyRoutes() },
        threads: Int = usableCores(), name: String = "relay"
    ) throws(SystemError) {
        precondition(threads > 0, "a relay has at least one thread")
        ignoreBrokenPipes()
        let pipes = 2 * threads * max(settings.pipesPerWorker, 0)
        let spare = descriptorLimit() - openDescriptors() - Relay.reserve - pipes - 4 * threads
        shared = try RelayShared(
            policy: policy, settings: settings, sessionsWithinReach: max(spare / 2, 1), pinholes: pinholes,
            routes: routes)
        self.listeners = listeners
        tallies = (0..<threads).map { _ in RelayTally() }
        var mailboxes: [RelayMailbox] = []
        for _ in 0..<threads { mailboxes.append(try RelayMailbox()) }
        self.mailboxes = mailboxes
        do throws(SystemError) {
            for index in 0..<threads { workers.append(try start(index, named: "\(name)-\(index)")) }
        } catch {
            stop()
            throw error
        }
    }

    deinit {
        stop()
    }

    private func start(_ index: Int, named name: String) throws(SystemError) -> Worker {
        let (shared, tally, mailbox) = (shared, tallies[index], mailboxes[index])
        // The thread lets go of them when it drains, and this must not hold them any longer.
        let handed = Mutex<[TCPListener]?>(listeners)
        return try Worker(name) { stop in
            do throws(SystemError) {
                var worker = try RelayWorker(
                    listeners: handed.withLock { $0.take() } ?? [], shared: shared,
                    tally: tally, mailbox: mailbox, routes: try shared.routes())
                worker.run(until: stop)
            } catch {
                // No descriptor for epoll(7): the other threads do this one's work.
                _ = mailbox.close()
            }
        }
    }

    // MARK: what it does

    /// Decides by `policy` from now on. Sessions that there are stay.
    public func publish(_ policy: some RelayPolicy) {
        shared.publish { $0.policy = policy }
    }

    public var settings: RelaySettings { shared.current.settings }

    public func publish(_ settings: RelaySettings) {
        shared.publish { $0.settings = settings }
    }

    /// Relays a client that was accepted elsewhere.
    public func relay(_ client: consuming TCPSocket, _ request: RelayRequest) {
        let accepted = AcceptedClient(client, request)
        nextWorker = (nextWorker + 1) % mailboxes.count
        if !mailboxes[nextWorker].post(.adopt(accepted)) { accepted.take()?.reset() }
    }

    /// Accepts no more clients; the sessions that there are go on, and may have data connections yet. The listeners close, unless they are held elsewhere.
    public func drain() {
        guard !isDraining else { return }
        isDraining = true
        listeners = []
        for mailbox in mailboxes { _ = mailbox.post(.drain) }
    }

    /// Breaks off all sessions and ends the threads; local programs get a second to end. Nothing goes on after that.
    public func stop() {
        for worker in workers { worker.stop() }
        workers = []
        listeners = []
        isDraining = true
    }

    // MARK: what it tells

    /// Sessions at present.
    public var sessionCount: Int { shared.sessions.load(ordering: .relaxed) }

    /// Sessions that there are descriptors for.
    public var sessionsWithinReach: Int { shared.sessionsWithinReach }

    /// What happens to the clients.
    public var events: RelayEvents { shared.events }

    /// All sessions, the oldest first.
    public func sessions() throws(SystemError) -> [SessionStatus] {
        let answers = try Answers<[SessionStatus]>(expected: mailboxes.count)
        for mailbox in mailboxes where !mailbox.post(.snapshot(answers)) { answers.give(nil) }
        return try answers.wait().joined().sorted { $0.age > $1.age }
    }

    /// Breaks off the sessions with these numbers; returns how many there were.
    @discardableResult
    public func kill(_ numbers: Set<UInt64>) throws(SystemError) -> Int {
        let answers = try Answers<Int>(expected: mailboxes.count)
        for mailbox in mailboxes where !mailbox.post(.kill(numbers, answers)) { answers.give(nil) }
        return try answers.wait().reduce(0, +)
    }

    public var counters: RelayCounters {
        var counters = RelayCounters()
        for tally in tallies { tally.add(to: &counters) }
        return counters
    }
}
