// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Synchronization
internal import SystemIO

/// What the control thread and the threads of one relay share.
final class RelayShared: Sendable {
    struct Published: Sendable {
        var policy: any RelayPolicy
        var settings: RelaySettings
    }

    let numbers: SessionNumbers
    private let published: Mutex<Published>
    /// Changes with each publication, so that a thread takes the lock only then.
    private let generation = Atomic<UInt64>(1)
    /// Sessions of all threads.
    let sessions = Atomic<Int>(0)
    let clients: ClientLimits
    let reserved = ReservedShare()
    private let rate = SharedRate()
    /// Sessions that there are descriptors for.
    let sessionsWithinReach: Int
    /// Local programs of all threads.
    private let programs = Atomic<Int>(0)
    let pinholes: any RelayPinholes
    let routes: RelayRoutesMaker
    let events: RelayEvents

    init(
        policy: any RelayPolicy, settings: RelaySettings, numbers: SessionNumbers, sessionsWithinReach: Int,
        pinholes: any RelayPinholes, routes: @escaping RelayRoutesMaker
    ) throws(SystemError) {
        self.numbers = numbers
        events = try RelayEvents()
        self.pinholes = pinholes
        self.routes = routes
        published = Mutex(Published(policy: policy, settings: settings))
        self.sessionsWithinReach = sessionsWithinReach
        clients = ClientLimits(capacity: 2 * sessionsWithinReach)
    }

    func publish(_ change: (inout Published) -> Void) {
        published.withLock { change(&$0) }
        generation.wrappingAdd(1, ordering: .releasing)
    }

    /// What is published, if that is not what `seen` stands for.
    func newer(than seen: inout UInt64) -> Published? {
        let present = generation.load(ordering: .acquiring)
        guard present != seen else { return nil }
        seen = present
        return published.withLock { $0 }
    }

    var current: Published { published.withLock { $0 } }

    /// Counts one more session of `client`, a prefix, unless there may be none. `dismiss` follows when it ends.
    func admit(_ client: IPv6Address, _ settings: RelaySettings, now: UInt64) -> RelayRefusal? {
        guard reserve(settings) else { return .sessionLimit }
        if let reason = clients.admit(client, settings, now: now) {
            sessions.wrappingSubtract(1, ordering: .relaxed)
            return reason
        }
        // Asked last: what one client may not begin takes nothing from the others.
        if let perSecond = settings.newSessionsPerSecondInAll,
            !rate.admit(RateLimit(perSecond: perSecond, burst: perSecond), now: now)
        {
            dismiss(client)
            return .rateLimit
        }
        return nil
    }

    /// Counts a session that began elsewhere, whether there may be one more or not.
    func inherit(_ client: IPv6Address) {
        sessions.wrappingAdd(1, ordering: .relaxed)
        clients.inherit(client)
    }

    func dismiss(_ client: IPv6Address) {
        clients.release(client)
        sessions.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Counts one more program, unless there are as many as there may be. `dismissProgram` follows when it ends.
    func admitProgram(_ settings: RelaySettings) -> Bool {
        if programs.wrappingAdd(1, ordering: .relaxed).newValue <= settings.maximumPrograms { return true }
        dismissProgram()
        return false
    }

    func dismissProgram() {
        programs.wrappingSubtract(1, ordering: .relaxed)
    }

    private func reserve(_ settings: RelaySettings) -> Bool {
        let count = sessions.wrappingAdd(1, ordering: .relaxed).newValue
        if count <= min(settings.maximumSessions, sessionsWithinReach) { return true }
        sessions.wrappingSubtract(1, ordering: .relaxed)
        return false
    }
}

/// What the control thread asks of a worker.
enum RelayOrder: Sendable {
    /// Of sessions with a greater number than this, as many as this, those with the least.
    case snapshot(after: UInt64, limit: Int, Answers<[SessionStatus]>)
    case kill(Set<UInt64>, Answers<Int>)
    case adopt(AcceptedClient)
    case drain
    case leave(RelayHeritage, Answers<[SessionRecord]>)
    case inherit(RelayHeritage, [SessionRecord], Answers<Int>)
    case stop
}

/// The orders of one worker, in the order in which they were given.
final class RelayMailbox: Sendable {
    private let orders = Mutex<[RelayOrder]?>([])
    let wake: WakeEvent

    init() throws(SystemError) {
        wake = try WakeEvent()
    }

    /// False: nobody will read it.
    func post(_ order: RelayOrder) -> Bool {
        let isOpen = orders.withLock { orders in
            orders?.append(order)
            return orders != nil
        }
        if isOpen { wake.signal() }
        return isOpen
    }

    func collect() -> [RelayOrder] {
        wake.clear()
        return orders.withLock { orders in
            guard let collected = orders else { return [] }
            orders = []
            return collected
        }
    }

    /// Takes no more; returns what came before.
    func close() -> [RelayOrder] {
        orders.withLock { orders in
            defer { orders = nil }
            return orders ?? []
        }
    }
}

/// Collects one answer from each worker that was asked.
final class Answers<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let expected: Int
    private let isComplete: WakeEvent

    /// - Parameter expected: how many `give`s there will be, nil ones among them.
    init(expected: Int) throws(SystemError) {
        self.expected = expected
        missing = Atomic(expected)
        isComplete = try WakeEvent()
    }

    private let missing: Atomic<Int>

    func give(_ value: Value?) {
        if let value { values.withLock { $0.append(value) } }
        if missing.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { isComplete.signal() }
    }

    func wait() throws(SystemError) -> [Value] {
        if expected > 0 { try isComplete.wait() }
        return values.withLock { $0 }
    }
}

/// A client that was accepted elsewhere, on its way to a worker.
final class AcceptedClient: Sendable {
    private let socket: Mutex<TCPSocket?>
    let name: RelayRequest

    init(_ socket: consuming TCPSocket, _ name: RelayRequest) {
        self.socket = Mutex(socket)
        self.name = name
    }

    func take() -> TCPSocket? {
        socket.withLock { $0.take() }
    }
}
