// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Puppet
internal import SystemIO
internal import SystemPackage

/// One connection to a peer, and the frames on it.
struct CarrierSession: ~Copyable {
    private let shared: CarrierShared
    private let tap: Tap?
    private var orders: Carrier.Orders
    private let stream: ByteStream
    /// Its two ends, from when it is connected on; nil: it is no TCP.
    private var pair: TransportPair?
    private var conversation: Conversation
    private var isConnecting: Bool
    private var device: LinkDevice?
    /// The interface that `device` hears.
    private var index: UInt32?

    /// Bytes that came, and the frames in them that are on their way to the device, up to `taken`.
    private var incoming = ByteQueue(capacity: 1 << 20)
    private var list = FrameList()
    private var taken = 0
    private var outgoing = ByteQueue(capacity: 6 << 20)
    private var batch = FrameBatch()
    private var writer = FrameWriter(peerOffloads: false, isStamped: false, isLegacy: false)
    private var said: [UInt8] = []

    private var received: UInt64 = 0
    private var heard: UInt64 = 0
    private var nextPing: UInt64 = 0
    /// Since when the connection, and the device, have taken nothing that waits for them.
    private var blocked: UInt64?
    private var deviceBlocked: UInt64?
    private var nextCount: UInt64 = 0
    private var allowance = RateLimit()

    init(
        _ shared: CarrierShared, _ tap: Tap?, _ orders: Carrier.Orders, _ stream: consuming ByteStream,
        isCaller: Bool, tolerance: Int, isConnecting: Bool
    ) {
        self.shared = shared
        self.tap = tap
        self.orders = orders
        self.isConnecting = isConnecting
        self.stream = stream
        var features: Hello.Features = []
        if orders.settings.offload { features.insert(.offload) }
        let hello = Hello(shared.role, features, tag: shared.tag, software: shared.software)
        conversation = Conversation(hello, orders.settings.wire, isCaller: isCaller, tolerance: tolerance)
        heard = monotonicNanoseconds()
    }

    var isEstablished: Bool { conversation.isOpen && device != nil }

    // MARK: waiting

    struct Interest {
        var stream = false
        var output = false
        var device: Poller.Readiness = []
    }

    var inputPollable: PollDescriptor { stream.inputPollable }
    var outputPollable: PollDescriptor { stream.outputPollable }
    var devicePollable: PollDescriptor? { device?.pollable }

    var interest: Interest {
        var interest = Interest()
        guard !isConnecting else {
            interest.output = true
            return interest
        }
        interest.stream = list.isDone
        interest.output = !outgoing.isEmpty
        if conversation.isOpen, device != nil {
            if outgoing.isEmpty { interest.device.insert(.input) }
            if !list.isDone { interest.device.insert(.output) }
        }
        return interest
    }

    /// When something is due whatever comes.
    func due(_ now: UInt64) -> UInt64 {
        var due = heard + orders.settings.dead.nanoseconds
        if conversation.isOpen { due = min(due, nextPing, nextCount) }
        // What waits at the device is looked at again and again.
        if let blocked { due = min(due, max(blocked + Carrier.patience, now + Carrier.patience / 8)) }
        if let deviceBlocked { due = min(due, deviceBlocked + Carrier.patience) }
        return due
    }

    // MARK: turns

    mutating func turn(_ now: UInt64, input: Bool, output: Bool) throws(CarrierFault) {
        if isConnecting {
            guard output else { return try checkSilence(now) }
            if let errno = stream.failure { throw .system(SystemError("connect", errno)) }
            isConnecting = false
            try greet(now)
        }
        if input || !list.isDone { try receive(now, isReadable: input) }
        try send(now)
        try checkSilence(now)
        if now >= nextCount { countKernelDrops(now) }
    }

