// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import Foundation
import Inet6Control
import Internet
import KernelPrograms
import Logging
import Relay
import Stf
import SystemIO
import TestSupport
import Testing
import Words

@testable import Dataplane

/// A router whose dataplane gives way to another, while clients and servers on the host `s` beside it talk through faith0.
@Suite(.serialized) struct FaithHandoverTests {
    /// In the middle of a plain session and of a conversation of FTP.
    @Test func `sessions go on in a second dataplane`() throws {
        try Router.with(["relay 80 relay 21 relay 23 local /bin/cat"]) { router in
            try router.say(["stf0 create inet6 2002:c000:201::1/16"], .stf)
            let server = try router.listener(80)
            let ftp = try router.listener(21)
            let data = try router.listener(51_201)
            let (client, served) = try router.session(80, server)
            try client.sends("four", to: served)
            let (control, served2) = try router.session(21, ftp)
            try served2.sends("220 ready\r\n", to: control)
            try control.send("EPSV\r\n")
            try served2.receives("PASV\r\n")
            try served2.send("227 (192,0,2,2,200,1)\r\n")
            let line = try control.line()
            let port = try #require(
                UInt16(line.split(separator: "|").last { $0.allSatisfy(\.isNumber) } ?? ""), "\(line)")
            let before = try router.sessions()
            #expect(before.map(\.state) == ["established", "established", "listening"])

            try router.handOver()
            let after = try router.sessions()
            #expect(after.map(\.number) == before.map(\.number))
            #expect(after.map(\.client) == before.map(\.client))
            #expect(after.map(\.control) == before.map(\.control))
            try client.sends("to", to: served)
            try served.sends("fro", to: client)
            #expect(try router.sessions().first?.toserver == 6)
            #expect(try router.sessions().first?.toclient == 3)

            // The port that was announced before is the one.
            let there = try router.client(port)
            let here = try router.accept(data)
            try here.sends("file", to: there)
            here.close()
            try there.receives("")
            try served2.sends("226 done\r\n", to: control)

            // New ones have numbers that nobody had.
            let (next, _) = try router.session(80, server)
            let numbers = Set(before.map(\.number))
            #expect(
                try router.sessions().map(\.number).filter { !numbers.contains($0) }.allSatisfy {
                    $0 > numbers.max() ?? 0
                })
            #expect(
                try router.current.existing("faith0", of: router.current.kinds.faith)[0].kill([before[0].number]) == 1)
            try client.receivesReset()
            next.close()
            // And a third time, with whatever the second has.
            try router.handOver()
            try control.send("NOOP\r\n")
            try served2.receives("NOOP\r\n")
        }
    }

    /// Who connects while nobody accepts waits, and is decided on by the rules that there are.
    @Test func `who comes between two dataplanes is served by the second`() throws {
        try Router.with(["relay 80 deny ::/0 192.0.2.3/32 permit ::/0 192.0.2.0/24"]) { router in
            let server = try router.listener(80)
            var waiting: [Peer] = []
            var refused: [Peer] = []
            try router.handOver(meanwhile: {
                waiting = try (0..<5).map { _ in try router.client(80) }
                refused = [try router.client(80, at: "2001:db8:64::c000:203")]
            })
            for client in waiting {
                let served = try router.accept(server)
                try served.send("x")
                _ = client
            }
            for client in waiting { try client.receives("x") }
            for client in refused { try client.receivesReset() }
            let counters = try router.relayed().status(counters: true).counters
            #expect(counters?.refused.first { $0.sessions > 0 }?.sessions == 1)
            #expect(counters?.accepted == 6)
        }
    }

    /// A child has one parent: it ends with it, and who comes next is served by one of the other's.
    @Test func `a local program ends with the dataplane that started it`() throws {
        try Router.with(["relay 23 local /bin/cat"]) { router in
            let (client, other) = (
                try router.client(23, at: "2001:db8:1::1"), try router.client(23, at: "2001:db8:1::1")
            )
            try client.sends("a", to: client)
            try other.sends("a", to: other)
            var late: Peer?
            try router.handOver(meanwhile: { late = try router.client(23, at: "2001:db8:1::1") })
            try client.receives("")
            try other.receives("")
            let next = try #require(late)
            try next.sends("b", to: next)
            #expect(try router.sessions().count == 1)
        }
    }

    /// A version that writes down sessions otherwise: they end, and what they belong to goes on.
    @Test func `sessions that cannot be read end, and no more`() throws {
        try Router.with(["relay 80"]) { router in
            let server = try router.listener(80)
            let (client, served) = try router.session(80, server)
            try router.handOver(through: { estate in
                let document = String(decoding: estate.document, as: UTF8.self)
                    .replacing("\"sessions\":[", with: "\"sitzungen\":[")
                let other = try Estate(document: Array(document.utf8))
                for name in estate.unclaimed {
                    if let descriptor = estate.take(name) { try other.leave(descriptor, as: name) }
                }
                return other
            })
            #expect(try router.sessions().isEmpty)
            try client.receives("")
            try served.receives("")
            let (next, servedNext) = try router.session(80, server)
            try next.sends("x", to: servedNext)
        }
    }
}

/// `r`, where the dataplanes are, and `s`, where all clients and servers are.
private final class Router {
    private(set) var current: Dataplane
    private let r: Namespace
    private let s: Namespace

