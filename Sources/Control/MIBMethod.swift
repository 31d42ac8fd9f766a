// SPDX-License-Identifier: BSD-2-Clause

/// The methods of `io.hydrangea.mib`, with the Swift types of their parameters and replies.
public enum MIBMethod: String, CaseIterable, Sendable {
    case read = "Read"
    case write = "Write"

    public static let interface = "io.hydrangea.mib"

    public var name: String { "\(MIBMethod.interface).\(rawValue)" }

    /// Whether anyone who can connect may call it.
    public var isReadOnly: Bool {
        switch self {
        case .read: true
        case .write: false
        }
    }
}

/// The types that sysctl(8) names.
public enum VariableType: String, Codable, CaseIterable, Sendable {
    case integer, boolean
}

/// A variable, and all there is to say about it.
public struct VariableStatus: Codable, Equatable, Sendable {
    public var name: String
    public var type: VariableType
    public var value: String
    public var `default`: String
    public var minimum: Int
    public var maximum: Int
    public var unit: String?
    public var description: String

    public init(
        name: String, type: VariableType, value: String, default: String, minimum: Int, maximum: Int, unit: String?,
        description: String
    ) {
        self.name = name
        self.type = type
        self.value = value
        self.default = `default`
        self.minimum = minimum
        self.maximum = maximum
        self.unit = unit
        self.description = description
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

    public init(variables: [VariableStatus]) {
        self.variables = variables
    }
}

public struct WriteParameters: Codable, Equatable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

public struct WriteReply: Codable, Equatable, Sendable {
    public var old: String
    public var new: String

    public init(old: String, new: String) {
        self.old = old
        self.new = new
    }
}
