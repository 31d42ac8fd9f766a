// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import Internet
import SystemPackage

/// A listening TCP socket over IPv6. Several threads may accept from it. What it accepts sends small pieces at once.
public final class TCPListener: Inheritable, Sendable {
    private let descriptor: Descriptor

    /// Connections that the kernel keeps until they are accepted; net.core.somaxconn may make it fewer.
    private static let backlog: Int32 = 4096

    /// - Parameter name: `[::]:0` is every address and a free port.
    /// - Parameter captured: the address is one of a captured prefix, which comes here without being an interface's. The
    ///   kernel does not ask whether it does.
    /// - Throws: EADDRINUSE, EADDRNOTAVAIL, EACCES.
    public init(_ name: IPv6Endpoint, captured: Bool = false) throws(SystemError) {
        descriptor = Descriptor(number: try must("socket") { clinux_tcp_socket(AF_INET6) })
        let number = descriptor.number
        try must("setsockopt") { clinux_set_option(number, CLINUX_REUSE_ADDRESS, 1) }
        try must("setsockopt") { clinux_set_option(number, CLINUX_IPV6_ONLY, 1) }
        // It is the socket's, of whichever version of IP.
        if captured { try must("setsockopt") { clinux_set_option(number, CLINUX_FREEBIND, 1) } }
        // Those that it accepts have it from here.
        try must("setsockopt") { clinux_set_option(number, CLINUX_NO_DELAY, 1) }
        var local = name.name
        try must("bind") { unsafe clinux_bind6(number, &local) }
        try must("listen") { listen(number, TCPListener.backlog) }
    }

    /// For one connection, or a few: on an address that need not be this host's (IP_FREEBIND), as a captured one is not.
    /// - Parameter name: port 0 is a free port.
    public init(awaiting name: IPv6Endpoint) throws(SystemError) {
        descriptor = Descriptor(number: try must("socket") { clinux_tcp_socket(AF_INET6) })
        let number = descriptor.number
        try must("setsockopt") { clinux_set_option(number, CLINUX_FREEBIND, 1) }
        try must("setsockopt") { clinux_set_option(number, CLINUX_NO_DELAY, 1) }
        var local = name.name
        try must("bind") { unsafe clinux_bind6(number, &local) }
        try must("listen") { listen(number, TCPListener.shortBacklog) }
    }

    /// The same over IPv4, on an address of this host. The names that it tells are mapped: `::ffff:192.0.2.1`.
    public init(awaiting name: IPv4Endpoint) throws(SystemError) {
        descriptor = Descriptor(number: try must("socket") { clinux_tcp_socket(AF_INET) })
        let number = descriptor.number
        // Connections that have just ended keep nobody from listening again (TIME-WAIT).
        if name.port != 0 { try must("setsockopt") { clinux_set_option(number, CLINUX_REUSE_ADDRESS, 1) } }
        try must("setsockopt") { clinux_set_option(number, CLINUX_NO_DELAY, 1) }
        try must("bind") { clinux_bind4(number, name.address.bits, name.port) }
        try must("listen") { listen(number, TCPListener.shortBacklog) }
    }

    /// Room for the one that is waited for, should others come first. Who finds none tries again after a second.
    private static let shortBacklog: Int32 = 128

    /// Clients that wait are still waiting.
    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        try descriptor.requireTCP(isListening: true)
        self.descriptor = descriptor
    }

    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// Lends the number of its descriptor, for what the kernel is to know it by: an entry of a map.
    public func withNumber<Result, Failure: Error>(
        _ body: (_ number: Int32) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(descriptor.number)
    }

    /// What it is bound to, with the port that the kernel chose.
    public func localName() throws(SystemError) -> IPv6Endpoint {
        var name = clinux_endpoint6()
        let number = descriptor.number
        try must("getsockname") { unsafe clinux_local_name(number, &name) }
        return IPv6Endpoint(name)
    }

    /// The next waiting client, and its name in `peer`; nil if none waits.
    /// - Throws: EMFILE and ENFILE, after which the client still waits; the errors of a connection that died while it
    ///   waited (accept(2)), after which another may.
    public func accept(_ peer: inout IPv6Endpoint) throws(SystemError) -> TCPSocket? {
        var name = clinux_endpoint6()
        let number = descriptor.number
        guard let client = try system("accept4", { unsafe clinux_accept_from(number, &name) }) else { return nil }
        peer = IPv6Endpoint(name)
        return TCPSocket(descriptor: Descriptor(number: client))
    }
}
