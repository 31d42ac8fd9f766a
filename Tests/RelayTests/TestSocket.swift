// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Synchronization

/// A TCP socket whose calls wait, ten seconds at most.
final class TestSocket: Sendable {
    let number: Int32
    private let isClosed = Atomic(false)

    struct Failure: Error, Equatable {
        let errno: Int32
    }

    init(number: Int32) {
        self.number = number
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    }

    /// Connects to `::1`.
    convenience init(to port: UInt16, receiveBuffer: Int32? = nil) throws {
        let number = socket(AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Failure(errno: errno) }
        self.init(number: number)
        if var size = receiveBuffer { setsockopt(number, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &name.sin6_addr) { $0[15] = 1 }
        let status = withUnsafePointer(to: name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        guard status == 0 else { throw Failure(errno: errno) }
    }

    deinit { close() }

    func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { _ = Glibc.close(number) }
    }

    /// Closes with RST.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(number, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func end() { shutdown(number, Int32(SHUT_WR)) }

    func send(_ text: String, flags: Int32 = 0) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(number, bytes, bytes.count, flags | Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(errno: errno)
        }
    }

    /// What comes, at most `limit` bytes of it; empty at the end.
    func receive(_ limit: Int = 65_536, flags: Int32 = 0) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = recv(number, &bytes, limit, flags)
        guard count >= 0 else { throw Failure(errno: errno) }
        return Array(bytes[..<count])
    }

    func text(_ count: Int) throws -> String {
        String(decoding: try receive(count, flags: Int32(MSG_WAITALL)), as: UTF8.self)
    }

    var isAtMark: Bool { sockatmark(number) == 1 }

    /// TCP segments that have come: tcpi_segs_in of struct tcp_info (linux/tcp.h), which glibc's does not have.
    var segmentsReceived: UInt32 {
        var info = [UInt8](repeating: 0, count: 144)
        var size = socklen_t(info.count)
        getsockopt(number, Int32(IPPROTO_TCP), TCP_INFO, &info, &size)
        return info.withUnsafeBytes { $0.load(fromByteOffset: 140, as: UInt32.self) }
    }

    /// Its own port.
    var port: UInt16 {
        var name = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &size) }
        }
        // The port is in the same place in both families.
        return UInt16(bigEndian: name.sin6_port)
    }
}

/// A listening socket at 127.0.0.1.
final class TestServer: Sendable {
    private let number: Int32
    let port: UInt16

    init(backlog: Int32 = 4096) throws {
        number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let number = number
        let status = withUnsafePointer(to: name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0, listen(number, backlog) == 0 else { throw TestSocket.Failure(errno: errno) }
        port = TestSocket(number: fcntl(number, F_DUPFD_CLOEXEC, 0)).port
    }

    deinit { _ = close(number) }

    func accept() throws -> TestSocket {
        let client = Glibc.accept(number, nil, nil)
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard client >= 0 else { throw TestSocket.Failure(errno: errno) }
        return TestSocket(number: client)
    }
}

/// Bytes in which a piece that is lost, doubled or moved shows: they repeat after a number of bytes that no buffer has.
enum Pattern {
    private static let period = 1_000_003
    private static let bytes: [UInt8] = {
        var state: UInt64 = 88_172_645_463_325_252
        let once = (0..<period).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
        return once + once + once
    }()

    /// Sends the first `count` bytes.
    static func send(_ count: Int, to socket: TestSocket) throws {
        var sent = 0
        try bytes.withUnsafeBytes { bytes in
            while sent < count {
                let piece = bytes[(sent % period)...].prefix(min(count - sent, 1 << 20))
                let taken = Glibc.send(
                    socket.number, UnsafeRawBufferPointer(rebasing: piece).baseAddress, piece.count, Int32(MSG_NOSIGNAL)
                )
                guard taken > 0 else { throw TestSocket.Failure(errno: errno) }
                sent += taken
            }
        }
    }

    /// Sends as many zero bytes.
    static func zeros(_ count: Int, to socket: TestSocket) throws {
        let zeros = String(repeating: "\0", count: 1 << 16)
        for _ in 0..<count >> 16 { try socket.send(zeros) }
    }

    /// Receives until the end; how many bytes came, or nil if there was a wrong one among them.
    static func receive(from socket: TestSocket, limit: Int = .max) throws -> Int? {
        var received = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while received < limit {
            let count = recv(socket.number, &buffer, min(buffer.count, limit - received), 0)
            guard count >= 0 else { throw TestSocket.Failure(errno: errno) }
            if count == 0 { return received }
            let isRight = bytes.withUnsafeBytes {
                guard let start = $0.baseAddress else { return false }
                return memcmp(start + received % period, buffer, count) == 0
            }
            guard isRight else { return nil }
            received += count
        }
        return received
    }
}
