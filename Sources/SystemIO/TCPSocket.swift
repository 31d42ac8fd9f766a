// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import Internet
public import SystemPackage

/// One end of a TCP connection, which never waits. Closing it is the end of its life: tcp(7).
public struct TCPSocket: ~Copyable, Inheritable, Sendable {
    let descriptor: Descriptor

    init(descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Begins to connect; `EdgePoller` reports output, or an error, when that is done.
    /// - Parameter source: the address to connect from; the kernel's choice if nil.
    /// - Throws: ENETUNREACH and other errors that are known at once; EADDRNOTAVAIL if `source` is not this host's, or
    ///   every port of it is in use towards `server`.
    public init(connectingTo server: IPv4Endpoint, from source: IPv4Address?) throws(SystemError) {
        let number = try must("socket") { clinux_tcp_socket(AF_INET) }
        let descriptor = Descriptor(number: number)
        if let source {
            try must("setsockopt") { clinux_set_option(number, CLINUX_BIND_WITHOUT_PORT, 1) }
            try must("bind") { clinux_bind4(number, source.bits, 0) }
        }
        try must("connect") { clinux_connect4(number, server.address.bits, server.port) }
        self.init(descriptor: descriptor)
    }

    /// The same from a port, which others may use towards other servers at the same time.
    /// - Throws: EADDRINUSE if somebody has the port to himself; EADDRNOTAVAIL from connect(2) if it is in use towards
    ///   `server`; EACCES if it is reserved and this process may not have such.
    public init(connectingTo server: IPv4Endpoint, from source: IPv4Address?, port: UInt16) throws(SystemError) {
        let number = try must("socket") { clinux_tcp_socket(AF_INET) }
        let descriptor = Descriptor(number: number)
        try must("setsockopt") { clinux_set_option(number, CLINUX_REUSE_ADDRESS, 1) }
        try must("bind") { clinux_bind4(number, source?.bits ?? 0, port) }
        try must("connect") { clinux_connect4(number, server.address.bits, server.port) }
        self.init(descriptor: descriptor)
    }

    /// Begins to connect over IPv6, from an address that need not be this host's (IP_FREEBIND), as a captured one is not.
    /// - Parameter source: port 0 is a free port.
    public init(connectingTo peer: IPv6Endpoint, from source: IPv6Endpoint) throws(SystemError) {
        let number = try must("socket") { clinux_tcp_socket(AF_INET6) }
        let descriptor = Descriptor(number: number)
        try must("setsockopt") { clinux_set_option(number, CLINUX_FREEBIND, 1) }
        let option = source.port == 0 ? CLINUX_BIND_WITHOUT_PORT : CLINUX_REUSE_ADDRESS
        try must("setsockopt") { clinux_set_option(number, option, 1) }
        var (local, remote) = (source.name, peer.name)
        try must("bind") { unsafe clinux_bind6(number, &local) }
        try must("connect") { unsafe clinux_connect6(number, &remote) }
        self.init(descriptor: descriptor)
    }

    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        try descriptor.requireTCP(isListening: false)
        self.descriptor = descriptor
    }

