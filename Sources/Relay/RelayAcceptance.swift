// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Synchronization
internal import SystemIO
internal import SystemPackage

/// From a client that waits to a session whose server has answered.
extension RelayWorker {
    /// Clients that are accepted before the sessions get their turn, and other threads their share of the clients. With
    /// more of them, a burst lands on one thread, and those of it that are served last wait for long.
    static let acceptsAtOnce = 2
    /// How long to leave clients waiting when there are no descriptors, in nanoseconds.
    private static let pause: UInt64 = 100_000_000

    /// Waits for clients.
    static func listen(on listeners: [TCPListener], _ poller: borrowing EdgePoller) throws(SystemError) {
        for index in listeners.indices {
            try poller.addShared(listeners[index].pollable, tag: EventTag.firstListener + UInt64(index))
        }
    }

    private func ignoreListeners() throws(SystemError) {
        for listener in listeners { try poller.remove(listener.pollable) }
    }

    /// Accepts no more.
    mutating func forgetListeners() throws(SystemError) {
        if pausedUntil == nil { try ignoreListeners() }
        pausedUntil = nil
        listeners = []
    }

    mutating func accept(from index: Int) throws(SystemError) {
        var peer = IPv6Endpoint(.unspecified, port: 0)
        for _ in 0..<RelayWorker.acceptsAtOnce where pausedUntil == nil {
            do throws(SystemError) {
                guard let client = try listeners[index].accept(&peer) else { return }
                admit(client, from: peer)
            } catch let error where error.errno.isWantOfResources {
                return try pauseAccepting()
            } catch {
                // accept(2): errors of the connection, not of the listener. The next one may be well.
                tally.accepted.wrappingAdd(1, ordering: .relaxed)
                let unknown = IPv6Endpoint(.unspecified, port: 0)
                note(RelayRequest(client: unknown, destination: unknown), .clientGone)
            }
        }
    }

    /// Leaves the clients in the listener's queue for a while: being told of them again and again would use up the time
    /// of those that are served.
    private mutating func pauseAccepting() throws(SystemError) {
        guard pausedUntil == nil else { return }
        try ignoreListeners()
        pausedUntil = now + RelayWorker.pause
        sweep(before: now + RelayWorker.pause)
        tally.pauses.wrappingAdd(1, ordering: .relaxed)
    }

    mutating func adopt(_ accepted: AcceptedClient) {
        guard let client = accepted.take() else { return }
        admit(client, accepted.name)
    }

    private mutating func admit(_ client: consuming TCPSocket, from peer: IPv6Endpoint) {
        var request = RelayRequest(client: peer, destination: IPv6Endpoint(.unspecified, port: 0))
        do throws(SystemError) {
            request.destination = try client.localName()
            admit(client, request)
        } catch {
            refuse(client, request, .clientGone)
        }
    }

    private mutating func admit(_ client: consuming TCPSocket, _ request: RelayRequest) {
        tally.accepted.wrappingAdd(1, ordering: .relaxed)
        // What was published before the client connected holds for it.
        refresh()
        let prefix = request.client.address.masked(to: settings.clientPrefixLength)
        if let reason = shared.admit(prefix, settings, now: now) { return refuse(client, request, reason) }
        if !begin(client, request, prefix) { shared.dismiss(prefix) }
    }

    /// Closes with RST, as a port without a listener answers.
    func refuse(_ client: consuming TCPSocket, _ request: RelayRequest, _ reason: RelayRefusal) {
        note(request, reason)
        client.reset()
    }

    /// Begins to connect. False: the client was refused.
    private mutating func begin(
        _ client: consuming TCPSocket, _ request: RelayRequest, _ prefix: IPv6Address
    ) -> Bool {
        let target: RelayServer
        switch policy.decide(request) {
        case .connect(let server): target = server
        case .run(let program): return serve(client, request, prefix, by: program)
        case .refuse(let reason):
            refuse(client, request, reason)
            return false
        }
        let reserved = target.usesReservedPort ? shared.reserved.take(prefix) : nil
        if target.usesReservedPort, reserved == nil {
            refuse(client, request, .noReservedPort)
            return false
        }
        var reason = RelayRefusal.connectFailed
        guard let server = connect(to: target, &reason) else {
            refuse(client, request, reason)
            return false
        }
        var session = Session(
            number: nextNumber(), client: client, server: server, awaited: .server, request: request, target: target,
            prefix: prefix, now: now)
        session.publication = seen
        session.reserved = reserved
        return insert(session)
    }

