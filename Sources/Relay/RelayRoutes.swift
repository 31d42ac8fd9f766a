// SPDX-License-Identifier: BSD-2-Clause
public import Internet
public import SystemIO

/// What the kernel would do with a connection. It is asked on the threads that connect; each has its own.
public protocol RelayRoutes {
    /// Why nobody is to be connected with `server`, right before that is done: SYN is not to reach what this host itself
    /// serves. What connect(2) fails with it will say itself.
    func refusal(of server: IPv4Endpoint, from source: IPv4Address?) -> RelayRefusal?

    /// The same when the connection has been made, from `source`, and before anything is said on it: while the server kept
    /// us waiting, the way may have become another.
    func refusal(of server: IPv4Endpoint, connectedFrom source: IPv4Endpoint) -> RelayRefusal?
}

/// Makes them.
public typealias RelayRoutesMaker = @Sendable () throws(SystemError) -> any RelayRoutes

/// Every way is as good.
public struct AnyRoutes: RelayRoutes {
    public init() {}
    public func refusal(of server: IPv4Endpoint, from source: IPv4Address?) -> RelayRefusal? { nil }
    public func refusal(of server: IPv4Endpoint, connectedFrom source: IPv4Endpoint) -> RelayRefusal? { nil }
}
