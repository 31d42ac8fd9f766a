// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// The sockets for data connections, which are the business of whoever runs an ``FTPRelay``.
///
/// There is one at a time: what is asked for takes the place of what was there, unless that has its connection. Each waits
/// for one connection from one peer, and is then relayed to the other.
public protocol FTPDataPorts {
    /// Active mode. Waits for the server on the IPv4 address that the control connection to it comes from, to relay what
    /// comes to `client`, which is the client's own address. Nil if there is no socket.
    mutating func listenForServer(relayingTo client: IPv6Endpoint) -> IPv4Endpoint?

    /// Passive mode. Waits for the client on the IPv6 address that it has its control connection with, to relay what comes
    /// to `server`, which is the server's own address. Returns the port; nil if there is no socket.
    mutating func listenForClient(relayingTo server: IPv4Endpoint) -> UInt16?

    /// The server refused to connect to `listener`: nobody will come.
    mutating func close(_ listener: IPv4Endpoint)
}
