// SPDX-License-Identifier: BSD-2-Clause

/// The types of `io.hydrangea.faith.varlink`, field for field; a test holds the two against each other.

/// How connections to some ports are relayed.
public struct RelayStatus: Codable, Equatable, Sendable {
    public var service: String
    public var application: String?
    public var proxy: Bool
    public var reserved: Bool
    public var program: [String]?

    public init(service: String, application: String?, proxy: Bool, reserved: Bool, program: [String]?) {
        self.service = service
        self.application = application
        self.proxy = proxy
        self.reserved = reserved
        self.program = program
    }
}

/// What is routed to an interface and cannot be captured, and why.
public struct UncapturedStatus: Codable, Equatable, Sendable {
    public var prefix: String
    public var reason: String

    public init(prefix: String, reason: String) {
        self.prefix = prefix
        self.reason = reason
    }
}

/// How many were refused, or ended so.
public struct SessionCount: Codable, Equatable, Sendable {
    public var reason: String
    public var description: String
    public var sessions: UInt64

    public init(reason: String, description: String, sessions: UInt64) {
        self.reason = reason
        self.description = description
        self.sessions = sessions
    }
}

/// How many of FTP's commands and replies were not passed on.
public struct CommandCount: Codable, Equatable, Sendable {
    public var reason: String
    public var description: String
    public var commands: UInt64

    public init(reason: String, description: String, commands: UInt64) {
        self.reason = reason
        self.description = description
        self.commands = commands
    }
}

/// How many servers took less than `below` microseconds to answer, and not less than half of that.
public struct LatencyStatus: Codable, Equatable, Sendable {
    public var below: UInt64
    public var servers: UInt64

    public init(below: UInt64, servers: UInt64) {
        self.below = below
        self.servers = servers
    }
}

/// What the relays of an interface did since it was made.
public struct RelayCounterStatus: Codable, Equatable, Sendable {
    public var accepted: UInt64 = 0
    public var connected: UInt64 = 0
    public var toserver: UInt64 = 0
    public var toclient: UInt64 = 0
    public var pauses: UInt64 = 0
    public var refused: [SessionCount] = []
    public var ended: [SessionCount] = []
    public var commands: [CommandCount] = []
    public var latency: [LatencyStatus] = []

    public init() {}
}

/// What a faith interface relays, and for whom.
public struct FaithStatus: Codable, Equatable, Sendable {
    public var interface: String
    public var prefixes: [String] = []
    public var captured: [String] = []
    public var uncaptured: [UncapturedStatus] = []
    public var last32 = false
    public var relays: [RelayStatus] = []
    public var rules: [String] = []
    /// Seconds.
    public var idle: Int?
    public var connecttime = 0
    public var keepalive: Int?
    public var usertime: Int?
    public var maxsessions: Int?
    public var maxrate: Int?
    public var clientsessions: Int?
    public var clientrate: Int?
    public var clientlen = 0
    public var draining = false
    public var sessions = 0
    public var reach = 0
    /// Nil unless asked for.
    public var counters: RelayCounterStatus?

    public init(interface: String) {
        self.interface = interface
    }
}
