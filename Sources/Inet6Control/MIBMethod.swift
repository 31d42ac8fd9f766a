// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// The methods of `io.hydrangea.mib`, with the Swift types of their parameters and replies.
public enum MIBMethod: String, VarlinkMethod {
    case read = "Read"
    case write = "Write"
    case monitor = "Monitor"

    public static let interface = "io.hydrangea.mib"

    public var isReadOnly: Bool {
        switch self {
        case .read, .monitor: true
        case .write: false
        }
    }

    public var isStream: Bool {
        switch self {
        case .monitor: true
        case .read, .write: false
        }
    }
}

public struct ReadParameters: Codable, Equatable, Sendable {
    public var name: String?

    public init(name: String? = nil) {
        self.name = name
    }
}

public struct ReadReply: Codable, Equatable, Sendable {
    public var variables: [VariableStatus]
    /// What was asked for, if it is no variable.
    public var node: NodeStatus?

    public init(variables: [VariableStatus], node: NodeStatus? = nil) {
        self.variables = variables
        self.node = node
    }
}

/// `net.link.stf.ttl=64`
public struct Assignment: Codable, Equatable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// `net.link.stf.ttl: 40 -> 64`
public struct VariableChange: Codable, Equatable, Sendable {
    public var name: String
    public var old: String
    public var new: String

    public init(_ name: String, from old: String, to new: String) {
        self.name = name
        self.old = old
        self.new = new
    }
}

public struct WriteParameters: Codable, Equatable, Sendable {
    /// More at once may be a larger message than is taken.
    public static let assignmentLimit = 3000

    public var assignments: [Assignment]
    public var check: Bool?

    public init(assignments: [Assignment], check: Bool? = nil) {
        self.assignments = assignments
        self.check = check
    }
}

public struct WriteReply: Codable, Equatable, Sendable {
    public var changes: [VariableChange]

    public init(changes: [VariableChange]) {
        self.changes = changes
    }
}

/// One thing that happened to a variable.
public struct VariableEvent: Codable, Equatable, Sendable {
    public enum Event: String, Codable, CaseIterable, Sendable {
        /// From here on nothing is missed.
        case current
        case changed
    }

    public var event: Event
    public var change: VariableChange?

    public init(_ event: Event, _ change: VariableChange? = nil) {
        self.event = event
        self.change = change
    }
}
