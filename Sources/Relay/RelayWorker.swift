// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Synchronization
internal import SystemIO

/// One thread of a relay: it accepts clients, connects to their servers, and carries the data of its sessions. A session
/// stays with the thread that accepted it.
struct RelayWorker: ~Copyable {
    let shared: RelayShared
    let tally: RelayTally
    let mailbox: RelayMailbox
    var listeners: [TCPListener]
    var poller: EdgePoller
    var sessions = Slab<Session>()
    var services = Slab<LocalService>()
    var pools: RelayPools
    var reserved = ReservedPorts()
    let routes: any RelayRoutes

    var policy: any RelayPolicy
    var settings: RelaySettings
    /// Which publication `policy` and `settings` are of.
    private(set) var seen: UInt64 = 0
    private var care = RelaySettings().care
    private var connectTimeout: UInt64 = 0
    private var idleTimeout: UInt64 = 0
    private var dataTimeout: UInt64 = 0
    private var interval: UInt64 = 0

    /// Of the event that is being handled, in nanoseconds.
    var now = monotonicNanoseconds()
    /// When accepting goes on, if it has paused.
    var pausedUntil: UInt64?
    private var nextSweep: UInt64 = 0
    /// Sessions whose turn was over before their data was.
    private var queue: [(slot: Int, generation: UInt32)] = []
    private var turn: [(slot: Int, generation: UInt32)] = []
    private var isStopping = false

    /// - Parameter buffers: those of sessions that are to be inherited, besides as many as there are always.
    init(
        listeners: [TCPListener], shared: RelayShared, tally: RelayTally, mailbox: RelayMailbox,
        routes: any RelayRoutes, buffers: Int
    ) throws(SystemError) {
        let poller = try EdgePoller()
        try poller.addShared(mailbox.wake.pollable, tag: EventTag.mail)
        try RelayWorker.listen(on: listeners, poller)
        self.poller = poller
        self.listeners = listeners
        self.shared = shared
        self.tally = tally
        self.mailbox = mailbox
        self.routes = routes
        let current = shared.current
        policy = current.policy
        settings = current.settings
        pools = RelayPools(
            buffers: max(current.settings.buffersPerWorker, 0) + buffers, pipes: current.settings.pipesPerWorker)
        queue.reserveCapacity(64)
        turn.reserveCapacity(64)
    }

    /// Returns when it is told to stop.
    mutating func run() {
        do throws(SystemError) {
            while !isStopping {
                let events = try poller.wait(milliseconds: patience)
                now = monotonicNanoseconds()
                refresh()
                for index in 0..<events { try handle(poller.event(index)) }
                takeTurns()
                if now >= nextSweep { try sweep() }
            }
        } catch {
            // Only want of memory in the kernel gets here. The sessions end, and so the clients learn of it.
        }
        close()
    }

    private mutating func handle(_ event: (tag: UInt64, readiness: EdgePoller.Readiness)) throws(SystemError) {
        switch event.tag {
        case EventTag.mail: try readMail()
        case EventTag.firstListener..<EventTag.firstListener + UInt64(listeners.count):
            try accept(from: Int(event.tag - EventTag.firstListener))
        default:
            let tag = EventTag(event.tag)
            switch tag.kind {
            case .server: handle(tag, .server, event.readiness)
            case .client: handle(tag, .client, event.readiness)
            case .data: if isThere(tag) { acceptData(tag.slot) }
            case .program: finishService(tag.slot, tag.generation)
            }
        }
    }

    /// What was reported before the session ended is nobody's.
    private func isThere(_ tag: EventTag) -> Bool {
        sessions.holds(tag.slot) && sessions.generation(tag.slot) == tag.generation
    }

    private mutating func handle(_ tag: EventTag, _ side: Session.Side, _ readiness: EdgePoller.Readiness) {
        guard isThere(tag) else { return }
        if sessions[tag.slot].isConnected {
            sessions[tag.slot].note(readiness, of: side)
            pump(tag.slot)
        } else {
            finishConnecting(tag.slot, readiness)
        }
    }

    // MARK: sessions

