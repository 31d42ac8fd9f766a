// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// The methods of `io.hydrangea.faith`, with the Swift types of their parameters and replies.
public enum FaithMethod: String, VarlinkMethod {
    case show = "Show"
    case sessions = "Sessions"
    case kill = "Kill"
    case monitor = "Monitor"

    public static let interface = "io.hydrangea.faith"

    public var isReadOnly: Bool {
        switch self {
        case .show, .sessions, .monitor: true
        case .kill: false
        }
    }

    public var isStream: Bool {
        switch self {
        case .monitor: true
        case .show, .sessions, .kill: false
        }
    }
}

extension VarlinkInterface {
    /// `io.hydrangea.faith`
    public static var faith: VarlinkInterface? {
        VarlinkInterface(resource: PackageResources.io_hydrangea_faith_varlink)
    }
}

public struct FaithShowParameters: Codable, Equatable, Sendable {
    public var interface: String?
    public var counters: Bool?

    public init(interface: String? = nil, counters: Bool? = nil) {
        self.interface = interface
        self.counters = counters
    }
}

public struct FaithShowReply: Codable, Equatable, Sendable {
    public var interfaces: [FaithStatus]

    public init(interfaces: [FaithStatus]) {
        self.interfaces = interfaces
    }
}

public struct SessionsParameters: Codable, Equatable, Sendable {
    public var interface: String?

    public init(interface: String? = nil) {
        self.interface = interface
    }
}

public struct SessionsReply: Codable, Equatable, Sendable {
    public var sessions: [FaithSession]

    public init(sessions: [FaithSession]) {
        self.sessions = sessions
    }
}

public struct KillParameters: Codable, Equatable, Sendable {
    public var interface: String
    public var numbers: [Int]

    public init(interface: String, numbers: [Int]) {
        self.interface = interface
        self.numbers = numbers
    }
}

public struct KillReply: Codable, Equatable, Sendable {
    public var killed: Int

    public init(killed: Int) {
        self.killed = killed
    }
}

extension ControlClient {
    /// What one faith interface relays, or all of them.
    public func faith(_ interface: String?, counters: Bool = false) throws(ControlError) -> FaithShowReply {
        try call(FaithMethod.show.name, FaithShowParameters(interface: interface, counters: counters ? true : nil))
    }

    public func sessions(_ interface: String?) throws(ControlError) -> SessionsReply {
        try call(FaithMethod.sessions.name, SessionsParameters(interface: interface))
    }

    public func kill(_ numbers: [Int], of interface: String) throws(ControlError) -> KillReply {
        try call(FaithMethod.kill.name, KillParameters(interface: interface, numbers: numbers))
    }

    /// Calls `body` with each event of sessions until the daemon goes away.
    public func monitorSessions(_ body: (SessionEvent) -> Void) throws(ControlError) -> Never {
        try follow(FaithMethod.monitor.name, body)
    }
}
