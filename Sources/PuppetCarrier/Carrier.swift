// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Puppet
public import SystemIO

/// The thread of one end of a tunnel: comes to its peer, and carries frames both ways. All it has is its own; what it is
/// told, and what it tells, goes through `CarrierShared`.
public struct Carrier: ~Copyable {
    private let shared: CarrierShared
    /// Of a master.
    private let tap: Tap?
    private var orders = Orders()
    private var listener: TCPListener?
    /// Of an end that listens and wants to know who comes.
    private var callers: Callers?
    private var nextStranger: UInt64 = 0
    private var session: CarrierSession?
    private var polls = PollSet()
    /// When a connection is tried again, and how long it is waited for the next time.
    private var nextTry: UInt64 = 0
    private var pause: Duration?

    /// What was read of `CarrierOrders` last.
    struct Orders {
        var settings = CarrierSettings()
        var isUp = false
        var index: UInt32?
        var parameters: Parameters?
        var number = -1
    }

    private enum Place {
        static let stop = 0
        static let orders = 1
        static let listener = 2
        static let input = 3
        static let output = 4
        static let device = 5
        static let callers = 6
    }

    /// - Parameter tap: the doll; nil: a slave, whose interface comes with its orders.
    public init(_ shared: CarrierShared, tap: Tap?) {
        self.shared = shared
        self.tap = tap
    }

    /// Returns when `wake` is signalled or the doll is gone.
    public mutating func run(until wake: WakeEvent) {
        polls.watch(Place.stop, wake.pollable, for: .input)
        polls.watch(Place.orders, shared.wake.pollable, for: .input)
        while true {
            do throws(CarrierFault) {
                try turn()
            } catch .noDevice {
                break
            } catch {
                fail(error)
                if orders.settings.isOnce { break }
            }
            watch()
            guard (try? polls.wait(milliseconds: patience())) != nil else { break }
            if polls.isReady(Place.stop, for: .input) { break }
        }
        session?.close("ended")
        session = nil
        try? tap?.set(carrier: false)
        shared.tell { $0.state = .ended }
    }

    // MARK: turns

    private mutating func turn() throws(CarrierFault) {
        let now = monotonicNanoseconds()
        try takeOrders()
        guard orders.isUp else { return }
        if session == nil { try begin(now) }
        accept(now)
        guard session != nil else { return }
        let input = polls.isReady(Place.input, for: .input)
        let output = polls.isReady(Place.output, for: .output)
        try session?.turn(now, input: input, output: output)
        if session?.isEstablished == true { pause = nil }
    }

    private mutating func takeOrders() throws(CarrierFault) {
        shared.wake.clear()
        var given: ByteStream?
        let old = orders
        let number = orders.number
        var new = orders
        shared.withOrders { orders in
            guard orders.number != number else { return }
            new = Orders(
                settings: orders.settings, isUp: orders.isUp, index: orders.index, parameters: orders.parameters,
                number: orders.number)
            given = orders.given.take()
        }
        guard new.number != number else { return }
        orders = new
        let isOther =
            new.settings.way != old.settings.way || new.settings.wire != old.settings.wire
            || new.settings.security != old.settings.security
        if !new.isUp || !old.isUp || isOther {
            listener = nil
            callers = nil
            pause = nil
            nextTry = 0
            close(.told)
            shared.tell { $0.failure = nil }
        }
        try session?.follow(new, isRenegotiated: new.settings.offload != old.settings.offload)
        if let given = given.take() {
            close(.told)
            start(Transport(given), isCaller: true, tolerance: Carrier.tolerance, isConnecting: false)
        }
        settle()
    }

    /// Says what is done while there is no session.
    private mutating func settle() {
        guard session == nil else { return }
        let state: CarrierState =
            !orders.isUp ? .down : listener != nil ? .listening : nextTry > 0 ? .waiting : .idle
        shared.tell {
            $0.state = state
            ($0.endpoints, $0.peer, $0.wire, $0.parameters, $0.key) = (nil, nil, nil, nil, nil)
            $0.found = []
        }
        shared.note { ($0.roundTrip, $0.clockOffset) = (nil, nil) }
    }

    // MARK: ways to a peer

    private mutating func begin(_ now: UInt64) throws(CarrierFault) {
        switch orders.settings.way {
        case nil, .given: break
        case .listen(let name):
            guard listener == nil, now >= nextTry else { return }
            do throws(SystemError) {
                callers = orders.settings.security == nil ? nil : try Callers()
                listener = try TCPListener.listening(at: name)
                nextTry = 0
                shared.tell { $0.failure = nil }
            } catch {
                throw .system(error)
            }
            settle()
        case .connect(let name):
            guard now >= nextTry else { return }
            let socket: TCPSocket
            do throws(SystemError) {
                socket = try TCPSocket.connecting(to: name)
            } catch {
                throw .system(error)
            }
            let stream = ByteStream(socket)
            let transport =
                if let security = orders.settings.security {
                    try Transport(stream, security, isCaller: true)
                } else {
                    Transport(stream)
                }
            start(transport, isCaller: true, tolerance: 0, isConnecting: true)
        }
    }

