// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Puppet
internal import SystemIO
internal import SystemPackage

/// One connection to a peer, and the frames on it.
struct CarrierSession: ~Copyable {
    let shared: CarrierShared
    let tap: Tap?
    var orders: Carrier.Orders
    let stream: Transport
    /// Its two ends, from when it is connected on; nil: it is no TCP.
    var pair: TransportPair?
    var conversation: Conversation
    /// Nil: it is there, and the ends speak.
    var approach: Approach?
    var device: LinkDevice?
    /// The interface that `device` hears.
    var index: UInt32?

    /// Bytes that came, and the frames in them that are on their way to the device, up to `taken`.
    var incoming = ByteQueue(capacity: 1 << 20)
    var list = FrameList()
    var taken = 0
    var outgoing = ByteQueue(capacity: 6 << 20)
    /// What the bytes of `outgoing` are, and how many of them may be on their way.
    var line = RecordLine()
    var window = SendWindow()
    /// Whether a tag waits there.
    var isTagged = false
    var batch = FrameBatch()
    var writer = FrameWriter(peerOffloads: false, isStamped: false, isLegacy: false)
    var said: [UInt8] = []

    var received: UInt64 = 0
    var heard: UInt64 = 0
    /// Nanoseconds until somebody who was silenced for the peer's sake is let speak again.
    static let silence: UInt64 = 20_000_000_000
    var isSilent = false
    var nextPing: UInt64 = 0
    /// Since when the device has taken nothing that waits for it.
    var deviceBlocked: UInt64?
    var nextCount: UInt64 = 0
    var allowance = RateLimit()
    let tag: TunnelTag
    /// Connections that the tag was sniffed on.
    var found: [TransportPair] = []
    /// It was sniffed on what is no connection that a filter could name: nothing is sniffed any more.
    var isLooped = false
    /// What the peer wants to see.
    var asked: [FilterInstruction] = []
    /// Finds the tunnel where the tag cannot be read.
    var fuse = LoopFuse(isAsked: true)
    var vote = FlowVote()
    /// Bytes of `outgoing` that may still be sent while the fuse holds the others.
    var unheld: Int?

    /// What comes before the ends speak.
    enum Approach: Equatable {
        case connecting
        /// The peer shows who it is, not after this.
        case shaking(until: UInt64)
    }

    /// - Parameter stream: of a caller it may still be connecting.
    init(
        _ shared: CarrierShared, _ tap: Tap?, _ orders: Carrier.Orders, _ stream: Transport,
        isCaller: Bool, tolerance: Int, isConnecting: Bool
    ) {
        self.shared = shared
        self.tap = tap
        self.orders = orders
        self.stream = stream
        tag = TunnelTag(shared.tag)
        var features: Hello.Features = []
        if orders.settings.offload { features.insert(.offload) }
        let hello = Hello(shared.role, features, tag: shared.tag, software: shared.software)
        conversation = Conversation(hello, orders.settings.wire, isCaller: isCaller, tolerance: tolerance)
        heard = monotonicNanoseconds()
        approach = isConnecting ? .connecting : .shaking(until: heard + Callers.patience)
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
        switch approach {
        case .connecting:
            interest.output = true
            return interest
        case .shaking:
            (interest.stream, interest.output) = (true, stream.isHolding)
            return interest
        case nil: break
        }
        interest.stream = list.isDone
        interest.output = stream.isHolding || sendable(atMost: 1) > 0
        if conversation.isOpen, device != nil {
            if outgoing.count < CarrierSession.backlog { interest.device.insert(.input) }
            if !list.isDone { interest.device.insert(.output) }
        }
        return interest
    }

    /// Whether the connection has not taken all yet.
    var isSending: Bool { !outgoing.isEmpty || stream.isHolding }

    /// When something is due whatever comes.
    func due(_ now: UInt64) -> UInt64 {
        var due = heard + orders.settings.dead.nanoseconds
        if case .shaking(let end) = approach { due = min(due, end) }
        if conversation.isOpen { due = min(due, nextPing, nextCount) }
        if !fuse.isHolding, let oldest = line.oldest { due = min(due, oldest + CarrierSession.patience) }
        if let deviceBlocked { due = min(due, deviceBlocked + Carrier.patience) }
        if let step = fuse.due { due = min(due, step) }
        if orders.settings.mark != nil, !isSilent { due = min(due, heard + CarrierSession.silence) }
        return due
    }

    // MARK: turns

    mutating func turn(_ now: UInt64, input: Bool, output: Bool) throws(CarrierFault) {
        let isNew = approach != nil
        guard try come(now, output: output) else { return try checkSilence(now) }
        // With the last words of one who shows who he is, more may have come.
        let input = input || isNew
        if input || !list.isDone { try receive(now, isReadable: input) }
        try send(now)
        try checkFuse(now)
        try checkSilence(now)
        if now >= nextCount { countKernelDrops(now) }
    }

    /// Comes to the peer. False: not yet.
    private mutating func come(_ now: UInt64, output: Bool) throws(CarrierFault) -> Bool {
        if approach == .connecting {
            guard output else { return false }
            if let errno = stream.failure { throw .system(SystemError("connect", errno)) }
            approach = .shaking(until: now + Callers.patience)
        }
        if case .shaking(let end) = approach {
            guard try stream.shake() else {
                guard now < end else { throw .unknown }
                return false
            }
            approach = nil
            try greet(now)
        }
        return true
    }

