// SPDX-License-Identifier: BSD-2-Clause
public import Control
public import SystemIO

/// The methods of `io.hydrangea.puppet`, with the Swift types of their parameters and replies.
public enum PuppetMethod: String, VarlinkMethod {
    case show = "Show"
    case attach = "Attach"

    public static let interface = "io.hydrangea.puppet"

    public var isReadOnly: Bool {
        switch self {
        case .show: true
        case .attach: false
        }
    }

    public var isStream: Bool {
        switch self {
        case .show, .attach: false
        }
    }
}

extension VarlinkInterface {
    /// `io.hydrangea.puppet`
    public static var puppet: VarlinkInterface? {
        VarlinkInterface(resource: PackageResources.io_hydrangea_puppet_varlink)
    }
}

public struct PuppetShowParameters: Codable, Equatable, Sendable {
    public var interface: String?

    public init(interface: String? = nil) {
        self.interface = interface
    }
}

public struct PuppetShowReply: Codable, Equatable, Sendable {
    public var interfaces: [PuppetStatus]

    public init(interfaces: [PuppetStatus]) {
        self.interfaces = interfaces
    }
}

public struct AttachParameters: Codable, Equatable, Sendable {
    public var interface: String

    public init(interface: String) {
        self.interface = interface
    }
}

public struct AttachReply: Codable, Equatable, Sendable {
    /// Connections that there were before.
    public var sessions: UInt64

    public init(sessions: UInt64) {
        self.sessions = sessions
    }
}

extension ControlClient {
    /// Gives a puppet interface a connection to its other end.
    /// - Returns: how many connections there were before.
    public func attach(_ connection: borrowing Descriptor, to interface: String) throws(ControlError) -> UInt64 {
        let parameters = AttachParameters(interface: interface)
        let reply: AttachReply = try call(PuppetMethod.attach.name, parameters, with: connection)
        return reply.sessions
    }

    /// What one vamp or puppet interface carries, or all of them.
    public func puppet(_ interface: String?) throws(ControlError) -> PuppetShowReply {
        try call(PuppetMethod.show.name, PuppetShowParameters(interface: interface))
    }
}