    private mutating func accept(_ now: UInt64) {
        if polls.isReady(Place.listener, for: .input), let listener {
            var peer = IPv6Endpoint(.unspecified, port: 0)
            for _ in 0..<Callers.most {
                guard let socket = try? listener.accept(&peer) else { break }
                let stream = ByteStream(socket)
                if let security = orders.settings.security {
                    guard let transport = try? Transport(stream, security, isCaller: false) else { continue }
                    callers?.add(transport, peer, now)
                } else {
                    // Of this host it may be ssh, and what a shell prints before anything else.
                    admit(Transport(stream), tolerance: peer.isLoopback ? Carrier.tolerance : 0)
                }
            }
        }
        guard let callers else { return }
        var strangers: [Stranger] = []
        let isReady = polls.isReady(Place.callers, for: .input)
        let known = callers.turn(now, isReady: isReady) { strangers.append($0) }
        refuse(strangers, now)
        for transport in known { admit(transport, tolerance: 0) }
    }

    /// One has the interface at a time.
    private mutating func admit(_ transport: Transport, tolerance: Int) {
        guard session == nil else { return CarrierSession.refuse(transport, "in use") }
        start(transport, isCaller: false, tolerance: tolerance, isConnecting: false)
    }

    /// All are counted, and one in a second is told of.
    private mutating func refuse(_ strangers: [Stranger], _ now: UInt64) {
        guard let last = strangers.last else { return }
        shared.count { $0.strangers += UInt64(strangers.count) }
        guard now >= nextStranger else { return }
        nextStranger = now + 1_000_000_000
        shared.tell { $0.stranger = last }
    }

    private mutating func start(
        _ stream: Transport, isCaller: Bool, tolerance: Int, isConnecting: Bool
    ) {
        session = CarrierSession(
            shared, tap, orders, stream, isCaller: isCaller, tolerance: tolerance, isConnecting: isConnecting)
        shared.tell { $0.state = isConnecting ? .connecting : .greeting }
    }

    // MARK: ends

    private mutating func close(_ fault: CarrierFault) {
        guard session != nil else { return }
        session?.close("\(fault)")
        session = nil
        try? tap?.set(carrier: false)
    }

    /// What can be tried again is, after a pause that grows; not all ends try at once.
    private mutating func fail(_ fault: CarrierFault) {
        let settings = orders.settings
        if session != nil { close(fault) }
        shared.tell {
            $0.failure = fault.description
            if case .silent = fault { $0.isSilent = true }
        }
        let isTried =
            switch settings.way {
            case .connect: true
            case .listen: listener == nil
            case nil, .given: false
            }
        if isTried {
            let wait = min(pause ?? settings.pause.lowerBound, settings.pause.upperBound)
            pause = wait * 2
            nextTry = monotonicNanoseconds() + wait.nanoseconds / 8 * UInt64.random(in: 6...10)
        }
        settle()
    }

    // MARK: waiting

    private mutating func watch() {
        let isListening = listener != nil && orders.isUp
        polls.watch(Place.listener, listener?.pollable, for: isListening ? .input : [])
        polls.watch(Place.callers, callers?.pollable, for: .input)
        let interest = session?.interest ?? CarrierSession.Interest()
        polls.watch(Place.input, session?.inputPollable, for: interest.stream ? .input : [])
        polls.watch(Place.output, session?.outputPollable, for: interest.output ? .output : [])
        polls.watch(Place.device, session?.devicePollable, for: interest.device)
    }

    /// Milliseconds.
    private func patience() -> Int32? {
        let now = monotonicNanoseconds()
        var due = session?.due(now)
        if session == nil, orders.isUp, nextTry > 0 { due = nextTry }
        if let end = callers?.due { due = min(due ?? end, end) }
        return due.map { $0 <= now ? 0 : Int32(clamping: ($0 - now) / 1_000_000 + 1) }
    }
}

extension Carrier {
    /// Bytes that may come before the greeting of a peer that ssh brings.
    fileprivate static let tolerance = 65_536
}

extension Duration {
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(seconds, 0)) * 1_000_000_000 + UInt64(max(attoseconds, 0)) / 1_000_000_000
    }
}

extension TCPListener {
    /// Over IPv4 the address is a mapped one.
    fileprivate static func listening(at name: IPv6Endpoint) throws(SystemError) -> TCPListener {
        guard let ipv4 = name.ipv4 else { return try TCPListener(name) }
        return try TCPListener(awaiting: ipv4)
    }
}

extension TCPSocket {
    fileprivate static func connecting(to name: IPv6Endpoint) throws(SystemError) -> TCPSocket {
        guard let ipv4 = name.ipv4 else {
            return try TCPSocket(connectingTo: name, from: IPv6Endpoint(.unspecified, port: 0))
        }
        return try TCPSocket(connectingTo: ipv4, from: nil)
    }
}
