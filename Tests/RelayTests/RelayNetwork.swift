// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Foundation
import Internet
import Relay
import Synchronization
import SystemIO
import SystemPackage
import TestSupport
import Testing

/// Sends every client to the server that its destination stands for, at the same port.
struct LastBits: RelayPolicy {
    var source: IPv4Address?
    var application = RelayApplication.plain
    var usesReservedPort = false
    var sendsProxyHeader = false

    func decide(_ request: RelayRequest) -> RelayDecision {
        let address = IPv4Address(bits: UInt32(truncatingIfNeeded: request.destination.address.low))
        return .connect(
            RelayServer(
                IPv4Endpoint(address, port: request.destination.port), from: source,
                sendsProxyHeader: sendsProxyHeader, application: application, usesReservedPort: usesReservedPort))
    }
}

/// Writes down what was let through.
final class WrittenPinholes: RelayPinholes {
    private let log = Mutex<(opened: [IPv6Endpoint], closed: [IPv6Endpoint])>(([], []))

    var opened: [IPv6Endpoint] { log.withLock { $0.opened } }
    var closed: [IPv6Endpoint] { log.withLock { $0.closed } }

    func open(_ name: IPv6Endpoint) { log.withLock { $0.opened.append(name) } }
    func close(_ name: IPv6Endpoint) { log.withLock { $0.closed.append(name) } }
}

/// Lets nothing through.
struct NoWayThrough: RelayPinholes {
    func open(_ name: IPv6Endpoint) throws(SystemError) { throw SystemError("bpf", .noSpace) }
    func close(_ name: IPv6Endpoint) { Issue.record("closed what was not opened") }
}

/// A network namespace with everybody in it: the clients 2001:db8::1 and 2001:db8::2, the servers 192.0.2.1 and
/// 192.0.2.2, and a relay for 2001:db8:64::/96 that comes from 198.51.100.1.
///
/// It is one host, so that what it sends to any of these addresses arrives; to which of them, and from where, is what the
/// tests look at.
final class RelayNetwork {
    private(set) var relay: Relay
    let port: UInt16
    let server: TestListener
    let pinholes = WrittenPinholes()
    private let policy: LastBits

    static let client = "2001:db8::1"
    static let other = "2001:db8::2"
    static let asked = "2001:db8:64::c000:201"
    static let source = "198.51.100.1"

    static func with(
        port: UInt16 = 21, policy: LastBits = LastBits(application: .ftp), settings: RelaySettings = RelaySettings(),
        pinholes: (any RelayPinholes)? = nil, routes: @escaping RelayRoutesMaker = { AnyRoutes() },
        _ body: (RelayNetwork) throws -> Void
    ) throws {
        let setup = [
            "link set lo up", "addr add 2001:db8::1/128 dev lo nodad", "addr add 2001:db8::2/128 dev lo nodad",
            "addr add 192.0.2.1/32 dev lo", "addr add 192.0.2.2/32 dev lo", "addr add 198.51.100.1/32 dev lo",
            "-6 route add local 2001:db8:64::/96 dev lo",
        ]
        try inOwnNetwork(setup) {
            let network = try RelayNetwork(port, policy, settings, pinholes, routes)
            defer { network.relay.stop() }
            try body(network)
        }
    }

    private init(
        _ port: UInt16, _ policy: LastBits, _ settings: RelaySettings, _ pinholes: (any RelayPinholes)?,
        _ routes: @escaping RelayRoutesMaker
    ) throws {
        self.port = port
        server = try TestListener("192.0.2.1", port)
        let listener = try TCPListener(IPv6Endpoint(.unspecified, port: port))
        var policy = policy
        policy.source = IPv4Address(bits: 0xC633_6401)
        self.policy = policy
        if let pinholes {
            relay = try Relay(
                on: [listener], policy: policy, settings: settings, pinholes: AnyPinholes(all: pinholes),
                routes: routes, threads: 2)
        } else {
            relay = try Relay(
                on: [listener], policy: policy, settings: settings, pinholes: self.pinholes, routes: routes,
                threads: 2)
        }
    }

    private struct AnyPinholes: RelayPinholes {
        let all: any RelayPinholes
        func open(_ name: IPv6Endpoint) throws(SystemError) { try all.open(name) }
        func close(_ name: IPv6Endpoint) { all.close(name) }
    }

