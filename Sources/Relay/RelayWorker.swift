// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Synchronization
internal import SystemIO

/// One thread of a relay: it accepts clients, connects to their servers, and carries the data of its sessions. A session
/// stays with the thread that accepted it.
struct RelayWorker: ~Copyable {
    let index: Int
    let workers: Int
    let shared: RelayShared
    let tally: RelayTally
    let mailbox: RelayMailbox
    var listeners: [TCPListener]
    var poller: EdgePoller
    var sessions = Slab<Session>()
    var pools: RelayPools

    var policy: any RelayPolicy
    var settings: RelaySettings
    private var seen: UInt64 = 0
    private var care = RelaySettings().care
    private var connectTimeout: UInt64 = 0
    private var idleTimeout: UInt64 = 0
    private var interval: UInt64 = 0

    /// Of the event that is being handled, in nanoseconds.
    var now = monotonicNanoseconds()
    var begun: UInt64 = 0
    /// When accepting goes on, if it has paused.
    var pausedUntil: UInt64?
    private var nextSweep: UInt64 = 0
    /// Sessions whose turn was over before their data was.
    private var queue: [(slot: Int, generation: UInt32)] = []
    private var turn: [(slot: Int, generation: UInt32)] = []
    private var isStopping = false

    init(
        index: Int, workers: Int, listeners: [TCPListener], shared: RelayShared, tally: RelayTally,
        mailbox: RelayMailbox
    ) throws(SystemError) {
        self.index = index
        self.workers = workers
        self.listeners = listeners
        self.shared = shared
        self.tally = tally
        self.mailbox = mailbox
        let current = shared.current
        policy = current.policy
        settings = current.settings
        pools = RelayPools(buffers: current.settings.buffersPerWorker, pipes: current.settings.pipesPerWorker)
        poller = try EdgePoller()
        queue.reserveCapacity(64)
        turn.reserveCapacity(64)
    }

    /// Returns when `stop` is signalled.
    mutating func run(until stop: WakeEvent) {
        do throws(SystemError) {
            try poller.addShared(stop.pollable, tag: EventTag.stop)
            try poller.addShared(mailbox.wake.pollable, tag: EventTag.mail)
            try listen()
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
        case EventTag.stop: isStopping = true
        case EventTag.mail: try readMail()
        case EventTag.firstListener..<EventTag.firstListener + UInt64(listeners.count):
            try accept(from: Int(event.tag - EventTag.firstListener))
        default:
            let tag = EventTag(event.tag)
            // What was reported before the session ended is nobody's.
            guard sessions.holds(tag.slot), sessions.generation(tag.slot) == tag.generation else { return }
            if sessions[tag.slot].isConnected {
                sessions[tag.slot].note(event.readiness, ofServer: tag.isServer)
                pump(tag.slot)
            } else {
                finishConnecting(tag.slot, event.readiness)
            }
        }
    }

    // MARK: sessions

    mutating func pump(_ slot: Int) {
        let (up, down) = (sessions[slot].up.bytes, sessions[slot].down.bytes)
        sessions[slot].lastActive = now
        let outcome = sessions[slot].pump(&pools)
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

    /// Ends a session whose server had answered.
    private mutating func close(_ slot: Int, _ end: RelayEnd) {
        tally.count(end)
        remove(slot).close(end)
    }

    /// Ends one whose server had not.
    mutating func refuse(_ slot: Int, _ reason: RelayRefusal) {
        tally.count(reason)
        remove(slot).refuse()
    }

    private mutating func remove(_ slot: Int) -> Session {
        var session = sessions.remove(slot)
        session.up.release(&pools)
        session.down.release(&pools)
        shared.dismiss(session.prefix)
        return session
    }

    private mutating func end(_ slot: Int, _ end: RelayEnd, _ reason: RelayRefusal) {
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
        // An eighth of what is to be measured, as far as that is worth a look at all sessions.
        interval = min(max(min(connectTimeout, idleTimeout) / 8, 20_000_000), 1_000_000_000)
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
            let silence = now &- sessions[slot].lastActive
            if sessions[slot].isConnected {
                if silence > idleTimeout { close(slot, .idle) } else { sessions[slot].watch(care, now: now) }
            } else if silence > connectTimeout {
                refuse(slot, .connectTimedOut)
            }
        }
        if let end = pausedUntil, end <= now {
            pausedUntil = nil
            try listen()
        }
    }

    // MARK: orders

    private mutating func readMail() throws(SystemError) {
        for order in mailbox.collect() {
            switch order {
            case .snapshot(let answers): answers.give(snapshot())
            case .kill(let numbers, let answers): answers.give(kill(numbers))
            case .adopt(let client): adopt(client)
            case .drain:
                if pausedUntil == nil { try ignoreListeners() }
                pausedUntil = nil
                listeners = []
            }
        }
    }

    private func snapshot() -> [SessionStatus] {
        var all: [SessionStatus] = []
        all.reserveCapacity(sessions.count)
        for slot in 0..<sessions.slots where sessions.holds(slot) {
            all.append(SessionStatus(sessions[slot], now: now))
        }
        return all
    }

    private mutating func kill(_ numbers: Set<UInt64>) -> Int {
        var killed = 0
        for slot in 0..<sessions.slots where sessions.holds(slot) && numbers.contains(sessions[slot].number) {
            end(slot, .killed, .killedConnecting)
            killed += 1
        }
        return killed
    }

    private mutating func close() {
        for slot in 0..<sessions.slots where sessions.holds(slot) { end(slot, .stopped, .stoppedConnecting) }
        for order in mailbox.close() {
            switch order {
            case .snapshot(let answers): answers.give(nil)
            case .kill(_, let answers): answers.give(nil)
            case .adopt(let client): client.take()?.reset()
            case .drain: break
            }
        }
    }
}

/// What an event of the poller is about.
struct EventTag {
    static let stop: UInt64 = .max
    static let mail: UInt64 = .max - 1
    /// Above what 30 bits of place, 1 of side and 32 of generation make.
    static let firstListener: UInt64 = 1 << 63

    let raw: UInt64

    init(_ raw: UInt64) {
        self.raw = raw
    }

    init(slot: Int, generation: UInt32, isServer: Bool) {
        raw = UInt64(slot) << 33 | UInt64(generation) << 1 | (isServer ? 1 : 0)
    }

    var slot: Int { Int(raw >> 33) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: raw >> 1) }
    var isServer: Bool { raw & 1 == 1 }
}
