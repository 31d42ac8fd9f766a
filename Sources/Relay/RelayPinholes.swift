// SPDX-License-Identifier: BSD-2-Clause
public import Internet
public import SystemIO

/// Whatever keeps connections to captured addresses from all listeners but the relay's own, and must let through those to
/// the port of a data connection. It is asked on the threads of the relay, on several at once.
public protocol RelayPinholes: Sendable {
    /// Called when the port listens. If it throws, the port is closed, and the client told so.
    func open(_ name: IPv6Endpoint) throws(SystemError)

    /// Called once for each that was opened; the connection that there may be then goes on.
    func close(_ name: IPv6Endpoint)
}

/// For captures that need none, such as a local route alone.
public struct NoPinholes: RelayPinholes {
    public init() {}

    public func open(_ name: IPv6Endpoint) {}

    public func close(_ name: IPv6Endpoint) {}
}
