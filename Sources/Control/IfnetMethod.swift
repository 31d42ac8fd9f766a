// SPDX-License-Identifier: BSD-2-Clause

/// The methods of `io.hydrangea.ifnet`, with the Swift types of their parameters and replies.
public enum IfnetMethod: String, VarlinkMethod {
    case list = "List"
    case cloners = "Cloners"
    case check = "Check"
    case explain = "Explain"
    case monitor = "Monitor"
    case apply = "Apply"

    public static let interface = "io.hydrangea.ifnet"

    public var isReadOnly: Bool {
        switch self {
        case .list, .cloners, .check, .explain, .monitor: true
        case .apply: false
        }
    }

    public var isStream: Bool {
        switch self {
        case .monitor: true
        case .list, .cloners, .check, .explain, .apply: false
        }
    }
}

public struct ListParameters: Codable, Equatable, Sendable {
    public var interface: String?
    public var counters: Bool?

    public init(interface: String? = nil, counters: Bool? = nil) {
        self.interface = interface
        self.counters = counters
    }
}

public struct ListReply: Codable, Equatable, Sendable {
    public var interfaces: [InterfaceStatus]

    public init(interfaces: [InterfaceStatus]) {
        self.interfaces = interfaces
    }
}

public struct ClonersReply: Codable, Equatable, Sendable {
    public var kinds: [InterfaceKind]

    public init(kinds: [InterfaceKind]) {
        self.kinds = kinds
    }
}

public struct CheckParameters: Codable, Equatable, Sendable {
    public var interface: String

    public init(interface: String) {
        self.interface = interface
    }
}

/// One thing that matters for whether packets pass.
public struct Finding: Codable, Equatable, Sendable {
    public enum Severity: String, Codable, CaseIterable, Sendable {
        /// It stops all packets in some direction.
        case problem
        case note
    }

    public var severity: Severity
    public var text: String

    public init(_ severity: Severity, _ text: String) {
        self.severity = severity
        self.text = text
    }
}

public struct CheckReply: Codable, Equatable, Sendable {
    public var findings: [Finding]

    public init(findings: [Finding]) {
        self.findings = findings
    }
}

public struct ExplainParameters: Codable, Equatable, Sendable {
    public var interface: String
    public var direction: Direction
    /// Hexadecimal digits.
    public var packet: String
    /// Bytes of the whole packet, if it is longer than what is given.
    public var length: Int?
    /// The interface that it comes by.
    public var arrival: String?

    public init(
        interface: String, direction: Direction, packet: String, length: Int? = nil, arrival: String? = nil
    ) {
        self.interface = interface
        self.direction = direction
        self.packet = packet
        self.length = length
        self.arrival = arrival
    }
}

/// What would become of a packet.
public struct ExplainReply: Codable, Equatable, Sendable {
    public enum Verdict: String, Codable, CaseIterable, Sendable {
        case passes, dropped
        /// The kernel does not give such a packet to the interface.
        case ignored
    }

    public var verdict: Verdict
    public var reason: String?
    public var text: String

    public init(_ verdict: Verdict, reason: String? = nil, _ text: String) {
        self.verdict = verdict
        self.reason = reason
        self.text = text
    }
}

/// One thing that happened to an interface.
public struct MonitorReply: Codable, Equatable, Sendable {
    public enum Event: String, Codable, CaseIterable, Sendable {
        /// It is new, or not as it was.
        case interface
        case removed
        /// What came before was the state at the start.
        case current
    }

    public var event: Event
    public var name: String?
    public var interface: InterfaceStatus?

    public init(_ event: Event, name: String? = nil, interface: InterfaceStatus? = nil) {
        self.event = event
        self.name = name
        self.interface = interface
    }
}

public struct ApplyParameters: Codable, Equatable, Sendable {
    public var changes: [Change]
    public var idempotent: Bool?

    public init(changes: [Change], idempotent: Bool? = nil) {
        self.changes = changes
        self.idempotent = idempotent
    }
}

public struct ApplyReply: Codable, Equatable, Sendable {
    public var results: [ChangeResult]

    public init(results: [ChangeResult]) {
        self.results = results
    }
}