    /// An end that has no words for that is given up by TCP.
    mutating func checkSilence(_ now: UInt64) throws(CarrierFault) {
        let isAsked = conversation.spoken == .modern || !conversation.isOpen
        let wasSilent = isSilent
        isSilent = now >= heard + CarrierSession.silence
        if isSilent != wasSilent {
            let isSilent = isSilent
            shared.tell { $0.isSilent = isSilent }
        }
        guard now < heard + orders.settings.dead.nanoseconds || !isAsked else { throw .silent }
        if !isAsked { heard = now }
        guard conversation.isOpen, now >= nextPing else { return }
        nextPing = now + orders.settings.keepalive.nanoseconds
        if orders.settings.mark != nil { nextPing = min(nextPing, now + CarrierSession.silence / 3) }
        if isAsked { ask(now) }
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

    mutating func say(_ bytes: [UInt8]) {
        // What is said is little, and there is more room than frames take.
        if outgoing.append(bytes) { line.add(.word, length: bytes.count) }
    }

    /// Whether the peer is there, and has what was sent before.
    mutating func ask(_ now: UInt64) {
        let bytes = Ping(moment: now).bytes
        if outgoing.append(bytes) { line.add(.ping(moment: now), length: bytes.count) }
    }

    /// From here on frames pass.
    mutating func open(_ now: UInt64) throws(CarrierFault) {
        let settings = orders.settings
        let peer = conversation.peer
        writer = FrameWriter(
            peerOffloads: peer?.features.contains(.offload) ?? false,
            isStamped: peer?.features.contains(.stamps) ?? false, isLegacy: conversation.spoken != .modern)
        if conversation.spoken == .legacy(.v1_3), shared.role == .master {
            writer.longest = LegacyEncoder.longest(1500)
        }
        fuse = LoopFuse(isAsked: conversation.spoken == .modern)
        nextPing = now
        switch (shared.role, conversation.spoken) {
        case (.slave, .legacy(let version)):
            say(LegacyEncoder.opening(version, settings.copies ? orders.parameters : nil))
        case (.slave, _): sayParameters()
        case (.master, .modern):
            if asksForFilter, !settings.words.isEmpty { say(FilterInstruction.bytes(settings.words)) }
        case (.master, _): break
        }
        try openDevice()
        shared.count { $0.sessions += 1 }
        let (pair, wire, isWhole, key) = (pair, conversation.spoken, device != nil, stream.peer)
        shared.tell {
            ($0.state, $0.endpoints, $0.peer, $0.wire, $0.key) = (.connected, pair, peer, wire, key)
            $0.isSilent = false
            if isWhole { $0.failure = nil }
        }
    }

    /// Whether the peer is one that can sniff less.
    private var asksForFilter: Bool { conversation.spoken == .modern && conversation.peer?.role == .slave }

    mutating func sayParameters() {
        guard orders.settings.copies, let parameters = orders.parameters else { return }
        say(parameters.bytes)
    }

    // MARK: the device

    mutating func openDevice() throws(CarrierFault) {
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
                // The fuse wants to see what is emitted.
                ignoringOutgoing: settings.direction == .in && !settings.excludesItself)
            if let mark = settings.mark { try socket.set(mark: mark) }
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

    var filter: [FrameSocket.Instruction] {
        let settings = orders.settings
        let own = settings.excludesItself ? [pair].compactMap(\.self) : []
        let none = [FilterInstruction(code: FilterCode.returnK.rawValue, k: 0)]
        // A master sees less for its words, and never more.
        let words = isLooped ? none : FilterProgram.both(settings.words, asked)
        return Exclusion.program(own + found + settings.excluded, and: words).map {
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
                || new.settings.excludesItself != old.settings.excludesItself
                || new.settings.mark != old.settings.mark
            if isOther || new.settings.excluded != old.settings.excluded || new.settings.words != old.settings.words {
                forgetLoop()
            }
            if isOther {
                countKernelDrops(monotonicNanoseconds())
                try openDevice()
            } else if case .socket(let socket) = device {
                let filter = filter
                try CarrierFault.system { () throws(SystemError) in try socket.set(filter: filter) }
            }
        } else if new.settings.words != old.settings.words, asksForFilter {
            let all = [FilterInstruction(code: FilterCode.returnK.rawValue, k: 0x4_0000)]
            say(FilterInstruction.bytes(new.settings.words.isEmpty ? all : new.settings.words))
        }
    }

    mutating func countKernelDrops(_ now: UInt64) {
        nextCount = now + 1_000_000_000
        guard case .socket(let socket) = device else { return }
        let drops = socket.takeDrops()
        if drops > 0 { shared.count { $0[sniffed: .kernel] += drops } }
    }

    // MARK: ends

    /// Says why, if that can be said at once.
    mutating func close(_ reason: String) {
        countKernelDrops(monotonicNanoseconds())
        count((0, 0), [CarrierDrop](repeating: .cut, count: line.frames), shared.role == .slave)
        count((0, 0), [CarrierDrop](repeating: .cut, count: list.waiting), shared.role == .master)
        guard conversation.spoken == .modern, approach == nil, !isSending else { return }
        say(Goodbye.bytes(reason))
        stream.end(&outgoing)
    }

    static func refuse(_ stream: Transport, _ reason: String) {
        var queue = ByteQueue(capacity: 4096)
        _ = queue.append(Greeting.refusal(reason))
        stream.end(&queue)
    }
}

extension Carrier {
    /// Nanoseconds that a frame may wait for the device.
    static let patience: UInt64 = 50_000_000
}

extension FrameCount {
    mutating func add(_ sent: (frames: UInt64, bytes: UInt64)) {
        frames += sent.frames
        bytes += sent.bytes
    }
}