    /// Waits for the answer of the awaited side. False: that cannot be; who is there already was refused.
    mutating func insert(_ session: consuming Session) -> Bool {
        let slot = sessions.insert(session)
        do throws(SystemError) {
            switch sessions[slot].awaited {
            case .server: try poller.add(sessions[slot].server, tag: tag(slot, .server))
            case .client: try poller.add(sessions[slot].client, tag: tag(slot, .client))
            }
        } catch {
            let session = sessions.remove(slot)
            note(session.request, .noDescriptors)
            session.refuse()
            return false
        }
        let (number, request, target) = (sessions[slot].number, sessions[slot].request, sessions[slot].target)
        shared.events.note(
            .began(
                number: number, client: request.client, asked: request.destination, server: target.server,
                control: sessions[slot].control?.number))
        return true
    }

    mutating func connect(to target: RelayServer, _ reason: inout RelayRefusal) -> TCPSocket? {
        if let refusal = routes.refusal(of: target.server, from: target.source) {
            reason = refusal
            return nil
        }
        do throws(SystemError) {
            let server =
                target.usesReservedPort
                ? try reserved.use { port throws(SystemError) in
                    try TCPSocket(connectingTo: target.server, from: target.source, port: port)
                }
                : try TCPSocket(connectingTo: target.server, from: target.source)
            try server.sendAtOnce()
            return server
        } catch let error where error.call == "bind" && error.errno == .permissionDenied {
            reason = .noReservedPort
            return nil
        } catch {
            reason = RelayRefusal(connecting: error.errno)
            return nil
        }
    }

    func tag(_ slot: Int, _ kind: EventTag.Kind) -> UInt64 {
        EventTag(slot: slot, generation: sessions.generation(slot), kind: kind).raw
    }

    /// The awaited side has answered, or never will.
    mutating func finishConnecting(_ slot: Int, _ readiness: EdgePoller.Readiness) {
        if !readiness.isDisjoint(with: [.error, .hangUp]), let failure = sessions[slot].failure {
            return refuse(slot, failure)
        }
        guard readiness.contains(.output) else { return }
        if let objection = objection(to: slot) { return refuse(slot, objection) }
        tally.connected.wrappingAdd(1, ordering: .relaxed)
        if sessions[slot].awaited == .server { tally.count(latency: now &- sessions[slot].began) }
        sessions[slot].isConnected = true
        sessions[slot].note(readiness, of: sessions[slot].awaited)
        sessions[slot].presume()
        // Whether the other side is still there is reported next.
        do throws(SystemError) {
            switch sessions[slot].awaited {
            case .server: try poller.add(sessions[slot].client, tag: tag(slot, .client))
            case .client: try poller.add(sessions[slot].server, tag: tag(slot, .server))
            }
        } catch {
            return refuse(slot, .noDescriptors)
        }
        shared.events.note(.connected(number: sessions[slot].number))
        if sessions[slot].control == nil { begin(slot) }
        pump(slot)
    }

    /// Why not to use a connection to a server after all: while it did not answer, routes and rules may have changed.
    private mutating func objection(to slot: Int) -> RelayRefusal? {
        guard sessions[slot].awaited == .server else { return nil }
        guard let name = try? sessions[slot].server.localName(), let source = name.address.mapped else {
            return .connectFailed
        }
        let target = sessions[slot].target
        let from = IPv4Endpoint(source, port: name.port)
        if let refusal = routes.refusal(of: target.server, connectedFrom: from) { return refusal }
        refresh()
        guard sessions[slot].control == nil, sessions[slot].publication != seen else { return nil }
        switch policy.decide(sessions[slot].request) {
        case .connect(target): return nil
        case .refuse(let reason): return reason
        case .connect, .run: return .rulesChanged
        }
    }

    /// What an application needs to begin with.
    private mutating func begin(_ slot: Int) {
        switch sessions[slot].target.application {
        case .ftp: beginFTP(slot)
        case .plain: announce(slot)
        case .rsh:
            announce(slot)
            sessions[slot].carriage = .rsh
        }
    }

    private mutating func announce(_ slot: Int) {
        guard sessions[slot].target.sendsProxyHeader else { return }
        let request = sessions[slot].request
        pools.chunks.write(to: pools.scratch) { ProxyHeader.write(request, to: &$0) }
        sessions[slot].announce(ProxyHeader.size, &pools)
    }

    /// What the server is told before the client says anything.
    mutating func proxyHeader(_ slot: Int) -> [UInt8]? {
        guard sessions[slot].target.sendsProxyHeader else { return nil }
        let request = sessions[slot].request
        pools.chunks.write(to: pools.scratch) { ProxyHeader.write(request, to: &$0) }
        return pools.chunks.copy(pools.scratch, ProxyHeader.size)
    }
}

extension Errno {
    /// Errors of accept(2) that say nothing about the client.
    var isWantOfResources: Bool {
        switch self {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace: true
        default: false
        }
    }
}
