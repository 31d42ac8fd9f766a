// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Puppet
internal import SystemIO
internal import SystemPackage

// The frames of the device, to the peer.
extension CarrierSession {
    static let batchSize = 256 << 10

    mutating func send(_ now: UInt64) throws(CarrierFault) {
        for _ in 0..<CarrierSession.turns {
            while stream.isHolding || !outgoing.isEmpty && unheld != 0 {
                let before = outgoing.count
                let sent = try stream.send(&outgoing, atMost: min(CarrierSession.batchSize, unheld ?? .max))
                if let unheld { self.unheld = unheld - (before - outgoing.count) }
                guard sent != nil else {
                    blocked = blocked ?? now
                    if let since = blocked, now >= since + Carrier.patience { try drain() }
                    return
                }
                blocked = nil
            }
            guard conversation.isOpen, device != nil else { return }
            guard try fill() else { return }
            if shared.role == .slave, conversation.spoken == .modern { say(tag.bytes) }
            try writeBatch()
        }
    }

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

    mutating func writeBatch() throws(CarrierFault) {
        let isMaster = shared.role == .master
        let direction = orders.settings.direction
        var sent: (frames: UInt64, bytes: UInt64) = (0, 0)
        var drops: [CarrierDrop] = []
        let (waiting, now) = (outgoing.count, monotonicNanoseconds())
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
            if let drop = writer.write(slot, of: &batch, to: &outgoing) {
                drops.append(drop)
            } else {
                sent.frames += 1
                sent.bytes += UInt64(max(batch.slab.length(slot) - FrameOffload.size, 0))
            }
        }
        fuse.write(bytes: outgoing.count - waiting)
        count(sent, drops, !isMaster)
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

    /// What is older than that is of no use: it makes room for what comes.
    mutating func drain() throws(CarrierFault) {
        let isMaster = shared.role == .master
        for _ in 0..<CarrierSession.turns {
            guard try fill() else { return }
            let drops = [CarrierDrop](repeating: .late, count: batch.count)
            count((0, 0), drops, !isMaster)
        }
    }
}
