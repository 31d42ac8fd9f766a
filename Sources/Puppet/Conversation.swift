// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// Which protocol is spoken.
public enum PuppetProtocol: Equatable, Sendable {
    case modern
    case legacy(LegacyVersion)
    /// What the peer begins with; who begins himself speaks the modern one.
    case auto
}

/// What both ends say to each other but frames, from one end's view: bytes come in, and what is to be done comes out. It
/// has no socket and no clock.
public struct Conversation: Sendable {
    private enum Decoder: Sendable {
        case undecided
        case modern(WireDecoder)
        case legacy(LegacyDecoder)
    }

    /// What is to be done about what was heard.
    public enum Reaction: Equatable, Sendable {
        case none
        /// From here on frames pass; what this end has to say by now goes first.
        case opened
        case frame(FrameMark, Range<Int>, hasOffload: Bool)
        case answer(Ping)
        case answered(Pong)
        case parameters(Parameters)
        case program([FilterInstruction])
    }

    public let role: PuppetRole
    private let hello: Hello
    private let isCaller: Bool
    private let tolerance: Int
    private var decoder: Decoder
    private let wanted: PuppetProtocol
    /// What the peer said of itself; nil: nothing, as an original does.
    public private(set) var peer: Hello?
    public private(set) var isOpen = false

    /// - Parameters:
    ///   - isCaller: this end has connected; the other has listened.
    ///   - tolerance: bytes that may come before the peer's greeting.
    public init(_ hello: Hello, _ wanted: PuppetProtocol, isCaller: Bool, tolerance: Int = 0) {
        role = hello.role
        self.hello = hello
        self.wanted = wanted
        self.isCaller = isCaller
        self.tolerance = tolerance
        switch wanted {
        case .modern: decoder = .modern(WireDecoder(tolerance: tolerance))
        case .legacy(let version):
            decoder = .legacy(LegacyDecoder(role, version, isServer: !isCaller))
            // The client says who it is and goes on.
            isOpen = isCaller && role == .slave
        case .auto: decoder = isCaller ? .modern(WireDecoder(tolerance: tolerance)) : .undecided
        }
    }

    /// What is spoken; nil: nobody knows yet.
    public var spoken: PuppetProtocol? {
        switch decoder {
        case .undecided: nil
        case .modern: .modern
        case .legacy(let decoder): decoder.spoken.map(PuppetProtocol.legacy)
        }
    }

    /// What this end says before it has heard anything.
    public var opening: [UInt8] {
        switch decoder {
        case .undecided: []
        case .modern: Greeting.bytes + hello.bytes
        case .legacy(let decoder): isCaller ? decoder.spoken?.bytes ?? [] : []
        }
    }

    /// Reads the next thing from `place` on.
    /// - Parameter say: takes what is to be said at once.
    /// - Returns: nil, more bytes have to come first; otherwise what is to be done, and where the next thing begins.
    public mutating func next(
        in bytes: borrowing RawSpan, at place: Int, say: inout [UInt8]
    ) throws(WireFault) -> (reaction: Reaction, end: Int)? {
        let next: (event: WireEvent, end: Int)?
        switch decoder {
        case .undecided:
            guard bytes.byteCount > place else { return nil }
            if bytes.byte(at: place) == 0x13 {
                decoder = .legacy(LegacyDecoder(role, nil, isServer: true))
            } else {
                decoder = .modern(WireDecoder(tolerance: tolerance))
                say += opening
            }
            return (.none, place)
        case .modern(var modern):
            next = try modern.next(in: bytes, at: place)
            decoder = .modern(modern)
        case .legacy(var legacy):
            next = try legacy.next(in: bytes, at: place)
            decoder = .legacy(legacy)
        }
        guard let next else { return nil }
        return (try react(to: next.event), next.end)
    }

    private mutating func react(to event: WireEvent) throws(WireFault) -> Reaction {
        switch event {
        case .nothing, .configured: return .none
        case .greeted:
            // An original server says nothing of itself.
            guard case .legacy = decoder, role == .slave else { return .none }
            isOpen = true
            return .opened
        case .linkType:
            isOpen = true
            return .opened
        case .hello(let hello):
            guard peer == nil else { throw .unexpected(.hello) }
            // Two masters are the ends of a cable between two dolls.
            guard hello.role != role || role == .master else { throw .sameSlaves }
            peer = hello
            isOpen = true
            return .opened
        case .frame(let mark, let range, let hasOffload):
            guard isOpen else { throw .unexpected(.frame) }
            return .frame(mark, range, hasOffload: hasOffload)
        case .parameters(let parameters):
            // An original slave carries out what a master sends it, too.
            guard isOpen, role == .master else { throw .unexpected(.parameters) }
            return .parameters(parameters)
        case .program(let program):
            guard isOpen, role == .slave else { throw .unexpected(.program) }
            return .program(program)
        case .ping(let ping): return .answer(ping)
        case .pong(let pong): return .answered(pong)
        }
    }
}
