// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import SystemIO

/// Where what one relay leaves is until another takes it up.
struct RelayHeritage: Sendable {
    let estate: Estate
    /// What all names of descriptors begin with.
    let prefix: String
}

// What a thread gives away, and takes up.
extension RelayWorker {
    /// Gives all sessions away; returns what there is to know of them. Those of local programs stay: a process cannot have
    /// another parent.
    mutating func leave(to heritage: RelayHeritage) -> [SessionRecord] {
        var records: [SessionRecord] = []
        records.reserveCapacity(sessions.count)
        for slot in 0..<sessions.slots where sessions.holds(slot) {
            guard heritage.estate.room >= Session.descriptors else {
                end(slot, .stopped, .stoppedConnecting)
                continue
            }
            // Where it goes, the kernel would go on to report to this thread.
            try? poller.remove(sessions[slot].client)
            try? poller.remove(sessions[slot].server)
            if let port = sessions[slot].port { try? poller.remove(port.listener.pollable) }
            let session = sessions.remove(slot)
            shared.dismiss(session.prefix)
            do throws(SystemError) {
                records.append(try session.leave(to: heritage, &pools))
            } catch {
                tally.count(RelayEnd.stopped)
            }
        }
        return records
    }

    /// Goes on with sessions that were left. Returns how many it could.
    mutating func inherit(_ records: [SessionRecord], from heritage: RelayHeritage) -> Int {
        now = monotonicNanoseconds()
        var count = 0
        var slots: [UInt64: Int] = [:]
        for record in records {
            let control = record.control.map { number in
                // One that has ended is remembered by its number.
                guard let slot = slots[number] else { return SessionReference(number: number, slot: -1, generation: 0) }
                return SessionReference(number: number, slot: slot, generation: sessions.generation(slot))
            }
            guard let slot = inherit(record, control, from: heritage) else {
                tally.count(RelayEnd.stopped)
                continue
            }
            slots[record.number] = slot
            count += 1
        }
        sweep(before: now)
        return count
    }

    /// Nil: it cannot go on, and is broken off.
    private mutating func inherit(
        _ record: SessionRecord, _ control: SessionReference?, from heritage: RelayHeritage
    ) -> Int? {
        let name = SessionRecord.name(of: record.number, of: heritage.prefix)
        let client = socket(name + "c", from: heritage)
        let server = socket(name + "s", from: heritage)
        var up = Flow(record.up, from: heritage.estate, as: name + "u", &pools)
        var down = Flow(record.down, from: heritage.estate, as: name + "d", &pools)
        let isWhole = client != nil && server != nil && up != nil && down != nil
        guard isWhole, let upward = up, let downward = down else {
            up?.release(&pools)
            down?.release(&pools)
            // Neither must take for the end what is none.
            client?.reset()
            server?.reset()
            return nil
        }
        guard let client, let server else { return nil }
        var session = Session(
            record, client: client, server: server, control: control, up: upward, down: downward, now: now)
        if record.usesReservedPort { session.reserved = shared.reserved.inherit(record.prefix) }
        let slot = sessions.insert(session)
        shared.inherit(record.prefix)
        do throws(SystemError) {
            if record.isConnected || record.awaited == .client {
                try poller.add(sessions[slot].client, tag: tag(slot, .client))
            }
            if record.isConnected || record.awaited == .server {
                try poller.add(sessions[slot].server, tag: tag(slot, .server))
            }
        } catch {
            end(slot, .stopped, .stoppedConnecting)
            return nil
        }
        if let port = record.port { inherit(port, name + "p", of: slot, from: heritage) }
        return slot
    }

    private func socket(_ name: String, from heritage: RelayHeritage) -> TCPSocket? {
        do throws(SystemError) {
            return try heritage.estate.take(name, as: TCPSocket.self)
        } catch {
            return nil
        }
    }

    /// Waits for a data connection that was announced.
    private mutating func inherit(
        _ record: DataPortRecord, _ name: String, of slot: Int, from heritage: RelayHeritage
    ) {
        guard let listener = try? heritage.estate.take(name, as: TCPListener.self) else {
            // What was to lead there leads nowhere.
            if case .passive = record.purpose { shared.pinholes.close(record.name) }
            return tally.count(RelayRefusal.dataTimedOut)
        }
        let prefix = sessions[slot].prefix
        shared.inherit(prefix)
        watch(DataPort(record, listener, prefix: prefix, shared: shared), of: slot)
    }
}

extension Session {
    /// Descriptors of one, at most: two sockets, two pipes, and a socket that waits for a data connection.
    fileprivate static var descriptors: Int { 7 }
}