    /// An end that has no words for that is given up by TCP.
    private mutating func checkSilence(_ now: UInt64) throws(CarrierFault) {
        let isAsked = conversation.spoken == .modern || !conversation.isOpen
        guard now < heard + orders.settings.dead.nanoseconds || !isAsked else { throw .silent }
        if !isAsked { heard = now }
        guard conversation.isOpen, now >= nextPing else { return }
        nextPing = now + orders.settings.keepalive.nanoseconds
        if isAsked { say(Ping(moment: now).bytes) }
    }

    /// Says what comes first.
    mutating func greet(_ now: UInt64) throws(CarrierFault) {
        shared.tell { $0.state = .greeting }
        pair = stream.endpoints.map { TransportPair($0.local, $0.peer) }
        try CarrierFault.system { () throws(SystemError) in
            try stream.tune(
                unsent: 128 << 10, givingUpAfter: Int32(clamping: orders.settings.dead.nanoseconds / 1_000_000))
        }
        say(conversation.opening)
        if conversation.isOpen { try open(now) }
        try send(now)
    }

    private mutating func say(_ bytes: [UInt8]) {
        // What is said is little, and there is more room than frames take.
        _ = outgoing.append(bytes)
    }

    /// From here on frames pass.
    private mutating func open(_ now: UInt64) throws(CarrierFault) {
        let settings = orders.settings
        let peer = conversation.peer
        writer = FrameWriter(
            peerOffloads: peer?.features.contains(.offload) ?? false,
            isStamped: peer?.features.contains(.stamps) ?? false, isLegacy: conversation.spoken != .modern)
        if conversation.spoken == .legacy(.v1_3), shared.role == .master {
            writer.longest = LegacyEncoder.longest(1500)
        }
        nextPing = now
        switch (shared.role, conversation.spoken) {
        case (.slave, .legacy(let version)):
            say(LegacyEncoder.opening(version, settings.copies ? orders.parameters : nil))
        case (.slave, _): sayParameters()
        case (.master, .modern): if !settings.words.isEmpty { say(FilterInstruction.bytes(settings.words)) }
        case (.master, _): break
        }
        try openDevice()
        shared.count { $0.sessions += 1 }
        let (pair, wire, isWhole) = (pair, conversation.spoken, device != nil)
        shared.tell {
            ($0.state, $0.endpoints, $0.peer, $0.wire) = (.connected, pair, peer, wire)
            if isWhole { $0.failure = nil }
        }
    }

    private mutating func sayParameters() {
        guard orders.settings.copies, let parameters = orders.parameters else { return }
        say(parameters.bytes)
    }

    // MARK: the device

    private mutating func openDevice() throws(CarrierFault) {
        if let tap {
            device = .tap(tap)
            try CarrierFault.system { () throws(SystemError) in
                try tap.set(offload: orders.settings.offload && writer.peerOffloads)
                try tap.set(carrier: true)
            }
            return
        }
        device = nil
        index = orders.index
        guard let index else { return }
        let settings = orders.settings
        do throws(SystemError) {
            let socket = try FrameSocket(
                on: index, filter: filter,
                ignoringOutgoing: settings.direction == .in)
            if settings.isPromiscuous { try socket.join(.all, on: index) }
            try socket.join(.groups, on: index)
            device = .socket(socket)
        } catch {
            // It may have gone, and the control thread hears of it: then it comes again.
            let text = "\(error)"
            shared.tell { $0.failure = text }
            throw .system(error)
        }
    }

    private var filter: [FrameSocket.Instruction] {
        let settings = orders.settings
        let own = settings.excludesItself ? [pair].compactMap(\.self) : []
        return Exclusion.program(own + settings.excluded, and: settings.words).map {
            FrameSocket.Instruction(code: $0.code, jumpTrue: $0.jumpTrue, jumpFalse: $0.jumpFalse, k: $0.k)
        }
    }

