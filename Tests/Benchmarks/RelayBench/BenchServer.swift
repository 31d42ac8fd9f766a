// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Glibc

/// The first byte of a request of 128 says what it wants.
enum Request {
    static let size = 128
    static let reply = 1024
    /// A reply, and the end.
    static let once = UInt8(ascii: "R")
    /// A reply to each request.
    static let trips = UInt8(ascii: "T")
    /// Everything is read, and then a reply comes.
    static let upload = UInt8(ascii: "U")
    /// As many megabytes as the next four bytes say.
    static let download = UInt8(ascii: "D")
    /// A reply, and then silence.
    static let idle = UInt8(ascii: "I")
}

/// Serves IPv4 and IPv6.
struct BenchServer: Sendable {
    private let listener: Int32

    init(port: UInt16) throws {
        listener = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        setsockopt(listener, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        let status = withUnsafePointer(to: name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        guard status == 0, listen(listener, 4096) == 0 else { throw BenchSocket.Failure("listen") }
    }

    /// Without end. Each of the threads serves one connection at a time.
    func run() {
        for _ in 0..<32 { Thread.detachNewThread { serve() } }
        say("ready")
        while true { pause() }
    }

    private func serve() {
        while true {
            let number = accept(listener, nil, nil)
            guard number >= 0 else { continue }
            let isKept = (try? answer(BenchSocket(number: number))) ?? false
            if !isKept { close(number) }
        }
    }

    /// True: the connection stays open.
    private func answer(_ client: BenchSocket) throws -> Bool {
        var request = [UInt8](repeating: 0, count: Request.size)
        while recv(client.number, &request, Request.size, Int32(MSG_WAITALL)) == Request.size {
            switch request[0] {
            case Request.once:
                try client.write(Request.reply)
                return false
            case Request.trips: try client.write(Request.reply)
            case Request.upload:
                _ = try client.readToEnd()
                try client.write(Request.reply)
                return false
            case Request.download:
                let megabytes = request[1...4].reduce(0) { $0 << 8 | Int($1) }
                for _ in 0..<megabytes { try client.write(1 << 20) }
                return false
            case Request.idle:
                try client.write(Request.reply)
                return true
            default: return false
            }
        }
        return false
    }
}
