// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import SystemIO

/// A client, the server that it is relayed to, and what goes on between them.
struct Session: ~Copyable {
    let number: UInt64
    let client: TCPSocket
    let server: TCPSocket
    let request: RelayRequest
    let target: RelayServer
    /// Whose limits it counts for.
    let prefix: IPv6Address
    /// Of one that comes from a reserved port.
    var reserved: ReservedPlace?
    /// Of a data connection, the session that announced it.
    let control: SessionReference?
    let began: UInt64
    /// Which publication the rules were of that permitted it.
    var publication: UInt64 = 0

    /// The side whose answer is waited for until it is connected.
    let awaited: Side
    var isConnected = false
    /// Whether it waits for another turn of its thread.
    var isQueued = false
    private var isWatched = false
    /// One of the sockets was reported to have failed.
    var hasFailed = false
    var lastActive: UInt64
    /// Towards the server.
    var up = Flow()
    /// Towards the client.
    var down = Flow()
    var carriage = Carriage.plain
    /// Where a data connection of this session is waited for.
    var port: DataPort?

    enum Side: String, Codable {
        case client
        case server
    }

    /// How its data gets from one side to the other.
    enum Carriage {
        /// As it is.
        case plain
        case ftp(FTPConversation)
        /// The client has not said its port yet; then it is plain.
        case rsh
    }

    init(
        number: UInt64, client: consuming TCPSocket, server: consuming TCPSocket, awaited: Side, request: RelayRequest,
        target: RelayServer, prefix: IPv6Address, control: SessionReference? = nil, now: UInt64
    ) {
        self.control = control
        self.awaited = awaited
        self.number = number
        self.client = client
        self.server = server
        self.request = request
        self.target = target
        self.prefix = prefix
        began = now
        lastActive = now
    }

    enum Outcome {
        case waiting
        case unfinished
        case ended(RelayEnd)
    }

    /// Goes on with what another relay has left.
    init(
        _ record: SessionRecord, client: consuming TCPSocket, server: consuming TCPSocket, control: SessionReference?,
        up: Flow, down: Flow, now: UInt64
    ) {
        number = record.number
        self.client = client
        self.server = server
        request = record.request
        target = record.target
        prefix = record.prefix
        self.control = control
        // Nothing that is yet to come.
        began = min(record.began, now)
        lastActive = min(record.lastActive, now)
        awaited = record.awaited
        isConnected = record.isConnected
        self.up = up
        self.down = down
        carriage =
            switch record.carriage {
            case .plain: .plain
            case .ftp(let talk): .ftp(FTPConversation(talk))
            case .rsh: .rsh
            }
    }

    /// Gives its sockets away, and what it has not sent; neither side notices.
    /// - Throws: the estate takes no more. The session is lost then.
    consuming func leave(to heritage: RelayHeritage, _ pools: inout RelayPools) throws(SystemError) -> SessionRecord {
        let name = SessionRecord.name(of: number, of: heritage.prefix)
        let record = SessionRecord(
            number: number, request: request, target: target, prefix: prefix, usesReservedPort: reserved != nil,
            control: control?.number, began: began, lastActive: lastActive, awaited: awaited, isConnected: isConnected,
            up: try up.leave(to: heritage.estate, as: name + "u", sink: server, &pools),
            down: try down.leave(to: heritage.estate, as: name + "d", sink: client, &pools),
            carriage: carriage.record, port: try port?.leave(to: heritage.estate, as: name + "p"))
        try client.leave(to: heritage.estate, as: name + "c")
        try server.leave(to: heritage.estate, as: name + "s")
        return record
    }

    /// Takes note of what was reported about one of the sockets.
    mutating func note(_ readiness: EdgePoller.Readiness, of side: Side) {
        switch side {
        case .server: Session.note(readiness, from: &down, to: &up)
        case .client: Session.note(readiness, from: &up, to: &down)
        }
        if readiness.contains(.error) { hasFailed = true }
    }

    /// Takes the side that was not waited for to be ready, before that is reported: it has had the time to send what it
    /// begins with. If it has sent nothing, that costs one call; otherwise it spares its data another round of events.
    mutating func presume() {
        note([.input, .output], of: awaited == .server ? .client : .server)
    }

    /// `from` is the direction that the socket is the source of, `to` the one that it is the sink of.
    private static func note(_ readiness: EdgePoller.Readiness, from: inout Flow, to: inout Flow) {
        if !readiness.isDisjoint(with: [.input, .urgent, .end, .error]) { from.isReadable = true }
        if !readiness.isDisjoint(with: [.urgent, .end, .error]) { from.hasMore = true }
        if readiness.contains(.urgent) { from.hasUrgent = true }
        // After a reset no FIN is passed on, which would push what was held back for it.
        if !readiness.isDisjoint(with: .end), !readiness.contains(.error) { from.isEnding = true }
        if !readiness.isDisjoint(with: [.output, .error]) { to.isWritable = true }
    }

    /// Carries what there is, in both directions, and passes on the end of each.
    mutating func pump(_ pools: inout RelayPools) -> Outcome {
        let upward: Flow.Progress
        let downward: Flow.Progress
        do throws(RelayFailure) {
            upward = try up.pump(from: client, to: server, &pools)
        } catch {
            return .ended(error == .source ? .clientReset : .serverReset)
        }
        do throws(RelayFailure) {
            downward = try down.pump(from: server, to: client, &pools)
        } catch {
            return .ended(error == .source ? .serverReset : .clientReset)
        }
        if upward == .ended, downward == .ended { return .ended(.finished) }
        if upward == .ended, !up.isShut {
            server.shutdownOutput()
            up.isShut = true
        }
        if downward == .ended, !down.isShut {
            client.shutdownOutput()
            down.isShut = true
        }
        if upward == .unfinished || downward == .unfinished { return .unfinished }
        return hasFailed ? .ended(client.failure == nil ? .serverReset : .clientReset) : .waiting
    }

    /// Has the kernel watch over both peers, of a session that has lasted a second. Most do not, and are spared the four
    /// system calls and two timers.
    mutating func watch(_ care: TCPCare, now: UInt64) {
        guard !isWatched, now &- began > 1_000_000_000 else { return }
        isWatched = true
        // Without, a peer that is gone is found at the idle time-out.
        try? client.set(care)
        try? server.set(care)
    }

    /// Sends the server what is in the scratch buffer, ahead of what the client sends.
    mutating func announce(_ count: Int, _ pools: inout RelayPools) {
        do throws(RelayFailure) {
            try up.begin(with: count, to: server, &pools)
        } catch {
            hasFailed = true
        }
    }

    /// Closes both connections: with FIN what has ended well, with RST what was broken off.
    consuming func close(_ end: RelayEnd) {
        guard end != .finished else { return }
        client.reset()
        server.reset()
    }

    /// Refuses the side that is there, as the other did not take it.
    consuming func refuse() {
        switch awaited {
        case .server: client.reset()
        case .client: server.reset()
        }
    }

    /// Why the awaited side cannot be connected to; nil if it can.
    var failure: RelayRefusal? {
        switch awaited {
        case .server: server.failure.map { RelayRefusal(connecting: $0) }
        case .client: client.failure.map { _ in .clientUnreachable }
        }
    }
}

extension Session.Carriage {
    fileprivate var record: CarriageRecord {
        switch self {
        case .plain: .plain
        case .ftp(let talk): .ftp(talk.record)
        case .rsh: .rsh
        }
    }
}
