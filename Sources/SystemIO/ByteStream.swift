// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import Internet
public import SystemPackage

/// A way for bytes in both directions that never waits: a TCP connection, another socket, or two pipes.
public struct ByteStream: ~Copyable, Sendable {
    private let input: Descriptor
    /// Nil: the input is a socket, and takes bytes too.
    private let output: Descriptor?
    private let kind: Kind
    public let outputPollable: PollDescriptor

    private enum Kind {
        case tcp
        case socket
        case pipes
    }

    public init(_ socket: consuming TCPSocket) {
        input = socket.intoDescriptor()
        output = nil
        kind = .tcp
        outputPollable = input.pollable
    }

    /// Of what another process has at its other ends. They are set never to wait.
    public init(reading input: consuming Descriptor, writing output: consuming Descriptor) throws(SystemError) {
        let (one, other) = (input.number, output.number)
        kind = .pipes
        outputPollable = output.pollable
        self.input = consume input
        self.output = consume output
        try must("fcntl") { clinux_never_wait(one) }
        try must("fcntl") { clinux_never_wait(other) }
    }

    /// Of a connection inside this host that another process has made and has the other end of.
    /// - Throws: EPROTOTYPE if it is another kind of socket, ENOTSOCK if it is none.
    public init(local descriptor: consuming Descriptor) throws(SystemError) {
        let number = descriptor.number
        kind = .socket
        outputPollable = descriptor.pollable
        input = consume descriptor
        output = nil
        try input.require(SocketKind(AF_UNIX, SOCK_STREAM, 0))
        try must("fcntl") { clinux_never_wait(number) }
    }

    /// Readable, or at its end.
    public var inputPollable: PollDescriptor { input.pollable }

    /// Both ends of a TCP connection; nil for anything else.
    public var endpoints: (local: IPv6Endpoint, peer: IPv6Endpoint)? {
        var (local, peer) = (clinux_endpoint6(), clinux_endpoint6())
        let number = input.number
        guard kind == .tcp, unsafe clinux_local_name(number, &local) == 0, unsafe clinux_peer_name(number, &peer) == 0
        else { return nil }
        return (IPv6Endpoint(local), IPv6Endpoint(peer))
    }

    /// Why connecting failed; nil if it did not.
    public var failure: Errno? {
        var error: Int32 = 0
        guard kind != .pipes, unsafe clinux_socket_error(input.number, &error) == 0, error != 0 else { return nil }
        return Errno(rawValue: error)
    }

    /// Sends at once, keeps not more than `unsent` bytes that are not sent yet, and gives a peer up that acknowledges
    /// nothing for `milliseconds`. Of what is no TCP nothing is asked.
    public func tune(unsent: Int32, givingUpAfter milliseconds: Int32) throws(SystemError) {
        guard kind == .tcp else { return }
        let number = input.number
        try must("setsockopt") { clinux_set_option(number, CLINUX_NO_DELAY, 1) }
        try must("setsockopt") { clinux_set_option(number, CLINUX_USER_TIMEOUT, milliseconds) }
        try must("setsockopt") { clinux_stream_limit(number, unsent) }
    }

    /// Puts what has come behind the others. Nil: nothing now. 0: the peer sends no more.
    public func receive(into queue: inout ByteQueue, atLeast room: Int) throws(SystemError) -> Int? {
        let tail = unsafe queue.tail(atLeast: room)
        let number = input.number
        let count = try system("read") { unsafe read(number, tail.baseAddress, tail.count) }
        if let count { queue.extend(by: count) }
        return count
    }

    /// Sends from the front, and takes away what the kernel took. Nil: nothing now.
    public func send(_ queue: inout ByteQueue, atMost limit: Int) throws(SystemError) -> Int? {
        let bytes = unsafe queue.bytes
        let count = min(bytes.count, limit)
        let sent: Int?
        let number = outputPollable.number
        if kind == .pipes {
            sent = try system("write") { unsafe write(number, bytes.baseAddress, count) }
        } else {
            sent = try system("send") { unsafe Glibc.send(number, bytes.baseAddress, count, Int32(MSG_NOSIGNAL)) }
        }
        if let sent { queue.remove(sent) }
        return sent
    }
}
