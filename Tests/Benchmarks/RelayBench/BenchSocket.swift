// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemIO

/// A socket whose calls wait.
struct BenchSocket {
    let number: Int32

    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ call: String) {
            description = "\(call): \(String(cString: strerror(errno)))"
        }
    }

    func readAll(_ count: Int) throws {
        var left = count
        try withUnsafeTemporaryAllocation(byteCount: 131_072, alignment: 16) { buffer in
            while left > 0 {
                let read = recv(number, buffer.baseAddress, min(left, buffer.count), 0)
                guard read > 0 else { throw Failure("recv") }
                left -= read
            }
        }
    }

    /// Reads until the peer ends; returns how many bytes that were.
    func readToEnd() throws -> Int {
        var total = 0
        return try withUnsafeTemporaryAllocation(byteCount: 131_072, alignment: 16) { buffer in
            while true {
                let read = recv(number, buffer.baseAddress, buffer.count, 0)
                guard read >= 0 else { throw Failure("recv") }
                if read == 0 { return total }
                total += read
            }
        }
    }

    func write(_ count: Int, first: UInt8 = 0) throws {
        var left = count
        try withUnsafeTemporaryAllocation(byteCount: 131_072, alignment: 16) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0x55)
            buffer[0] = first
            while left > 0 {
                let sent = send(number, buffer.baseAddress, min(left, buffer.count), Int32(MSG_NOSIGNAL))
                guard sent > 0 else { throw Failure("send") }
                left -= sent
            }
        }
    }

    func end() { shutdown(number, Int32(SHUT_WR)) }
    func close() { _ = Glibc.close(number) }
}

/// Whom to connect to.
struct Peer: Sendable {
    private let name: sockaddr_in6

    init(_ address: String, port: Int) {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = UInt16(port).bigEndian
        inet_pton(AF_INET6, address, &name.sin6_addr)
        self.name = name
    }

    func connect() throws -> BenchSocket {
        let number = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        guard number >= 0 else { throw BenchSocket.Failure("socket") }
        var on: Int32 = 1
        setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        let status = withUnsafePointer(to: name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        guard status == 0 else {
            defer { _ = close(number) }
            throw BenchSocket.Failure("connect")
        }
        return BenchSocket(number: number)
    }
}

/// Writes a line at once, also to a pipe.
func say(_ words: String...) {
    write(words.joined(separator: " ") + "\n", to: .output)
}
