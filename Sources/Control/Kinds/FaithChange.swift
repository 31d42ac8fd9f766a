// SPDX-License-Identifier: BSD-2-Clause

/// What a command line does to a faith interface beyond what it does to any. A nil field stays as it is; what is taken
/// away goes before what is added.
public struct FaithChange: Codable, Equatable, Sendable {
    /// Prefixes to route to the interface, and no longer: `2001:db8:64::/96`.
    public var prefixes: [String]?
    public var noprefixes: [String]?
    /// The IPv4 address is in the last 32 bits whatever the length of the prefix, as faithd(8) has it.
    public var last32: Bool?
    public var relays: [RelayChange]?
    /// Services to relay no longer, as they were named: `22`, `1-1023`, `all`.
    public var norelays: [String]?
    /// Lines of faithd.conf(5): these instead of all that there are, those no longer, and those behind the rest.
    public var access: [String]?
    public var norules: [String]?
    public var rules: [String]?
    /// Seconds; 0 is never, or whatever the kernel does.
    public var idle: Int?
    public var connecttime: Int?
    public var keepalive: Int?
    public var usertime: Int?
    /// Sessions at once, and new ones a second, 0 for any number; of all clients, and of each client prefix.
    public var maxsessions: Int?
    public var maxrate: Int?
    public var clientsessions: Int?
    public var clientrate: Int?
    /// Bits of a client's address that tell it from others, 1...128.
    public var clientlen: Int?
    /// Announces and accepts nothing new.
    public var drain: Bool?

    public init() {}
}

/// How the connections to some ports are relayed.
public struct RelayChange: Codable, Equatable, Sendable {
    /// A port, a range of them, all, or a name of services(5): `22`, `1-1023`, `all`, `telnet`.
    public var service: String
    /// `ftp`, `rsh`, `plain`; nil is what the port is known for.
    public var application: String?
    /// Whether the server is told who the client is, by the PROXY protocol.
    public var proxy: Bool?
    /// Whether the connection to the server comes from a port below 1024.
    public var reserved: Bool?
    /// The program, and its arguments, for connections to this host's own addresses.
    public var program: [String]?

    public init(service: String) {
        self.service = service
    }
}