    static func with(_ words: [String], _ body: (Router) throws -> Void) throws {
        try Topology.with { net in
            let (r, s) = (try net.namespace("r"), try net.namespace("s"))
            try net.link(r, "ne0", "192.0.2.1/24", s, "ne0", "192.0.2.2/24")
            try r.succeed("ip addr add 2001:db8:1::1/64 dev ne0 nodad")
            try s.succeed("ip addr add 2001:db8:1::2/64 dev ne0 nodad")
            try s.succeed("ip -6 route add 2001:db8:64::/96 via 2001:db8:1::1")
            try r.inside {
                let router = try Router(r, s)
                defer { router.current.stop() }
                try router.say(["faith0 create \(words.joined(separator: " ")) prefix 2001:db8:64::/96 up"], .faith)
                try body(router)
            }
        }
    }

    private init(_ r: Namespace, _ s: Namespace) throws {
        (self.r, self.s) = (r, s)
        current = try Dataplane(log: Logger(label: "test"), node: NodeEnforcement())
        _ = try current.write([Assignment("net.inet6.ip6.keepfaith", "1")], isCheck: false)
    }

    func say(_ lines: [String], _ kind: InterfaceKind) throws {
        let changes = try lines.map { line in
            let words = try CommandFile.lines(of: line).flatMap(\.words)
            guard case .change(let change) = try InterfaceCommand(parsing: words, for: kind) else {
                throw CommandFailure(description: "\(line): no change")
            }
            return change
        }
        _ = try current.apply(changes, isIdempotent: false)
        try current.followKernel()
    }

    /// - Parameter change: what becomes of the estate on its way.
    /// - Parameter meanwhile: while there is nobody.
    func handOver(through change: (Estate) throws -> Estate = { $0 }, meanwhile: () throws -> Void = {}) throws {
        let estate = Estate()
        try current.leave(to: estate)
        try meanwhile()
        let passed = try change(estate)
        let next = try Dataplane(log: Logger(label: "test"), node: NodeEnforcement(from: passed), from: passed)
        current.retire()
        current = next
        #expect(passed.unclaimed == [])
    }

    func relayed() throws -> FaithInterface {
        guard let interface = try current.existing("faith0", of: current.kinds.faith).first else {
            throw CommandFailure(description: "no faith0")
        }
        return interface
    }

    func sessions() throws -> [FaithSession] {
        try current.kinds.faith.sessions(ofInterfaces: ["faith0"]).all().sorted { $0.number < $1.number }
    }

    // MARK: on the other host

    /// For IPv4 too.
    func listener(_ port: UInt16) throws -> TestSocket {
        let socket = try TestSocket(in: s, type: SOCK_STREAM)
        try socket.bind("::", port: port)
        try socket.listen()
        return socket
    }

    func client(_ port: UInt16, at address: String = "2001:db8:64::c000:202") throws -> Peer {
        let socket = try TestSocket(in: s, type: SOCK_STREAM)
        guard socket.connect(address, port: port) == EINPROGRESS, eventually({ socket.isConnected }) else {
            throw CommandFailure(description: "\(address) \(port) does not answer")
        }
        return Peer(number: dup(socket.number))
    }

    func accept(_ listener: TestSocket) throws -> Peer {
        var number: Int32 = -1
        _ = eventually {
            number = Foundation.accept(listener.number, nil, nil)
            return number >= 0
        }
        guard number >= 0, fcntl(number, F_SETFL, O_NONBLOCK) == 0 else {
            throw CommandFailure(description: "nobody comes")
        }
        return Peer(number: number)
    }

    func session(_ port: UInt16, _ listener: TestSocket) throws -> (client: Peer, server: Peer) {
        let client = try client(port)
        return (client, try accept(listener))
    }
}

/// One end of a connection.
private final class Peer {
    private var number: Int32

    init(number: Int32) { self.number = number }

    deinit { close() }

    func close() {
        if number >= 0 { Foundation.close(number) }
        number = -1
    }

    func send(_ text: String) throws {
        guard Foundation.send(number, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count else {
            throw CommandFailure(description: "send: errno \(errno)")
        }
    }

    func sends(_ text: String, to peer: Peer) throws {
        try send(text)
        try peer.receives(text)
    }

    /// Empty: the end.
    func receives(_ text: String) throws {
        var bytes: [UInt8] = []
        while bytes.count < max(text.utf8.count, 1) {
            guard let byte = try next() else { break }
            bytes.append(byte)
        }
        guard bytes == Array(text.utf8) else {
            throw CommandFailure(description: "\(String(decoding: bytes, as: UTF8.self)), not \(text)")
        }
    }

    func line() throws -> String {
        var bytes: [UInt8] = []
        while !bytes.ends(with: "\r\n"), let byte = try next() { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func receivesReset() throws {
        var byte: UInt8 = 0
        let isReset = eventually { recv(number, &byte, 1, 0) == -1 && errno == ECONNRESET }
        guard isReset else { throw CommandFailure(description: "no reset") }
    }

    /// Nil: the end.
    private func next() throws -> UInt8? {
        var byte: UInt8 = 0
        var count = -1
        let hasCome = eventually {
            count = recv(number, &byte, 1, 0)
            return count >= 0 || errno != EAGAIN
        }
        guard hasCome, count >= 0 else { throw CommandFailure(description: "recv: errno \(errno)") }
        return count == 0 ? nil : byte
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
