// SPDX-License-Identifier: BSD-2-Clause
internal import Faith
internal import Internet
internal import SystemIO

/// What is going on over the control connection of FTP, besides the sockets: they are the session's. It belongs to one
/// thread.
final class FTPConversation {
    fileprivate(set) var relay: FTPRelay
    fileprivate var toClient = Outbox()
    fileprivate var toServer = Outbox()
    /// The address that the server sees.
    fileprivate let local: IPv4Address
    /// When all was said, in nanoseconds: what still comes from either side is thrown away.
    private(set) var ended: UInt64?

    /// Bytes that are received at a time, and that may wait for either side while more is received. One piece becomes 64
    /// KiB at most.
    static let piece = 2048
    static let waiting = 8192
    /// Pieces after which others get their turn.
    static let turn = 32
    /// How long either side may take to close when all was said, in nanoseconds.
    static let patience: UInt64 = 5_000_000_000

    init(_ request: RelayRequest, _ server: IPv4Address, local: IPv4Address, header: [UInt8]) {
        relay = FTPRelay(client: request.client.address, asked: request.destination.address, server: server)
        self.local = local
        toServer.append(header)
    }

    /// Goes on with one that was left.
    init(_ record: FTPRecord) {
        relay = record.relay
        local = record.local
        toClient = record.toClient
        toServer = record.toServer
        ended = record.ended
    }

    var record: FTPRecord {
        FTPRecord(relay: relay, toClient: toClient, toServer: toServer, local: local, ended: ended)
    }

    fileprivate var isHeardOut: Bool { toClient.isEmpty && toServer.isEmpty }
    fileprivate var hasRoom: Bool {
        relay.isOver || (toClient.count <= FTPConversation.waiting && toServer.count <= FTPConversation.waiting)
    }

    fileprivate func take(_ output: FTPOutput, _ tally: RelayTally, now: UInt64) {
        toClient.append(output.toClient)
        toServer.append(output.toServer, urgent: output.urgent)
        for refusal in output.refusals { tally.count(refusal) }
        if relay.isOver, ended == nil { ended = now }
    }
}

/// The data port of one control connection.
struct FTPPorts: FTPDataPorts {
    let opener: DataPortOpener
    let client: IPv6Address
    let asked: IPv6Address
    let server: IPv4Address
    let local: IPv4Address
    /// The one that waits for its connection, if any.
    var current: DataPort?

    mutating func listenForServer(relayingTo client: IPv6Endpoint) -> IPv4Endpoint? {
        current = opener.open(.active(client: client), for: IPv6Address(mapped: server)) { () throws(SystemError) in
            try TCPListener(awaiting: IPv4Endpoint(local, port: 0))
        }
        return current.map { IPv4Endpoint(local, port: $0.name.port) }
    }

    mutating func listenForClient(relayingTo server: IPv4Endpoint) -> UInt16? {
        current = opener.open(.passive(server: server), for: client) { () throws(SystemError) in
            try TCPListener(awaiting: IPv6Endpoint(asked, port: 0))
        }
        return current?.name.port
    }

    mutating func close(_ listener: IPv4Endpoint) {
        if current?.name == IPv6Endpoint(IPv6Address(mapped: listener.address), port: listener.port) { current = nil }
    }
}

extension Session {
    /// Carries what there is, line by line.
    mutating func converse(
        _ talk: FTPConversation, _ ports: inout FTPPorts, _ pools: inout RelayPools
    ) -> Outcome {
        for _ in 0..<FTPConversation.turn {
            do throws(RelayFailure) {
                if !talk.relay.isOver || !down.isAtEnd { try up.send(&talk.toServer, to: server) }
            } catch {
                // It may have said why, which is not received yet.
                guard !down.isAtEnd, down.isReadable else { return .ended(.serverReset) }
                talk.toServer.removeAll()
            }
            do throws(RelayFailure) {
                try down.send(&talk.toClient, to: client)
            } catch {
                return .ended(.clientReset)
            }
            if talk.relay.isTransparent, talk.isHeardOut {
                carriage = .plain
                return .unfinished
            }
            passOnEnds(talk)
            if up.isAtEnd, down.isAtEnd, talk.isHeardOut { return .ended(.finished) }
            do throws(RelayFailure) {
                let isHeard = try hear(talk, &ports, &pools)
                if !isHeard {
                    return hasFailed ? .ended(client.failure == nil ? .serverReset : .clientReset) : .waiting
                }
            } catch {
                return .ended(error == .source ? .clientReset : .serverReset)
            }
        }
        return .unfinished
    }

    private mutating func passOnEnds(_ talk: FTPConversation) {
        if talk.relay.isOver, down.isAtEnd { talk.toServer.removeAll() }
        if up.isAtEnd && !talk.relay.isAuthenticating || talk.relay.isOver, talk.toServer.isEmpty, !up.isShut {
            server.shutdownOutput()
            up.isShut = true
        }
        if talk.relay.isOver, talk.toClient.isEmpty, !down.isShut {
            client.shutdownOutput()
            down.isShut = true
        }
    }

    /// Takes a piece from each side, if there is one and room for what becomes of it. False: there is not.
    ///
    /// Throws `.source` for the client, `.sink` for the server.
    private mutating func hear(
        _ talk: FTPConversation, _ ports: inout FTPPorts, _ pools: inout RelayPools
    ) throws(RelayFailure) -> Bool {
        var isHeard = false
        let (tally, now) = (ports.opener.tally, ports.opener.now)
        if talk.hasRoom, !talk.relay.isFull, up.isReadable, !up.isAtEnd {
            // Nothing is received beyond the mark in front of urgent data; so the byte behind it is a piece's first.
            let isUrgent = (try? client.isAtMark()) ?? false
            let piece = try up.receive(FTPConversation.piece, from: client, &pools)
            if let piece {
                talk.take(talk.relay.takeFromClient(piece, isUrgent: isUrgent, ports: &ports), tally, now: now)
            }
            isHeard = piece != nil || up.isAtEnd
        }
        if talk.hasRoom, down.isReadable, !down.isAtEnd {
            let piece: [UInt8]?
            do throws(RelayFailure) {
                piece = try down.receive(FTPConversation.piece, from: server, &pools)
            } catch {
                throw .sink
            }
            if let piece { talk.take(talk.relay.takeFromServer(piece, ports: &ports), tally, now: now) }
            if down.isAtEnd, !talk.relay.isOver { talk.take(talk.relay.endOfServer(ports: &ports), tally, now: now) }
            isHeard = isHeard || piece != nil || down.isAtEnd
        }
        return isHeard
    }
}

extension RelayWorker {
    mutating func beginFTP(_ slot: Int) {
        let (request, server) = (sessions[slot].request, sessions[slot].target.server.address)
        // Without, data connections could not be announced.
        guard let local = try? sessions[slot].server.localName().address.mapped else { return }
        // What a client of Telnet's interrupt sends as urgent is a part of its lines.
        try? sessions[slot].client.keepUrgentInline()
        try? sessions[slot].server.keepUrgentInline()
        let talk = FTPConversation(request, server, local: local, header: proxyHeader(slot) ?? [])
        sessions[slot].carriage = .ftp(talk)
    }

    mutating func converse(_ slot: Int, _ talk: FTPConversation) -> Session.Outcome {
        var ports = FTPPorts(
            opener: portOpener(slot), client: talk.relay.client, asked: talk.relay.asked, server: talk.relay.server,
            local: talk.local, current: sessions[slot].port)
        let outcome = sessions[slot].converse(talk, &ports, &pools)
        if ports.current !== sessions[slot].port { watch(ports.current, of: slot) }
        return outcome
    }
}
