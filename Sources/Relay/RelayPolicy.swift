// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What a client asked for.
public struct RelayRequest: Codable, Equatable, Sendable {
    public var client: IPv6Endpoint
    /// The IPv6 destination that the client connected to, as getsockname(2) tells.
    public var destination: IPv6Endpoint

    public init(client: IPv6Endpoint, destination: IPv6Endpoint) {
        self.client = client
        self.destination = destination
    }
}

/// What to do for it.
public enum RelayDecision: Equatable, Sendable {
    case connect(RelayServer)
    /// The program has the client for its standard input, output and error: faithd(8)'s `serverpath`, for clients that ask
    /// for an address of the router itself.
    case run(RelayProgram)
    case refuse(RelayRefusal)
}

/// What is said over a connection, as far as a relay has to know. faithd(8) tells by the port: 21 is FTP, 514 is rsh.
public enum RelayApplication: String, CaseIterable, Codable, Sendable {
    /// Nothing that it has to know.
    case plain
    /// The control connection of FTP (RFC 959), which announces data connections.
    case ftp
    /// rsh(1), which begins with the port of a second connection (rcmd(3)).
    case rsh
}

/// Where to connect to, and how.
public struct RelayServer: Codable, Equatable, Sendable {
    public var server: IPv4Endpoint
    /// The address to connect from; the kernel's choice if nil. faithd.conf's fourth field.
    public var source: IPv4Address?
    /// Whether the server is first told who the client is and what it asked for: PROXY protocol, version 2.
    public var sendsProxyHeader: Bool
    public var application: RelayApplication
    /// Whether to connect from a port that only privileged programs can have, 600...1023: faithd(8)'s `-p`. rsh does
    /// always, as no server would answer otherwise.
    public var usesReservedPort: Bool

    public init(
        _ server: IPv4Endpoint, from source: IPv4Address? = nil, sendsProxyHeader: Bool = false,
        application: RelayApplication = .plain, usesReservedPort: Bool = false
    ) {
        self.server = server
        self.source = source
        self.sendsProxyHeader = sendsProxyHeader
        self.application = application
        self.usesReservedPort = usesReservedPort || application == .rsh
    }
}

/// A program that serves one client.
public struct RelayProgram: Hashable, Sendable {
    /// Absolute.
    public var path: String
    /// Those after its own name.
    public var arguments: [String]

    public init(_ path: String, _ arguments: [String] = []) {
        self.path = path
        self.arguments = arguments
    }
}

/// Decides for each client. It is asked on the threads that accept, on several at once, and must not wait.
public protocol RelayPolicy: Sendable {
    func decide(_ request: RelayRequest) -> RelayDecision
}
