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
    /// Where it accepts clients; none when it drains, or has left.
    public private(set) var listeners: [TCPListener]
    private var nextWorker = 0
    public private(set) var isDraining = false
    private var hasLeft = false
    /// What others have counted that this goes on with.
    private let inherited: RelayCounters

    /// Descriptors left to the rest of the process.
    private static let reserve = 64

    /// Begins to accept.
    /// - Parameter pinholes: what lets data connections through to the relay, if the capture needs that.
    /// - Parameter routes: what the kernel would do with connections, for each thread.
    /// - Parameter numbers: for its sessions; those of all relays of one owner should be the same.
    /// - Parameter threads: one for each core that this process may use, unless given.
    /// - Throws: want of descriptors, memory or threads.
    public convenience init(
        on listeners: [TCPListener], policy: some RelayPolicy, settings: RelaySettings = RelaySettings(),
        pinholes: some RelayPinholes = NoPinholes(), routes: @escaping RelayRoutesMaker = { AnyRoutes() },
        numbers: SessionNumbers = SessionNumbers(),
        threads: Int = usableCores(), name: String = "relay"
    ) throws(SystemError) {
        try self.init(
            listeners, after: nil, policy: policy, settings: settings, pinholes: pinholes, routes: routes,
            numbers: numbers,
            threads: threads, name: name)
    }

    /// Goes on with what another relay has left: its listeners, sessions and counters. Nil: nothing was left by this name.
    ///
    /// When this returns, all sessions that can go on do; the rest is broken off.
    /// - Throws: as above; EBADMSG for what it cannot read; what is wrong with a listener.
    public convenience init?(
        from estate: Estate, as prefix: String, policy: some RelayPolicy, settings: RelaySettings = RelaySettings(),
        pinholes: some RelayPinholes = NoPinholes(), routes: @escaping RelayRoutesMaker = { AnyRoutes() },
        numbers: SessionNumbers = SessionNumbers(),
        threads: Int = usableCores(), name: String = "relay"
    ) throws(SystemError) {
        guard let record = try estate.get(prefix, as: RelayRecord.self) else { return nil }
        // Before there is a thread: a client that waits is served before those that have lower numbers.
        numbers.pass(record.lastNumber)
        try self.init(
            try record.takeListeners(from: estate, of: prefix), after: record, policy: policy, settings: settings,
            pinholes: pinholes, routes: routes, numbers: numbers, threads: threads, name: name)
        isDraining = record.isDraining
        let answers = try Answers<Int>(expected: threads)
        let heritage = RelayHeritage(estate: estate, prefix: prefix)
        for (mailbox, share) in zip(mailboxes, record.shares(threads))
        where !mailbox.post(.inherit(heritage, share, answers)) {
            answers.give(nil)
        }
        _ = try answers.wait()
    }

    private init(
        _ listeners: [TCPListener], after record: RelayRecord?, policy: some RelayPolicy, settings: RelaySettings,
        pinholes: some RelayPinholes, routes: @escaping RelayRoutesMaker, numbers: SessionNumbers, threads: Int,
        name: String
    ) throws(SystemError) {
        precondition(threads > 0, "a relay has at least one thread")
        ignoreBrokenPipes()
        let pipes = 2 * threads * max(settings.pipesPerWorker, 0)
        let spare = descriptorLimit() - openDescriptors() - Relay.reserve - pipes - 4 * threads
        // Those that are to go on have theirs.
        let within = max(spare / 2, 1) + (record?.sessions.count ?? 0)
        shared = try RelayShared(
            policy: policy, settings: settings, numbers: numbers, sessionsWithinReach: within, pinholes: pinholes,
            routes: routes)
        self.listeners = listeners
        inherited = record?.counters ?? RelayCounters()
        tallies = (0..<threads).map { _ in RelayTally() }
        var mailboxes: [RelayMailbox] = []
        for _ in 0..<threads { mailboxes.append(try RelayMailbox()) }
        self.mailboxes = mailboxes
        do throws(SystemError) {
            for index in 0..<threads {
                workers.append(try start(index, named: "\(name)-\(index)", buffers: record?.buffers ?? 0))
            }
        } catch {
            stop()
            throw error
        }
    }

    deinit {
        stop()
    }

    private func start(_ index: Int, named name: String, buffers: Int) throws(SystemError) -> Worker {
        // What may fail does so before there is a thread. That has the listeners alone, to let go of them when it drains.
        let handed = Mutex<RelayWorker?>(
            try RelayWorker(
                listeners: listeners, shared: shared, tally: tallies[index], mailbox: mailboxes[index],
                routes: try shared.routes(), buffers: buffers))
        return try Worker(name) { _ in
            guard var worker = handed.withLock({ $0.take() }) else { return }
            worker.run()
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

    /// Relays a client that was accepted elsewhere; not if this has left.
    public func relay(_ client: consuming TCPSocket, _ request: RelayRequest) {
        if hasLeft { return client.reset() }
        let accepted = AcceptedClient(client, request)
        nextWorker = (nextWorker + 1) % mailboxes.count
        if !mailboxes[nextWorker].post(.adopt(accepted)) { accepted.take()?.reset() }
    }

    /// Accepts no more clients; the sessions that there are go on, and may have data connections yet. The listeners close,
    /// unless they are held elsewhere.
    public func drain() {
        guard !isDraining else { return }
        isDraining = true
        listeners = []
        for mailbox in mailboxes { _ = mailbox.post(.drain) }
    }

    /// Leaves listeners, sessions and counters to another relay, in this process or the next, and accepts no more. Neither
    /// clients nor servers notice, but that for a moment nothing is carried; whoever comes meanwhile waits.
    ///
    /// What local programs serve stays: a process has one parent. `sessionCount` says how many those are, and `stop` ends
    /// them. If nobody takes up what was left, another relay can be made of it here.
    /// - Throws: want of descriptors: then nothing was left.
    public func leave(to estate: Estate, as prefix: String) throws(SystemError) {
        let answers = try Answers<[SessionRecord]>(expected: mailboxes.count)
        for (index, listener) in listeners.enumerated() {
            try listener.leave(to: estate, as: RelayRecord.name(ofListener: index, of: prefix))
        }
        hasLeft = true
        let heritage = RelayHeritage(estate: estate, prefix: prefix)
        for mailbox in mailboxes where !mailbox.post(.leave(heritage, answers)) { answers.give(nil) }
        let sessions = try answers.wait().flatMap { $0 }
        let record = RelayRecord(
            listeners: listeners.count, isDraining: isDraining, counters: counters,
            lastNumber: shared.numbers.last, sessions: sessions)
        listeners = []
        try estate.put(record, as: prefix)
    }

    /// Breaks off all sessions and ends the threads; local programs get a second to end. Nothing goes on after that.
    public func stop() {
        for mailbox in mailboxes { _ = mailbox.post(.stop) }
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

    /// Sessions in the order of their numbers, the oldest first: all of them, or the next `limit` after a number.
    public func sessions(after number: UInt64 = 0, limit: Int = .max) throws(SystemError) -> [SessionStatus] {
        let answers = try Answers<[SessionStatus]>(expected: mailboxes.count)
        for mailbox in mailboxes where !mailbox.post(.snapshot(after: number, limit: limit, answers)) {
            answers.give(nil)
        }
        return Array(try answers.wait().joined().sorted { $0.number < $1.number }.prefix(limit))
    }

    /// Breaks off the sessions with these numbers; returns how many there were.
    @discardableResult
    public func kill(_ numbers: Set<UInt64>) throws(SystemError) -> Int {
        let answers = try Answers<Int>(expected: mailboxes.count)
        for mailbox in mailboxes where !mailbox.post(.kill(numbers, answers)) { answers.give(nil) }
        return try answers.wait().reduce(0, +)
    }

    public var counters: RelayCounters {
        var counters = inherited
        for tally in tallies { tally.add(to: &counters) }
        return counters
    }
}
