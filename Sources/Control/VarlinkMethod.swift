// SPDX-License-Identifier: BSD-2-Clause

/// The methods of one Varlink interface of ours, by their names below it.
public protocol VarlinkMethod: RawRepresentable, CaseIterable, Sendable where RawValue == String {
    /// `io.hydrangea.ifnet`
    static var interface: String { get }
    /// Whether anyone who can connect may call it. This is the whole authorization policy.
    var isReadOnly: Bool { get }
    /// Whether it goes on replying, to those who call it with `more`.
    var isStream: Bool { get }
}

extension VarlinkMethod {
    /// The name on the wire: `io.hydrangea.ifnet.List`.
    public var name: String { "\(Self.interface).\(rawValue)" }
}

/// The methods of `org.varlink.service`, which every Varlink service has.
public enum ServiceMethod: String, VarlinkMethod {
    case getInfo = "GetInfo"
    case getInterfaceDescription = "GetInterfaceDescription"

    public static let interface = "org.varlink.service"

    public var isReadOnly: Bool {
        switch self {
        case .getInfo, .getInterfaceDescription: true
        }
    }

    public var isStream: Bool {
        switch self {
        case .getInfo, .getInterfaceDescription: false
        }
    }
}
