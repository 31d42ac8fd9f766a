// SPDX-License-Identifier: BSD-2-Clause
internal import Faith
internal import Internet
internal import SystemIO

extension Session {
    /// What the client said first.
    enum RshBeginning {
        case waiting
        /// There is no second connection, and nothing was taken.
        case plain
        case port(UInt16)
        case ended(RelayEnd)
    }

    /// Reads the port for the standard error, and not a byte more.
    mutating func readRshPort(_ pools: inout RelayPools) -> RshBeginning {
        // The port goes to the server at once, after what may go there before it.
        guard up.isReadable, up.isWritable, up.isEmpty else {
            return hasFailed ? .ended(client.failure == nil ? .serverReset : .clientReset) : .waiting
        }
        do throws(SystemError) {
            guard let count = try client.peek(into: pools.chunks, pools.scratch) else {
                up.isReadable = false
                return .waiting
            }
            // Nothing, and the end: that is passed on.
            if count == 0 { return .plain }
            switch RshPort(startOf: pools.chunks.copy(pools.scratch, min(count, RshPort.longest))) {
            case .incomplete:
                if up.hasMore { return .ended(.malformed) }
                up.isReadable = false
                return .waiting
            case .none: return .plain
            case .port(let port, let length):
                try client.discard(length)
                return .port(port)
            case .invalid: return .ended(.malformed)
            }
        } catch {
            return .ended(.clientReset)
        }
    }
}

extension RshPort {
    /// Five digits and NUL, and one byte to see that it is none.
    fileprivate static let longest = 7
}

extension RelayWorker {
    /// Has the server's second connection come to a port of ours, and goes on as any other session does.
    mutating func beginRsh(_ slot: Int) -> Session.Outcome {
        switch sessions[slot].readRshPort(&pools) {
        case .waiting: return .waiting
        case .ended(let end): return .ended(end)
        case .plain: break
        case .port(let port):
            guard let ours = listenForErrors(slot, port) else { return .ended(.noPort) }
            let bytes = RshPort.bytes(for: ours)
            pools.chunks.write(to: pools.scratch, bytes)
            sessions[slot].announce(bytes.count, &pools)
        }
        sessions[slot].carriage = .plain
        return .unfinished
    }

    /// Returns the port at which the server's second connection is waited for.
    private mutating func listenForErrors(_ slot: Int, _ port: UInt16) -> UInt16? {
        guard let local = try? sessions[slot].server.localName().address.mapped else { return nil }
        let client = IPv6Endpoint(sessions[slot].request.client.address, port: port)
        let server = IPv6Address(mapped: sessions[slot].target.server.address)
        guard let place = shared.reserved.take(sessions[slot].prefix) else {
            tally.count(RelayRefusal.noReservedPort)
            return nil
        }
        let opener = portOpener(slot)
        var reserved = reserved
        let opened = opener.open(.errors(client: client), for: server) { () throws(SystemError) in
            try reserved.use { port throws(SystemError) in
                try TCPListener(awaiting: IPv4Endpoint(local, port: port))
            }
        }
        self.reserved = reserved
        opened?.reserved = place
        watch(opened, of: slot)
        return sessions[slot].port?.name.port
    }
}
