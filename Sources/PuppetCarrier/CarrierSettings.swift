// SPDX-License-Identifier: BSD-2-Clause
public import Internet
public import Puppet

/// How an end comes to its peer.
public enum CarrierWay: Equatable, Sendable {
    /// Over IPv4 the address is a mapped one.
    case listen(IPv6Endpoint)
    case connect(IPv6Endpoint)
    /// Somebody brings a connection.
    case given
}

/// What an end is told to do.
public struct CarrierSettings: Equatable, Sendable {
    public var way: CarrierWay?
    /// Nil: whoever comes is the peer.
    public var security: CarrierSecurity?
    public var wire = PuppetProtocol.modern
    /// One connection is all: with it, the thread ends.
    public var isOnce = false
    /// Whether frames may come here that are not cut and summed.
    public var offload = true
    /// Of a slave: what is sniffed, and whether anything is injected.
    public var direction = FrameDirection.both
    public var injects = true
    public var isPromiscuous = true
    /// Of a slave: what injected frames carry; with it somebody else is kept from sending there, as long as the peer is heard.
    public var mark: UInt32?
    /// Of a slave: whether its connection is kept from being sniffed by its own addresses; and other connections that are.
    public var excludesItself = true
    public var excluded: [TransportPair] = []
    /// Of a slave, its own; of a master, what it asks the slave for. Empty: every frame.
    public var words: [FilterInstruction] = []
    /// Of a slave: whether it says what its interface is like.
    public var copies = true
    /// Between two questions whether the peer is there, and until it is given up.
    public var keepalive = Duration.seconds(10)
    public var dead = Duration.seconds(60)
    /// Before connecting again: so long at first, then twice as long each time.
    public var pause = Duration.seconds(1)...Duration.seconds(30)
    /// Bytes a second that are injected; nil: any number.
    public var rate: Int?

    public init() {}
}

/// Seen from the slave's interface.
public enum FrameDirection: String, CaseIterable, Sendable {
    case `in`, out, both
}

/// What an end does now.
public enum CarrierState: Equatable, Sendable {
    case down
    /// It has not been said how to come to a peer; or the interface is not there.
    case idle
    case listening
    case connecting
    /// After a failure, before it is tried again.
    case waiting
    case greeting
    case connected
    /// For good.
    case ended

    public var name: String {
        switch self {
        case .down: "down"
        case .idle: "idle"
        case .listening: "listening"
        case .connecting: "connecting"
        case .waiting: "waiting"
        case .greeting: "greeting"
        case .connected: "connected"
        case .ended: "ended"
        }
    }
}