    /// Has another relay go on with what this one leaves, which stops then.
    func handOver() throws {
        let old = relay
        let estate = Estate()
        try old.leave(to: estate, as: "r")
        let new = try Relay(
            from: estate, as: "r", policy: policy, settings: old.settings, pinholes: pinholes, threads: 2)
        guard let new, estate.unclaimed.isEmpty else {
            throw CommandFailure(description: "left behind: \(estate.unclaimed)")
        }
        relay = new
        old.stop()
    }

    /// A client's connection, and the server's end of it.
    func session(from client: String = RelayNetwork.client, port: UInt16 = 0) throws -> (
        client: TestSocket, server: TestSocket
    ) {
        let client = try TestSocket(from: client, port, to: RelayNetwork.asked, self.port)
        return (client, try server.accept())
    }

    /// The same with a greeting.
    func greeted(from client: String = RelayNetwork.client) throws -> (client: TestSocket, server: TestSocket) {
        let (client, server) = try session(from: client)
        try server.send("220 ready\r\n")
        #expect(try client.line() == "220 ready")
        return (client, server)
    }

    /// Sockets in this network, of all kinds.
    func sockets() throws -> Int {
        let text = try String(contentsOfFile: "/proc/thread-self/net/sockstat", encoding: .utf8)
        return Int(text.split(separator: "\n").first?.split(separator: " ").last ?? "") ?? -1
    }

    /// What the sessions are, in the order of their numbers.
    func states() throws -> [SessionStatus.State] {
        try relay.sessions().sorted { $0.number < $1.number }.map(\.state)
    }
}

/// A socket address of either family.
private func withName<Result>(
    _ address: String, _ port: UInt16, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    if address.contains(":") {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        inet_pton(AF_INET6, address, &name.sin6_addr)
        return withUnsafePointer(to: name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body(AF_INET6, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    inet_pton(AF_INET, address, &name.sin_addr)
    return withUnsafePointer(to: name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body(AF_INET, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

private func socket(at address: String, _ port: UInt16) throws -> Int32 {
    let status: Int32 = withName(address, port) { family, name, size in
        let number = Foundation.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        guard bind(number, name, size) == 0 else {
            close(number)
            return -errno
        }
        return number
    }
    guard status >= 0 else { throw TestSocket.Failure(errno: -status) }
    return status
}

extension TestSocket {
    convenience init(from source: String, _ sourcePort: UInt16 = 0, to address: String, _ port: UInt16) throws {
        let number = try socket(at: source, sourcePort)
        self.init(number: number)
        guard withName(address, port, { connect(number, $1, $2) }) == 0 else { throw Failure(errno: errno) }
    }

    /// A line without its end.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while !bytes.ends(with: "\r\n") {
            let next = try receive(1)
            guard !next.isEmpty else { return String(decoding: bytes, as: UTF8.self) + " and the end" }
            bytes += next
        }
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }

    /// The peer's address and port: `192.0.2.1 21`.
    func peer() throws -> (address: String, port: UInt16) {
        var name = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: 64)
        var service = [CChar](repeating: 0, count: 16)
        let status = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard getpeername(number, $0, &size) == 0 else { return Int32(-1) }
                return getnameinfo($0, size, &host, 64, &service, 16, NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        guard status == 0 else { throw Failure(errno: errno) }
        let text = { (bytes: [CChar]) in
            String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return (text(host), UInt16(text(service)) ?? 0)
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}

/// A listening socket at an address of either family.
final class TestListener: Sendable {
    private let number: Int32
    let port: UInt16

    init(_ address: String, _ port: UInt16 = 0) throws {
        number = try socket(at: address, port)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard listen(number, 64) == 0 else { throw TestSocket.Failure(errno: errno) }
        self.port = TestSocket(number: fcntl(number, F_DUPFD_CLOEXEC, 0)).port
    }

    deinit { _ = Foundation.close(number) }

    /// Nobody can connect to it any more.
    func close() { shutdown(number, Int32(SHUT_RDWR)) }

    func accept() throws -> TestSocket {
        let client = Foundation.accept(number, nil, nil)
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard client >= 0 else { throw TestSocket.Failure(errno: errno) }
        return TestSocket(number: client)
    }
}
