// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// The methods of `io.hydrangea.puppet`, with the Swift types of their parameters and replies.
public enum PuppetMethod: String, VarlinkMethod {
    case show = "Show"

    public static let interface = "io.hydrangea.puppet"

    public var isReadOnly: Bool {
        switch self {
        case .show: true
        }
    }

    public var isStream: Bool {
        switch self {
        case .show: false
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

extension ControlClient {
    /// What one vamp or puppet interface carries, or all of them.
    public func puppet(_ interface: String?) throws(ControlError) -> PuppetShowReply {
        try call(PuppetMethod.show.name, PuppetShowParameters(interface: interface))
    }
}
