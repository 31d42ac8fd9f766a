// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import SystemPackage
import TestSupport
import Testing

@testable import SystemIO

/// What lives by a descriptor goes on where it is taken up, and nothing is taken for what it is not.
@Suite struct InheritanceTests {
    private static let loopback = IPv6Endpoint(.loopback, port: 0)

    // MARK: each goes on

    /// The device keeps its index, and the packets that nobody has read.
    @Test func `a device goes on`() throws {
        try inOwnNetwork([]) {
            let estate = Estate()
            let index: UInt32
            do {
                let tun = try Tun(name: "left0")
                index = if_nametoindex("left0")
                try tun.leave(to: estate, as: "left0.tun")
            }
            try ip("link set left0 up")
            // Its own report of listeners, which is the first that comes out of it (RFC 3810 §5.2).
            let tun = try #require(try estate.take("left0.tun", as: Tun.self))
            #expect(if_nametoindex("left0") == index)
            #expect(try tun.name() == "left0")
            var header = OffloadHeader()
            var slab = PacketSlab(slots: 1)
            let isRead = try eventually { try tun.read(into: &slab, 0, header: &header) }
            #expect(isRead)
            #expect(slab.withBytes(0) { $0.byte(at: 0) >> 4 } == 6)
            try ip("link set left0 down")
            try ip("link set left0 name right0")
            #expect(try tun.name() == "right0")
        }
    }

    @Test func `a device goes with the last that has it`() throws {
        try inOwnNetwork([]) {
            let estate = Estate()
            do {
                let tun = try Tun(name: "left0")
                try tun.leave(to: estate, as: "left0.tun")
            }
            #expect(if_nametoindex("left0") != 0)
            #expect(estate.closeUnclaimed() == ["left0.tun"])
            #expect(if_nametoindex("left0") == 0)
        }
    }

