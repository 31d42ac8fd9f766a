// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Synchronization
internal import SystemIO
internal import SystemPackage

/// A session that another belongs to.
struct SessionReference {
    let number: UInt64
    let slot: Int
    let generation: UInt32
}

/// From a data port to a session like any other.
extension RelayWorker {
    func portOpener(_ slot: Int) -> DataPortOpener {
        DataPortOpener(
            shared: shared, settings: settings, tally: tally, prefix: sessions[slot].prefix, now: now)
    }

    /// Waits at `port` instead of where the session waited before; nil: nowhere.
    mutating func watch(_ port: DataPort?, of slot: Int) {
        sessions[slot].port = nil
        guard let port else { return }
        do throws(SystemError) {
            try poller.add(port.listener.pollable, tag: tag(slot, .data))
        } catch {
            return tally.count(RelayRefusal.noDescriptors)
        }
        // One that was inherited has one.
        if port.number == 0 { port.number = nextNumber() }
        sessions[slot].port = port
    }

    /// Somebody came to the data port of a session.
    mutating func acceptData(_ slot: Int) {
        guard let port = sessions[slot].port else { return }
        var peer = IPv6Endpoint(.unspecified, port: 0)
        for _ in 0..<RelayWorker.acceptsAtOnce {
            do throws(SystemError) {
                guard let socket = try port.listener.accept(&peer) else { return }
                tally.accepted.wrappingAdd(1, ordering: .relaxed)
                if port.awaits(peer) {
                    sessions[slot].port = nil
                    return beginData(slot, socket, port, peer)
                }
                refuse(socket, RelayRequest(client: peer, destination: port.name), .foreignPeer)
            } catch let error where error.errno.isWantOfResources {
                sessions[slot].port = nil
                return tally.count(RelayRefusal.noDescriptors)
            } catch {
                tally.accepted.wrappingAdd(1, ordering: .relaxed)
                tally.count(RelayRefusal.clientGone)
            }
        }
    }

    /// Begins to connect to the other end.
    private mutating func beginData(
        _ slot: Int, _ socket: consuming TCPSocket, _ port: DataPort, _ peer: IPv6Endpoint
    ) {
        let control = SessionReference(
            number: sessions[slot].number, slot: slot, generation: sessions.generation(slot))
        let (target, asked) = (sessions[slot].target, sessions[slot].request.destination)
        let prefix = sessions[slot].prefix
        var reason = RelayRefusal.connectFailed
        var session: Session
        switch port.purpose {
        case .passive(let server):
            let local = (try? sessions[slot].server.localName().address.mapped) ?? target.source
            let to = RelayServer(server, from: local, application: target.application)
            let request = RelayRequest(client: peer, destination: port.name)
            guard let server = connect(to: to, &reason) else { return refuse(socket, request, reason) }
            session = Session(
                number: port.number, client: socket, server: server, awaited: .server, request: request, target: to,
                prefix: prefix, control: control, now: now)
        case .active(let client), .errors(let client):
            let from = RelayServer(
                IPv4Endpoint(target.server.address, port: peer.port), application: target.application)
            let request = RelayRequest(client: client, destination: asked)
            guard let client = connect(to: client, asked, for: port.purpose, &reason) else {
                return refuse(socket, request, reason)
            }
            session = Session(
                number: port.number, client: client, server: socket, awaited: .client, request: request, target: from,
                prefix: prefix, control: control, now: now)
        }
        session.reserved = port.reserved
        port.handOn()
        if !insert(session) { shared.dismiss(prefix) }
    }

    /// Begins to connect to the client, as the server would: from the address that the client takes for it, and for FTP
    /// from the port before that of the control connection (RFC 959 §3.2).
    private mutating func connect(
        to client: IPv6Endpoint, _ asked: IPv6Endpoint, for purpose: DataPort.Purpose, _ reason: inout RelayRefusal
    ) -> TCPSocket? {
        do throws(SystemError) {
            let socket: TCPSocket
            if case .errors = purpose {
                socket = try reserved.use { port throws(SystemError) in
                    try TCPSocket(connectingTo: client, from: IPv6Endpoint(asked.address, port: port))
                }
            } else {
                socket = try connectForData(to: client, asked)
            }
            try socket.sendAtOnce()
            return socket
        } catch {
            reason = error.errno == .addressInUse ? .noReservedPort : .clientUnreachable
            return nil
        }
    }

    private func connectForData(to client: IPv6Endpoint, _ asked: IPv6Endpoint) throws(SystemError) -> TCPSocket {
        if asked.port > 1 {
            let custom = IPv6Endpoint(asked.address, port: asked.port - 1)
            // Without the privilege, or with such a connection already, any port will do.
            if let socket = try? TCPSocket(connectingTo: client, from: custom) { return socket }
        }
        return try TCPSocket(connectingTo: client, from: IPv6Endpoint(asked.address, port: 0))
    }
}
