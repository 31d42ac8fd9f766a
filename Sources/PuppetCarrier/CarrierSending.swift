// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Puppet
internal import SystemIO
internal import SystemPackage

// The frames of the device, to the peer.
extension CarrierSession {
    static let batchSize = 256 << 10

    /// Nanoseconds that a frame may wait here. What carries a slow path takes some at a time, and nothing for a while.
    static let patience: UInt64 = 100_000_000

    /// Bytes that may wait here before no more frames are taken from the device.
    static let backlog = 2 << 20

    mutating func send(_ now: UInt64) throws(CarrierFault) {
        var isBlocked = false
        for _ in 0..<CarrierSession.turns {
            dropLate(now)
            while !isBlocked {
                let (room, waiting) = (sendable(atMost: CarrierSession.batchSize), outgoing.count)
                guard room > 0 || stream.isHolding else { break }
                isBlocked = try stream.send(&outgoing, atMost: room) == nil
                // What is sealed is on its way.
                account(waiting - outgoing.count)
            }
            guard conversation.isOpen, device != nil, outgoing.count < CarrierSession.backlog else { return }
            guard try fill() else { return }
            if shared.role == .slave, conversation.spoken == .modern, !isTagged { sayTag(now) }
            try writeBatch(now)
        }
    }

    /// Bytes of `outgoing` that may go now. They are reckoned record by record, and no further than the limit.
    func sendable(atMost limit: Int) -> Int {
        if let unheld { return min(unheld, limit) }
        guard conversation.spoken == .modern, let room = window.room else { return min(outgoing.count, limit) }
        return line.length(room: room, atMost: limit)
    }

    private mutating func account(_ sent: Int) {
        if let unheld { self.unheld = unheld - sent }
        let departure = line.send(sent)
        window.send(sent, departure.pings, at: monotonicNanoseconds())
        if line.isEmpty { isTagged = false }
        count((departure.frames, departure.bytes), [], shared.role == .slave)
    }

    /// What has waited for too long is of no use: it makes room for what comes.
    private mutating func dropLate(_ now: UInt64) {
        guard !fuse.isHolding, now > CarrierSession.patience else { return }
        let (frames, length) = line.dropLate(before: now - CarrierSession.patience)
        guard length > 0 else { return }
        outgoing.remove(length)
        if line.isEmpty { isTagged = false }
        count((0, 0), [CarrierDrop](repeating: .late, count: frames), shared.role == .slave)
    }

    /// Once for all that waits.
    private mutating func sayTag(_ now: UInt64) {
        guard outgoing.append(tag.bytes) else { return }
        line.add(.padding(since: now), length: tag.bytes.count)
        isTagged = true
    }

    /// Nanoseconds that a frame may have waited in the kernel before it is read.
    static let age: UInt64 = 250_000_000

    /// False: nothing waits there.
    mutating func fill() throws(CarrierFault) -> Bool {
        guard let device else { return false }
        do throws(SystemError) {
            try device.fill(&batch)
        } catch {
            // A packet socket tells once that its interface went down, and hears it when it is up again.
            if case .socket = device, error.errno == .networkDown { return false }
            if case .tap = device, error.errno == .badState { throw .noDevice }
            throw .system(error)
        }
        return batch.count > 0
    }

    mutating func writeBatch(_ now: UInt64) throws(CarrierFault) {
        let isMaster = shared.role == .master
        let direction = orders.settings.direction
        var drops: [CarrierDrop] = []
        let before = outgoing.count
        // Whoever was stopped finds what came meanwhile.
        let wall = nanosecondsSince1970()
        let eldest = wall > CarrierSession.age ? wall - CarrierSession.age : 0
        for slot in 0..<batch.count {
            if isFused, batch.info(slot).isOutgoing { watch(slot, now) }
            if !isMaster, direction != .both, batch.info(slot).isOutgoing != (direction == .out) {
                drops.append(.unwanted)
                continue
            }
            if !isMaster, let drop = try loop(slot) {
                drops.append(drop)
                continue
            }
            if isMaster, let drop = objection(slot) {
                drops.append(drop)
                continue
            }
            let stamp = batch.info(slot).stamp
            if stamp != 0, stamp < eldest {
                drops.append(.late)
                continue
            }
            let start = outgoing.count
            let drop = writer.write(slot, of: &batch, to: &outgoing)
            if let drop { drops.append(drop) }
            // Of a frame that is cut, and that finds no room, some parts are there.
            let length = outgoing.count - start
            guard length > 0 else { continue }
            let bytes = max(batch.slab.length(slot) - FrameOffload.size, 0)
            line.add(drop == nil ? .frame(bytes: bytes, since: now) : .padding(since: now), length: length)
            if conversation.spoken == .modern, window.asks(behind: length) { ask(now) }
        }
        fuse.write(bytes: outgoing.count - before)
        count((0, 0), drops, !isMaster)
    }

    /// Whether the tunnel sniffs itself, behind a relay or a port of somebody else's, whose addresses nobody could know. What
    /// carries it is kept from being sniffed then, or everything is.
    mutating func loop(_ slot: Int) throws(CarrierFault) -> CarrierDrop? {
        if isLooped { return .looped }
        guard conversation.spoken == .modern, orders.settings.excludesItself else { return nil }
        let tag = tag
        let (isLoop, carrier) = batch.slab.withBytes(slot) { frame in
            tag.isIn(frame, from: FrameOffload.size)
                ? (true, TransportPair(of: frame, from: FrameOffload.size)) : (false, nil)
        }
        guard isLoop else { return nil }
        if let carrier, found.contains(where: { $0.isSame(as: carrier) }) { return .looped }
        if let carrier, found.count < CarrierSession.mostFound {
            found.append(carrier)
            try renewFilter()
            let found = found
            shared.tell { $0.found = found }
        } else {
            try stopSniffing("see exclude")
        }
        return .looped
    }

    static let mostFound = 4

    /// Of a frame that the doll was given.
    mutating func objection(_ slot: Int) -> CarrierDrop? {
        if let pair, batch.slab.withBytes(slot, { pair.carries($0, from: FrameOffload.size) }) { return .recursive }
        guard let rate = orders.settings.rate else { return nil }
        return allowance.allows(batch.slab.length(slot), of: rate, at: monotonicNanoseconds()) ? nil : .rate
    }
}
