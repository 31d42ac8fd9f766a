// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// The methods of `io.hydrangea.boot`, with the Swift types of their replies.
public enum BootMethod: String, VarlinkMethod {
    case reload = "Reload"

    public static let interface = "io.hydrangea.boot"

    public var isReadOnly: Bool {
        switch self {
        case .reload: false
        }
    }

    public var isStream: Bool {
        switch self {
        case .reload: false
        }
    }
}

/// What became of the boot configuration that was read again.
public struct ReloadReply: Codable, Equatable, Sendable {
    /// `net.link.stf.ttl: 64 -> 70`
    public var changes: [String]
    /// Why nothing was changed.
    public var faults: [String]
    /// What was passed over.
    public var warnings: [String]

    public init(changes: [String] = [], faults: [String] = [], warnings: [String] = []) {
        self.changes = changes
        self.faults = faults
        self.warnings = warnings
    }
}

extension ControlClient {
    /// Returns when it is done.
    public func reload() throws(ControlError) -> ReloadReply {
        try call(BootMethod.reload.name, ListParameters?.none)
    }
}