    mutating func pump(_ slot: Int) {
        let (up, down) = (sessions[slot].up.bytes, sessions[slot].down.bytes)
        sessions[slot].lastActive = now
        let outcome = carry(slot)
        tally.bytesToServer.wrappingAdd(sessions[slot].up.bytes &- up, ordering: .relaxed)
        tally.bytesToClient.wrappingAdd(sessions[slot].down.bytes &- down, ordering: .relaxed)
        switch outcome {
        case .waiting: break
        case .unfinished:
            guard !sessions[slot].isQueued else { return }
            sessions[slot].isQueued = true
            queue.append((slot, sessions.generation(slot)))
        case .ended(let end): close(slot, end)
        }
    }

    private mutating func carry(_ slot: Int) -> Session.Outcome {
        switch sessions[slot].carriage {
        case .plain: sessions[slot].pump(&pools)
        case .ftp(let conversation): converse(slot, conversation)
        case .rsh: beginRsh(slot)
        }
    }

    /// For a session.
    func nextNumber() -> UInt64 { shared.numbers.next() }

    /// Ends a session whose server had answered.
    private mutating func close(_ slot: Int, _ end: RelayEnd) {
        tally.count(end)
        let session = remove(slot)
        shared.events.note(
            .ended(
                number: session.number, end, bytesToServer: session.up.bytes, bytesToClient: session.down.bytes,
                age: .nanoseconds(Int64(clamping: now &- session.began))))
        session.close(end)
    }

    /// Ends one whose server had not.
    mutating func refuse(_ slot: Int, _ reason: RelayRefusal) {
        let session = remove(slot)
        note(session.request, reason, number: session.number)
        session.refuse()
    }

    /// Counts and tells that a client was refused.
    func note(_ request: RelayRequest, _ reason: RelayRefusal, number: UInt64? = nil) {
        tally.count(reason)
        shared.events.note(reason, of: request, number: number)
    }

    private mutating func remove(_ slot: Int) -> Session {
        var session = sessions.remove(slot)
        session.up.release(&pools)
        session.down.release(&pools)
        shared.dismiss(session.prefix)
        return session
    }

    mutating func end(_ slot: Int, _ end: RelayEnd, _ reason: RelayRefusal) {
        if sessions[slot].isConnected { close(slot, end) } else { refuse(slot, reason) }
    }

    private mutating func takeTurns() {
        guard !queue.isEmpty else { return }
        swap(&queue, &turn)
        for (slot, generation) in turn where sessions.holds(slot) && sessions.generation(slot) == generation {
            sessions[slot].isQueued = false
            pump(slot)
        }
        turn.removeAll(keepingCapacity: true)
    }

    // MARK: time

    /// Milliseconds that there is nothing to do but to wait; nil without end.
    private var patience: Int32? {
        if !queue.isEmpty { return 0 }
        guard sessions.count > 0 || pausedUntil != nil else { return nil }
        return Int32(clamping: (nextSweep > now ? nextSweep - now : 0) / 1_000_000 + 1)
    }

    /// Takes over what was published since the last time.
    mutating func refresh() {
        guard let published = shared.newer(than: &seen) else { return }
        policy = published.policy
        settings = published.settings
        care = settings.care
        connectTimeout = settings.connectTimeout.nanoseconds
        idleTimeout = settings.idleTimeout.nanoseconds
        dataTimeout = settings.dataTimeout.nanoseconds
        // An eighth of what is to be measured, as far as that is worth a look at all sessions.
        interval = min(max(min(connectTimeout, idleTimeout, dataTimeout) / 8, 20_000_000), 1_000_000_000)
        nextSweep = now
    }

    /// Has the next sweep come early.
    mutating func sweep(before time: UInt64) {
        nextSweep = min(nextSweep, time)
    }

    /// Ends what takes too long, and accepts again after a pause.
    private mutating func sweep() throws(SystemError) {
        nextSweep = now + interval
        for slot in 0..<sessions.slots where sessions.holds(slot) {
            if sessions[slot].isConnected { sweep(slot) } else { sweepConnecting(slot) }
        }
        if let end = pausedUntil, end <= now {
            pausedUntil = nil
            try RelayWorker.listen(on: listeners, poller)
        }
    }