    /// Goes on by other orders.
    mutating func follow(_ new: Carrier.Orders, isRenegotiated: Bool) throws(CarrierFault) {
        let old = orders
        orders = new
        guard conversation.isOpen else { return }
        if isRenegotiated { throw .told }
        if shared.role == .slave {
            if new.parameters != old.parameters, conversation.spoken == .modern { sayParameters() }
            let isOther =
                new.index != index || new.settings.direction != old.settings.direction
                || new.settings.isPromiscuous != old.settings.isPromiscuous
            if isOther {
                countKernelDrops(monotonicNanoseconds())
                try openDevice()
            } else if case .socket(let socket) = device {
                let filter = filter
                try CarrierFault.system { () throws(SystemError) in try socket.set(filter: filter) }
            }
        } else if new.settings.words != old.settings.words, conversation.spoken == .modern {
            let all = [FilterInstruction(code: FilterCode.returnK.rawValue, k: 0x4_0000)]
            say(FilterInstruction.bytes(new.settings.words.isEmpty ? all : new.settings.words))
        }
    }

    private mutating func countKernelDrops(_ now: UInt64) {
        nextCount = now + 1_000_000_000
        guard case .socket(let socket) = device else { return }
        let drops = socket.takeDrops()
        if drops > 0 { shared.count { $0[sniffed: .kernel] += drops } }
    }

    // MARK: from the peer to the device

    /// So often at most, before the other direction has its turn.
    private static let turns = 8

    private mutating func receive(_ now: UInt64, isReadable: Bool) throws(CarrierFault) {
        var isReadable = isReadable
        for _ in 0..<CarrierSession.turns {
            guard try bring(now) else { return }
            guard isReadable else { return }
            let room = RecordHeader.size + RecordHeader.longestBody
            let count: Int?
            do throws(SystemError) {
                count = try stream.receive(into: &incoming, atLeast: 2 * room)
            } catch {
                throw .system(error)
            }
            guard let count else { isReadable = false; continue }
            guard count > 0 else { throw .ended }
            received += UInt64(count)
            heard = now
        }
        _ = try bring(now)
    }