    @Test func `a device that was deleted is none`() throws {
        try inOwnNetwork([]) {
            let estate = Estate()
            let tun = try Tun(name: "left0")
            try tun.leave(to: estate, as: "left0.tun")
            try ip("link del left0")
            #expect(throws: SystemError(object: "left0.tun in the estate: TUNGETIFF", Errno(rawValue: EBADFD))) {
                try estate.take("left0.tun", as: Tun.self)
            }
            #expect(throws: SystemError("TUNGETIFF", Errno(rawValue: EBADFD))) { try tun.name() }
        }
    }

    @Test func `a client that waits is accepted by the successor`() throws {
        let estate = Estate()
        let port: UInt16
        do {
            let listener = try TCPListener(InheritanceTests.loopback)
            port = try listener.localName().port
            try listener.leave(to: estate, as: "l")
        }
        let client = try TCPSocket(
            connectingTo: IPv6Endpoint(.loopback, port: port), from: InheritanceTests.loopback)
        let listener = try #require(try estate.take("l", as: TCPListener.self))
        var peer = IPv6Endpoint(.unspecified, port: 0)
        var accepted: TCPSocket?
        let isAccepted = try eventually {
            accepted = try listener.accept(&peer)
            return accepted != nil
        }
        #expect(isAccepted)
        #expect(try client.localName() == peer)
        _ = consume accepted
    }

    @Test func `a connection goes on`() throws {
        let connection = try Connection()
        let estate = Estate()
        #expect(try connection.client.send([1, 2, 3][...]) == 3)
        let client = try connection.leaveServer(to: estate, as: "s")
        #expect(try client.send([4, 5][...]) == 2)
        guard let heir = try estate.take("s", as: TCPSocket.self) else { throw CommandFailure(description: "not left") }
        let pool = ChunkPool(capacity: 1)
        var received: [UInt8] = []
        let isWhole = try eventually {
            if let count = try heir.receive(into: pool, 0) { received += pool.copy(0, count) }
            return received.count == 5
        }
        #expect(isWhole)
        #expect(received == [1, 2, 3, 4, 5])
        client.reset()
    }

    @Test func `a pipe goes on with what is in it`() throws {
        let connection = try Connection()
        let estate = Estate()
        let pipe = try SystemIO.Pipe()
        #expect(try connection.client.send([1, 2, 3][...]) == 3)
        var moved: Int?
        let isMoved = try eventually {
            moved = try pipe.fill(from: connection.server)
            return moved != nil
        }
        #expect(isMoved)
        #expect(moved == 3)
        #expect(try pipe.count() == 3)
        try pipe.leave(to: estate, as: "p")
        #expect(estate.unclaimed == ["p.i", "p.o"])
        guard let heir = try SystemIO.Pipe(from: estate, as: "p") else { throw CommandFailure(description: "not left") }
        #expect(try heir.count() == 3)
        #expect(try heir.drain(3, into: connection.server) == 3)
        #expect(try heir.count() == 0)
        let pool = ChunkPool(capacity: 1)
        var received: Int?
        let isReceived = try eventually {
            received = try connection.client.receive(into: pool, 0)
            return received != nil
        }
        #expect(isReceived)
        #expect(pool.copy(0, received ?? 0) == [1, 2, 3])
    }

    @Test func `half a pipe is none`() throws {
        let estate = Estate()
        let pipe = try SystemIO.Pipe()
        try pipe.leave(to: estate, as: "p")
        _ = estate.take("p.i")
        let heir = try SystemIO.Pipe(from: estate, as: "p")
        let isNone = heir == nil
        #expect(isNone)
        try estate.leave(Descriptor(number: open("/dev/null", O_RDWR | O_CLOEXEC)), as: "q.o")
        try estate.leave(Descriptor(number: open("/dev/null", O_RDWR | O_CLOEXEC)), as: "q.i")
        #expect(throws: SystemError(object: "q in the estate: fstat", .protocolWrongTypeForSocket)) {
            _ = try SystemIO.Pipe(from: estate, as: "q")
        }
    }

    @Test func `an anycast address stays`() throws {
        try inOwnNetwork(["link set lo up"]) {
            // A host may not join what no interface of it is in.
            try write("1", toVariable: "net/ipv6/conf/all/forwarding")
            let address = try #require(IPv6Address("2001:db8::"))
            let list = {
                try String(contentsOfFile: "/proc/thread-self/net/anycast6", encoding: .utf8)
                    .contains("20010db8000000000000000000000000")
            }
            let estate = Estate()
            do {
                let membership = try AnycastMembership(address, interface: 1)
                try membership.leave(to: estate, as: "a")
            }
            #expect(try list())
            do {
                let heir = try estate.take("a", as: AnycastMembership.self)
                #expect(try list())
                withExtendedLifetime(heir) {}
            }
            #expect(try !list())
        }
    }

    /// Both sockets of a tunnel are there: the one that receives was left, the other is made anew.
    @Test func `a tunnel goes on`() throws {
        try inOwnNetwork(["link set lo up"]) {
            let estate = Estate()
            let here = IPv4Address(bits: 0x7F00_0001)
            do {
                let tunnel = try TunnelSocket(proto: InternetProtocol.ipv6)
                try tunnel.bind(to: here)
                try tunnel.leave(to: estate, as: "t")
            }
            let sender = socket(AF_INET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 41)
            defer { close(sender) }
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = here.bits.bigEndian
            let sent = withUnsafePointer(to: name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(sender, [1, 2, 3] as [UInt8], 3, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(sent == 3)
            let tunnel = try #require(try estate.take("t", as: TunnelSocket.self))
            var batch = ReceiveBatch(slots: 4)
            let isReceived = try eventually {
                try tunnel.receive(into: &batch)
                return batch.count == 1
            }
            #expect(isReceived)
        }
    }

    @Test func `a control socket keeps its file`() throws {
        let path = "/tmp/hydrangea-estate-\(getpid()).sock"
        defer { unlink(path) }
        let isThere = { access(path, F_OK) == 0 }
        let estate = Estate()
        do {
            let listener = try UnixListener(path: path)
            try listener.leave(to: estate, as: "control")
        }
        #expect(isThere())
        let client = try UnixSocket(connectingTo: path, timeout: .seconds(10))
        do {
            let heir = try #require(try estate.take("control", as: UnixListener.self))
            #expect(heir.path == path)
            let accepted = try #require(try heir.accept())
            #expect(try accepted.write([1][...]) == 1)
            #expect(try client.read(upTo: 10) == [1])
        }
        #expect(!isThere())
    }

    // MARK: nothing is taken for what it is not

    /// Each of them taken up as each: what fits is itself.
    @Test func `nothing else is taken up`() throws {
        try inOwnNetwork(["link set lo up"]) {
            try write("1", toVariable: "net/ipv6/conf/all/forwarding")
            let path = "/tmp/hydrangea-kinds-\(getpid()).sock"
            let things: [(String, (Estate) throws -> Void)] = [
                ("tun", { try Tun(name: "left0").leave(to: $0, as: "x") }),
                ("tunnel", { try TunnelSocket(proto: InternetProtocol.ipv6).leave(to: $0, as: "x") }),
                ("errors", { try ErrorSocket().leave(to: $0, as: "x") }),
                ("raw", { try RawIPv6Socket().leave(to: $0, as: "x") }),
                ("listener", { try TCPListener(InheritanceTests.loopback).leave(to: $0, as: "x") }),
                ("socket", { try Connection().leaveClient(to: $0, as: "x") }),
                (
                    "anycast",
                    {
                        try AnycastMembership(try #require(IPv6Address("2001:db8::")), interface: 1).leave(
                            to: $0, as: "x")
                    }
                ),
                ("control", { try UnixListener(path: path).leave(to: $0, as: "x") }),
                ("file", { try $0.leave(Descriptor(number: open("/dev/null", O_RDWR | O_CLOEXEC)), as: "x") }),
            ]
            let takings: [(String, (Estate) throws -> Void)] = [
                ("tun", { _ = try $0.take("x", as: Tun.self) }),
                ("tunnel", { _ = try $0.take("x", as: TunnelSocket.self) }),
                ("errors", { _ = try $0.take("x", as: ErrorSocket.self) }),
                ("raw", { _ = try $0.take("x", as: RawIPv6Socket.self) }),
                ("listener", { _ = try $0.take("x", as: TCPListener.self) }),
                ("socket", { _ = try $0.take("x", as: TCPSocket.self) }),
                ("anycast", { _ = try $0.take("x", as: AnycastMembership.self) }),
                ("control", { _ = try $0.take("x", as: UnixListener.self) }),
            ]
            for (what, leave) in things {
                for (wanted, take) in takings {
                    let estate = Estate()
                    try leave(estate)
                    if what == wanted {
                        #expect(throws: Never.self, "\(what)") { try take(estate) }
                    } else {
                        #expect(throws: SystemError.self, "\(what) as \(wanted)") { try take(estate) }
                    }
                    #expect(estate.unclaimed == [])
                    unlink(path)
                }
            }
        }
    }
}

/// Both ends of a connection to this host.
private struct Connection: ~Copyable {
    let client: TCPSocket
    let server: TCPSocket

    init() throws {
        let listener = try TCPListener(IPv6Endpoint(.loopback, port: 0))
        let socket = try TCPSocket(
            connectingTo: try listener.localName(), from: IPv6Endpoint(.loopback, port: 0))
        var peer = IPv6Endpoint(.unspecified, port: 0)
        var accepted: TCPSocket?
        _ = try eventually {
            accepted = try listener.accept(&peer)
            return accepted != nil
        }
        guard let other = accepted.take() else { throw CommandFailure(description: "nobody came") }
        client = socket
        server = other
    }

    /// Has the other end closed.
    consuming func leaveClient(to estate: Estate, as name: String) throws { try client.leave(to: estate, as: name) }
    consuming func leaveServer(to estate: Estate, as name: String) throws -> TCPSocket {
        try server.leave(to: estate, as: name)
        return client
    }
}