    private mutating func sweepConnecting(_ slot: Int) {
        guard now &- sessions[slot].lastActive > connectTimeout else { return }
        switch sessions[slot].awaited {
        case .server: refuse(slot, .connectTimedOut)
        case .client: refuse(slot, .clientUnreachable)
        }
    }

    private mutating func sweep(_ slot: Int) {
        if let port = sessions[slot].port, now &- port.began > dataTimeout {
            sessions[slot].port = nil
            note(RelayRequest(client: sessions[slot].request.client, destination: port.name), .dataTimedOut)
        }
        let silence = now &- sessions[slot].lastActive
        if silence > idleTimeout { return close(slot, .idle) }
        switch sessions[slot].carriage {
        case .plain: break
        case .ftp(let conversation):
            if let ended = conversation.ended, now &- ended > FTPConversation.patience { return close(slot, .finished) }
        case .rsh: if silence > connectTimeout { return close(slot, .idle) }
        }
        // The control connection of FTP is silent while a data connection is not.
        if let control = sessions[slot].control, sessions.holds(control.slot),
            sessions.generation(control.slot) == control.generation
        {
            sessions[control.slot].lastActive = max(sessions[control.slot].lastActive, sessions[slot].lastActive)
        }
        sessions[slot].watch(care, now: now)
    }

    // MARK: orders

    private mutating func readMail() throws(SystemError) {
        for order in mailbox.collect() {
            switch order {
            case .snapshot(let number, let limit, let answers): answers.give(snapshot(after: number, limit))
            case .kill(let numbers, let answers): answers.give(kill(numbers))
            case .adopt(let client): adopt(client)
            case .drain: try forgetListeners()
            case .leave(let heritage, let answers):
                try forgetListeners()
                answers.give(leave(to: heritage))
            case .inherit(let heritage, let records, let answers):
                answers.give(inherit(records, from: heritage))
            case .stop: isStopping = true
            }
        }
    }

    private func snapshot(after number: UInt64, _ limit: Int) -> [SessionStatus] {
        let wanted = (number &+ 1)...lastNumber(after: number, limit)
        var all: [SessionStatus] = []
        for slot in 0..<sessions.slots where sessions.holds(slot) {
            if wanted.contains(sessions[slot].number) { all.append(SessionStatus(sessions[slot], now: now)) }
            if let port = sessions[slot].port, wanted.contains(port.number) {
                all.append(SessionStatus(port, of: sessions[slot], now: now))
            }
        }
        for slot in 0..<services.slots where services.holds(slot) && wanted.contains(services[slot].number) {
            all.append(SessionStatus(services[slot], now: now))
        }
        return all
    }

    /// The greatest of the least `limit` numbers after this one.
    private func lastNumber(after number: UInt64, _ limit: Int) -> UInt64 {
        guard limit < .max else { return .max }
        var least = LeastNumbers(after: number, limit)
        for slot in 0..<sessions.slots where sessions.holds(slot) {
            least.add(sessions[slot].number)
            if let port = sessions[slot].port { least.add(port.number) }
        }
        for slot in 0..<services.slots where services.holds(slot) { least.add(services[slot].number) }
        return least.last
    }

    private mutating func kill(_ numbers: Set<UInt64>) -> Int {
        var killed = killServices(numbers)
        for slot in 0..<sessions.slots where sessions.holds(slot) {
            if let port = sessions[slot].port, numbers.contains(port.number) {
                sessions[slot].port = nil
                killed += 1
            }
            guard numbers.contains(sessions[slot].number) else { continue }
            end(slot, .killed, .killedConnecting)
            killed += 1
        }
        return killed
    }

    private mutating func close() {
        for slot in 0..<sessions.slots where sessions.holds(slot) { end(slot, .stopped, .stoppedConnecting) }
        endServices()
        for order in mailbox.close() {
            switch order {
            case .snapshot(_, _, let answers): answers.give(nil)
            case .kill(_, let answers): answers.give(nil)
            case .adopt(let client): client.take()?.reset()
            case .drain, .stop: break
            case .leave(_, let answers): answers.give(nil)
            case .inherit(_, _, let answers): answers.give(nil)
            }
        }
    }
}