    /// Brings all that has come where it belongs. False: the device does not take more now.
    private mutating func bring(_ now: UInt64) throws(CarrierFault) -> Bool {
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

    private var takesFrames: Bool { shared.role == .master || orders.settings.injects }

    private struct Found {
        var reaction: Conversation.Reaction?
        var unwanted = 0
    }

    /// Up to what is no frame, or as many frames as go at once.
    private static func fill(
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
    private mutating func flush(_ now: UInt64) -> Bool {
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

    private mutating func finishList() {
        list.removeAll()
        incoming.remove(taken)
        taken = 0
        deviceBlocked = nil
    }

    private func count(_ sent: (frames: UInt64, bytes: UInt64), _ refused: [CarrierDrop], _ isSniffed: Bool) {
        guard sent.frames > 0 || !refused.isEmpty else { return }
        shared.count { counters in
            if isSniffed { counters.sniffed.add(sent) } else { counters.injected.add(sent) }
            for drop in refused {
                if isSniffed { counters[sniffed: drop] += 1 } else { counters[injected: drop] += 1 }
            }
        }
    }

    private mutating func react(_ reaction: Conversation.Reaction, _ now: UInt64) throws(CarrierFault) {
        switch reaction {
        case .none, .frame: break
        case .opened: try open(now)
        case .answer(let ping):
            say(Pong(moment: ping.moment, clock: nanosecondsSince1970(), received: received).bytes)
        case .answered(let pong):
            guard pong.moment <= now else { throw .wire(.malformed(.pong)) }
            let time = now - pong.moment
            let ahead = Int64(bitPattern: pong.clock &+ time / 2 &- nanosecondsSince1970())
            shared.note { ($0.roundTrip, $0.clockOffset) = (time, ahead) }
        case .parameters(let parameters): try take(parameters)
        case .program(let program):
            do throws(FilterFault) {
                try FilterProgram.check(program)
            } catch {
                let text = "the peer's filter: \(error)"
                say(Goodbye.bytes(text))
                throw .wire(.malformed(.program))
            }
            orders.settings.words = program
            guard case .socket(let socket) = device else { return }
            let filter = filter
            try CarrierFault.system { () throws(SystemError) in try socket.set(filter: filter) }
        }
    }

    /// The doll has the slave's address before a frame passes.
    private mutating func take(_ parameters: Parameters) throws(CarrierFault) {
        if writer.longest < .max, let mtu = parameters.mtu { writer.longest = LegacyEncoder.longest(mtu) }
        if let tap, orders.settings.copies {
            try CarrierFault.system { () throws(SystemError) in
                if let address = parameters.address { try tap.set(address: address.bytes) }
                try tap.set(carrier: parameters.isRunning)
            }
        }
        shared.tell { $0.parameters = parameters }
    }

    // MARK: from the device to the peer

    private static let batchSize = 256 << 10

    private mutating func send(_ now: UInt64) throws(CarrierFault) {
        for _ in 0..<CarrierSession.turns {
            while !outgoing.isEmpty {
                let sent: Int?
                do throws(SystemError) {
                    sent = try stream.send(&outgoing, atMost: CarrierSession.batchSize)
                } catch {
                    throw .system(error)
                }
                guard sent != nil else {
                    blocked = blocked ?? now
                    if let since = blocked, now >= since + Carrier.patience { try drain() }
                    return
                }
                blocked = nil
            }
            guard conversation.isOpen, device != nil else { return }
            guard try fill() else { return }
            try writeBatch()
        }
    }

    /// False: nothing waits there.
    private mutating func fill() throws(CarrierFault) -> Bool {
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

    private mutating func writeBatch() throws(CarrierFault) {
        let isMaster = shared.role == .master
        let direction = orders.settings.direction
        var sent: (frames: UInt64, bytes: UInt64) = (0, 0)
        var drops: [CarrierDrop] = []
        for slot in 0..<batch.count {
            if !isMaster, direction != .both, batch.info(slot).isOutgoing != (direction == .out) {
                drops.append(.unwanted)
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
        count(sent, drops, !isMaster)
    }

    /// Of a frame that the doll was given.
    private mutating func objection(_ slot: Int) -> CarrierDrop? {
        if let pair, batch.slab.withBytes(slot, { pair.carries($0, from: FrameOffload.size) }) { return .recursive }
        guard let rate = orders.settings.rate else { return nil }
        return allowance.allows(batch.slab.length(slot), of: rate, at: monotonicNanoseconds()) ? nil : .rate
    }

    /// What is older than that is of no use: it makes room for what comes.
    private mutating func drain() throws(CarrierFault) {
        let isMaster = shared.role == .master
        for _ in 0..<CarrierSession.turns {
            guard try fill() else { return }
            let drops = [CarrierDrop](repeating: .late, count: batch.count)
            count((0, 0), drops, !isMaster)
        }
    }

    // MARK: ends

    /// Says why, if that can be said at once.
    mutating func close(_ reason: String) {
        countKernelDrops(monotonicNanoseconds())
        guard conversation.spoken == .modern, !isConnecting, outgoing.isEmpty else { return }
        say(Goodbye.bytes(reason))
        _ = try? stream.send(&outgoing, atMost: CarrierSession.batchSize)
    }

    static func refuse(_ stream: consuming ByteStream, _ reason: String) {
        var queue = ByteQueue(capacity: 4096)
        _ = queue.append(Greeting.refusal(reason))
        _ = try? stream.send(&queue, atMost: 4096)
    }
}

extension Carrier {
    /// Nanoseconds that a frame may wait for the connection, or for the device.
    static let patience: UInt64 = 50_000_000
}

extension FrameCount {
    mutating func add(_ sent: (frames: UInt64, bytes: UInt64)) {
        frames += sent.frames
        bytes += sent.bytes
    }
}
