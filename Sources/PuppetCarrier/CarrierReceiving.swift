// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Puppet
internal import SystemIO
internal import SystemPackage

// What the peer says, and its frames to the device.
extension CarrierSession {
    /// So often at most, before the other direction has its turn.
    static let turns = 8

    mutating func receive(_ now: UInt64, isReadable: Bool) throws(CarrierFault) {
        var isReadable = isReadable
        for _ in 0..<CarrierSession.turns {
            guard try bring(now) else { return }
            guard isReadable else { return }
            let room = RecordHeader.size + RecordHeader.longestBody
            switch try stream.receive(into: &incoming, atLeast: 2 * room) {
            case .nothing: isReadable = false
            case .end: throw .ended
            case .bytes(let count):
                received += UInt64(count)
                heard = now
            }
        }
        _ = try bring(now)
    }

    /// Brings all that has come where it belongs. False: the device does not take more now.
    mutating func bring(_ now: UInt64) throws(CarrierFault) -> Bool {
        while true {
            guard flush(now) else { return false }
            let found: Found
            do throws(WireFault) {
                found = try CarrierSession.fill(
                    &list, from: incoming, &conversation, &taken, &said, takesFrames: takesFrames)
            } catch {
                throw .wire(error)
            }
            if !said.isEmpty {
                say(said)
                said = []
            }
            if found.unwanted > 0 { shared.count { $0[injected: .unwanted] += UInt64(found.unwanted) } }
            if let reaction = found.reaction { try react(reaction, now) }
            if found.reaction == nil, list.count == 0 {
                incoming.remove(taken)
                taken = 0
                return true
            }
        }
    }

    var takesFrames: Bool { shared.role == .master || orders.settings.injects }

    struct Found {
        var reaction: Conversation.Reaction?
        var unwanted = 0
    }

    /// Up to what is no frame, or as many frames as go at once.
    static func fill(
        _ list: inout FrameList, from incoming: borrowing ByteQueue, _ conversation: inout Conversation,
        _ taken: inout Int, _ said: inout [UInt8], takesFrames: Bool
    ) throws(WireFault) -> Found {
        var found = Found()
        while !list.isFull {
            let place = taken
            let next = try incoming.withBytes { bytes throws(WireFault) in
                try conversation.next(in: bytes, at: place, say: &said)
            }
            guard let next else { return found }
            taken = next.end
            switch next.reaction {
            case .none: break
            case .frame(_, let range, let hasOffload):
                if takesFrames {
                    list.append(range, of: incoming, hasOffload: hasOffload)
                } else {
                    found.unwanted += 1
                }
            case .opened, .answer, .answered, .parameters, .program:
                found.reaction = next.reaction
                return found
            }
        }
        return found
    }

    /// Sends what is in `list`. False: the device does not take all of it yet.
    mutating func flush(_ now: UInt64) -> Bool {
        guard list.count > 0 else { return true }
        let isMaster = shared.role == .master
        var sent: (frames: UInt64, bytes: UInt64) = (0, 0)
        var refused: [CarrierDrop] = []
        guard let device else {
            for _ in 0..<list.waiting { refused.append(.down) }
            finishList()
            count(sent, refused, isMaster)
            return true
        }
        while true {
            switch device.send(&list, &sent) {
            case .done:
                finishList()
                count(sent, refused, isMaster)
                return true
            case .refused(let errno): refused.append(CarrierDrop(errno))
            case .blocked:
                if let since = deviceBlocked, now >= since + Carrier.patience {
                    for _ in 0..<list.waiting { refused.append(.late) }
                    finishList()
                    count(sent, refused, isMaster)
                    return true
                }
                deviceBlocked = deviceBlocked ?? now
                count(sent, refused, isMaster)
                return false
            }
        }
    }

    mutating func finishList() {
        list.removeAll()
        incoming.remove(taken)
        taken = 0
        deviceBlocked = nil
    }

    func count(_ sent: (frames: UInt64, bytes: UInt64), _ refused: [CarrierDrop], _ isSniffed: Bool) {
        guard sent.frames > 0 || !refused.isEmpty else { return }
        shared.count { counters in
            if isSniffed { counters.sniffed.add(sent) } else { counters.injected.add(sent) }
            for drop in refused {
                if isSniffed { counters[sniffed: drop] += 1 } else { counters[injected: drop] += 1 }
            }
        }
    }

    mutating func react(_ reaction: Conversation.Reaction, _ now: UInt64) throws(CarrierFault) {
        switch reaction {
        case .none, .frame: break
        case .opened: try open(now)
        case .answer(let ping):
            say(Pong(moment: ping.moment, clock: nanosecondsSince1970(), received: received).bytes)
        case .answered(let pong):
            guard pong.moment <= now else { throw .wire(.malformed(.pong)) }
            fuse.answer(to: pong.moment, at: now)
            window.answer(to: pong.moment, at: now)
            let time = now - pong.moment
            let ahead = Int64(bitPattern: pong.clock &+ time / 2 &- nanosecondsSince1970())
            shared.note { ($0.roundTrip, $0.clockOffset) = (time, ahead) }
        case .parameters(let parameters): try take(parameters)
        case .program(let program):
            do throws(FilterFault) {
                try FilterProgram.check(program)
                try FilterProgram.check(FilterProgram.both(orders.settings.words, program))
            } catch {
                let text = "the peer's filter: \(error)"
                say(Goodbye.bytes(text))
                throw .wire(.malformed(.program))
            }
            asked = program
            try renewFilter()
        }
    }

    /// The doll has the slave's address before a frame passes.
    mutating func take(_ parameters: Parameters) throws(CarrierFault) {
        if writer.longest < .max, let mtu = parameters.mtu { writer.longest = LegacyEncoder.longest(mtu) }
        if let tap, orders.settings.copies {
            try CarrierFault.system { () throws(SystemError) in
                if let address = parameters.address { try tap.set(address: address.bytes) }
                try tap.set(carrier: parameters.isRunning)
            }
        }
        shared.tell { $0.parameters = parameters }
    }
}
