// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Synchronization
internal import SystemIO
internal import SystemPackage

/// From a client that waits to a session whose server has answered.
extension RelayWorker {
    /// Clients that are accepted before the sessions get their turn, and other threads their share of the clients.
    private static let acceptsAtOnce = 8
    /// How long to leave clients waiting when there are no descriptors, in nanoseconds.
    private static let pause: UInt64 = 100_000_000

    /// Waits for clients.
    mutating func listen() throws(SystemError) {
        for index in listeners.indices {
            try poller.addShared(listeners[index].pollable, tag: EventTag.firstListener + UInt64(index))
        }
    }

    func ignoreListeners() throws(SystemError) {
        for listener in listeners { try poller.remove(listener.pollable) }
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
                tally.count(RelayRefusal.clientGone)
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
        do throws(SystemError) {
            let request = RelayRequest(client: peer, destination: try client.localName())
            admit(client, request)
        } catch {
            refuse(client, .clientGone)
        }
    }

    private mutating func admit(_ client: consuming TCPSocket, _ request: RelayRequest) {
        tally.accepted.wrappingAdd(1, ordering: .relaxed)
        // What was published before the client connected holds for it.
        refresh()
        let prefix = request.client.address.masked(to: settings.clientPrefixLength)
        if let reason = shared.admit(prefix, settings, now: now) { return refuse(client, reason) }
        if !begin(client, request, prefix) { shared.dismiss(prefix) }
    }

    /// Closes with RST, as a port without a listener answers.
    private func refuse(_ client: consuming TCPSocket, _ reason: RelayRefusal) {
        tally.count(reason)
        client.reset()
    }

    /// Begins to connect. False: the client was refused.
    private mutating func begin(
        _ client: consuming TCPSocket, _ request: RelayRequest, _ prefix: IPv6Address
    ) -> Bool {
        let target: RelayServer
        switch policy.decide(request) {
        case .connect(let server): target = server
        case .refuse(let reason):
            refuse(client, reason)
            return false
        }
        var reason = RelayRefusal.connectFailed
        guard let server = connect(to: target, &reason) else {
            refuse(client, reason)
            return false
        }
        begun += 1
        let number = begun * UInt64(workers) + UInt64(index)
        let slot = sessions.insert(
            Session(
                number: number, client: client, server: server, request: request, target: target, prefix: prefix,
                now: now))
        do throws(SystemError) {
            try poller.add(sessions[slot].server, tag: tag(slot, isServer: true))
            return true
        } catch {
            tally.count(RelayRefusal.noDescriptors)
            sessions.remove(slot).refuse()
            return false
        }
    }

    private func connect(to target: RelayServer, _ reason: inout RelayRefusal) -> TCPSocket? {
        do throws(SystemError) {
            let server = try TCPSocket(connectingTo: target.server, from: target.source)
            try server.sendAtOnce()
            return server
        } catch {
            reason = RelayRefusal(connecting: error.errno)
            return nil
        }
    }

    private func tag(_ slot: Int, isServer: Bool) -> UInt64 {
        EventTag(slot: slot, generation: sessions.generation(slot), isServer: isServer).raw
    }

    /// The server has answered, or never will.
    mutating func finishConnecting(_ slot: Int, _ readiness: EdgePoller.Readiness) {
        if !readiness.isDisjoint(with: [.error, .hangUp]), let failure = sessions[slot].server.failure {
            return refuse(slot, RelayRefusal(connecting: failure))
        }
        guard readiness.contains(.output) else { return }
        tally.connected.wrappingAdd(1, ordering: .relaxed)
        tally.count(latency: now &- sessions[slot].began)
        sessions[slot].isConnected = true
        sessions[slot].note(readiness, ofServer: true)
        // What the client has sent by now, and whether it is still there, is reported next.
        do throws(SystemError) {
            try poller.add(sessions[slot].client, tag: tag(slot, isServer: false))
        } catch {
            return refuse(slot, .noDescriptors)
        }
        if sessions[slot].target.sendsProxyHeader {
            let request = sessions[slot].request
            pools.chunks.write(to: pools.scratch) { ProxyHeader.write(request, to: &$0) }
            sessions[slot].announce(ProxyHeader.size, &pools)
        }
        pump(slot)
    }
}

extension Errno {
    /// Errors of accept(2) that say nothing about the client.
    fileprivate var isWantOfResources: Bool {
        switch self {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace: true
        default: false
        }
    }
}
