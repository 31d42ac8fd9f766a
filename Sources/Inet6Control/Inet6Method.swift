// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// The methods of `io.hydrangea.inet6`, with the Swift types of their parameters and replies.
public enum Inet6Method: String, VarlinkMethod {
    case list = "List"
    case apply = "Apply"

    public static let interface = "io.hydrangea.inet6"

    public var isReadOnly: Bool {
        switch self {
        case .list: true
        case .apply: false
        }
    }

    public var isStream: Bool {
        switch self {
        case .list, .apply: false
        }
    }
}

public struct Inet6ListParameters: Codable, Equatable, Sendable {
    public var interface: String?

    public init(interface: String? = nil) {
        self.interface = interface
    }
}

public struct Inet6ListReply: Codable, Equatable, Sendable {
    public var interfaces: [Inet6Status]

    public init(interfaces: [Inet6Status]) {
        self.interfaces = interfaces
    }
}

public struct Inet6ApplyParameters: Codable, Equatable, Sendable {
    public var changes: [Inet6Change]
    public var idempotent: Bool?

    public init(changes: [Inet6Change], idempotent: Bool? = nil) {
        self.changes = changes
        self.idempotent = idempotent
    }
}

/// What one ifconfig(8) command line about inet6 does to one interface. A nil field stays as it is.
public struct Inet6Change: Codable, Equatable, Sendable {
    public var interface: String
    public var ifdisabled: Bool?
    public var accept_rtadv: Bool?
    public var auto_linklocal: Bool?
    public var no_radr: Bool?
    public var no_dad: Bool?
    public var nud: Bool?
    public var inet6: Inet6AddressChange?

    public init(interface: String) {
        self.interface = interface
    }
}

/// Sets or deletes one inet6 address.
public struct Inet6AddressChange: Codable, Equatable, Sendable {
    /// `2001:db8::1`, `fe80::1%eth0`
    public var address: String
    /// 1...128; nil is 64 to add, any to delete.
    public var prefixlen: Int?
    public var delete: Bool?
    public var anycast: Bool?
    public var deprecated: Bool?
    /// The lower 64 bits come from the link-local address.
    public var eui64: Bool?
    /// Seconds; -1 is for ever, and nil leaves it as it is.
    public var pltime: Int?
    public var vltime: Int?

    public init(address: String) {
        self.address = address
    }

    /// `2001:db8::1/64`
    public var text: String { prefixlen.map { "\(address)/\($0)" } ?? address }
}