    /// Neither peer notices. If it throws, the connection is closed.
    public consuming func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor, as: name)
    }

    /// As what any stream is.
    consuming func intoDescriptor() -> Descriptor { descriptor }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// Why connecting failed; nil if it did not.
    public var failure: Errno? {
        var error: Int32 = 0
        guard unsafe clinux_socket_error(descriptor.number, &error) == 0, error != 0 else { return nil }
        return Errno(rawValue: error)
    }

    /// The address that the peer connected to: with capture, the one it asked for. Over IPv4 it is a mapped one. The call
    /// is `getsockname(2)`.
    public func localName() throws(SystemError) -> IPv6Endpoint {
        var name = clinux_endpoint6()
        let number = descriptor.number
        try must("getsockname") { unsafe clinux_local_name(number, &name) }
        return IPv6Endpoint(name)
    }

    /// Sends small pieces at once; they do not wait for the acknowledgement of others: TCP_NODELAY.
    public func sendAtOnce() throws(SystemError) {
        let number = descriptor.number
        try must("setsockopt") { clinux_set_option(number, CLINUX_NO_DELAY, 1) }
    }

    /// Watches over the peer as `care` says.
    public func set(_ care: TCPCare) throws(SystemError) {
        let number = descriptor.number
        try must("setsockopt") { clinux_set_option(number, CLINUX_KEEPALIVE, care.keepalive) }
        try must("setsockopt") { clinux_set_option(number, CLINUX_USER_TIMEOUT, care.userTimeout) }
    }

    // MARK: data

    /// Fills the beginning of a chunk, with `limit` bytes at most. Nil: nothing now. 0: the peer sends no more.
    public func receive(
        into pool: borrowing ChunkPool, _ chunk: Int, limit: Int = ChunkPool.chunkSize
    ) throws(SystemError) -> Int? {
        let buffer = unsafe pool.bytes(chunk)
        let number = descriptor.number
        let count = min(limit, buffer.count)
        return try system("recv") { unsafe recv(number, buffer.baseAddress, count, 0) }
    }

    /// The same, but the bytes stay to be received; take away with `discard` those that need not.
    public func peek(into pool: borrowing ChunkPool, _ chunk: Int) throws(SystemError) -> Int? {
        let buffer = unsafe pool.bytes(chunk)
        let number = descriptor.number
        return try system("recv") { unsafe recv(number, buffer.baseAddress, buffer.count, Int32(MSG_PEEK)) }
    }

    /// Takes away bytes that `peek` has shown.
    public func discard(_ count: Int) throws(SystemError) {
        let number = descriptor.number
        try must("recv") { recv(number, nil, count, Int32(MSG_TRUNC)) }
    }

    /// Sends a part of a chunk, and returns how many bytes the kernel took. Nil: none now.
    /// - Parameter moreFollows: other bytes, or `shutdownOutput`, follow at once, and may go in the same packet: MSG_MORE.
    public func send(
        _ range: Range<Int>, of chunk: Int, in pool: borrowing ChunkPool, moreFollows: Bool = false
    ) throws(SystemError) -> Int? {
        let buffer = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(pool.bytes(chunk))[range])
        let number = descriptor.number
        let flags = Int32(MSG_NOSIGNAL) | (moreFollows ? Int32(MSG_MORE) : 0)
        return try system("send") { unsafe Glibc.send(number, buffer.baseAddress, buffer.count, flags) }
    }

    /// Sends `bytes`, and returns how many of them the kernel took. Nil: none now.
    public func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int? {
        let number = descriptor.number
        return try system("send") {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
    }

    /// Has urgent data stay in the stream, as any other byte: SO_OOBINLINE. Set before it comes.
    public func keepUrgentInline() throws(SystemError) {
        let number = descriptor.number
        try must("setsockopt") { clinux_set_option(number, CLINUX_URGENT_INLINE, 1) }
    }

    /// Sends FIN after what has been sent. A peer that is gone already needs none.
    public func shutdownOutput() {
        _ = shutdown(descriptor.number, Int32(SHUT_WR))
    }

    /// Closes with RST: the peer's next call fails with ECONNRESET.
    public consuming func reset() {
        _ = clinux_set_option(descriptor.number, CLINUX_RESET_ON_CLOSE, 1)
    }

    // MARK: urgent data (RFC 6093)

    /// Whether the byte to be received next is the urgent one. The call is `sockatmark(3)`.
    public func isAtMark() throws(SystemError) -> Bool {
        let number = descriptor.number
        return try must("sockatmark") { sockatmark(number) } == 1
    }

    /// The urgent byte. Nil: not here yet, or received before.
    public func receiveUrgent() throws(SystemError) -> UInt8? {
        var byte: UInt8 = 0
        let number = descriptor.number
        do throws(SystemError) {
            let count = try system("recv") { unsafe recv(number, &byte, 1, Int32(MSG_OOB)) }
            return count == 1 ? byte : nil
        } catch let error where error.errno == .invalidArgument {
            return nil
        }
    }

    /// Sends one byte as urgent data. False: not now.
    public func sendUrgent(_ byte: UInt8) throws(SystemError) -> Bool {
        var byte = byte
        let number = descriptor.number
        let flags = Int32(MSG_OOB | MSG_NOSIGNAL)
        return try system("send") { unsafe Glibc.send(number, &byte, 1, flags) } == 1
    }
}

/// How a peer is found to be gone that says nothing of it: tcp(7).
public struct TCPCare: Equatable, Sendable {
    /// Seconds of silence until the peer is probed; 0 never: SO_KEEPALIVE, TCP_KEEPIDLE.
    public var keepalive: Int32
    /// Milliseconds that data may stay unacknowledged; 0 for what the kernel does by itself: TCP_USER_TIMEOUT.
    public var userTimeout: Int32

    public init(keepalive: Int32 = 0, userTimeout: Int32 = 0) {
        self.keepalive = keepalive
        self.userTimeout = userTimeout
    }
}

extension IPv6Endpoint {
    init(_ name: clinux_endpoint6) {
        let address = unsafe withUnsafeBytes(of: name.address) { unsafe $0.bytes.ipv6Address(at: 0) }
        self.init(address, port: name.port)
    }

    var name: clinux_endpoint6 {
        var name = clinux_endpoint6()
        name.port = port
        unsafe withUnsafeMutableBytes(of: &name.address) {
            var bytes = unsafe $0.mutableBytes
            bytes.put(address, at: 0)
        }
        return name
    }
}
