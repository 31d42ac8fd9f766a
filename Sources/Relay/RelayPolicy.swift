// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What a client asked for.
public struct RelayRequest: Equatable, Sendable {
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
    case refuse(RelayRefusal)
}

/// Where to connect to, and how.
public struct RelayServer: Equatable, Sendable {
    public var server: IPv4Endpoint
    /// The address to connect from; the kernel's choice if nil. faithd.conf's fourth field.
    public var source: IPv4Address?
    /// Whether the server is first told who the client is and what it asked for: PROXY protocol, version 2.
    public var sendsProxyHeader: Bool

    public init(_ server: IPv4Endpoint, from source: IPv4Address? = nil, sendsProxyHeader: Bool = false) {
        self.server = server
        self.source = source
        self.sendsProxyHeader = sendsProxyHeader
    }
}

/// Decides for each client. It is asked on the threads that accept, on several at once, and must not wait.
public protocol RelayPolicy: Sendable {
    func decide(_ request: RelayRequest) -> RelayDecision
}
