// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Internet
import Relay
import Synchronization
import SystemIO
import SystemPackage
import TestSupport
import Testing

/// One relay goes on with what another leaves: no byte is lost, doubled or moved, and neither side notices.
@Suite struct RelayHandoverTests {
    private func settings(_ buffers: Int, _ pipes: Int) -> RelaySettings {
        var settings = RelaySettings()
        settings.buffersPerWorker = buffers
        settings.pipesPerWorker = pipes
        return settings
    }

    /// A session that has carried something.
    private func established(_ fixture: RelayFixture) throws -> (client: TestSocket, server: TestSocket) {
        let (client, server) = try fixture.session()
        try client.send("!")
        #expect(try server.text(1) == "!")
        return (client, server)
    }

    // MARK: data

    /// Both directions of several sessions at once, and hand-overs under way; few buffers and pipes make them be left in
    /// every state.
    @Test(arguments: [(64, 32), (1, 1), (0, 1), (0, 0), (2, 0)])
    func `data goes on`(_ buffers: Int, _ pipes: Int) throws {
        let fixture = try RelayFixture(settings: settings(buffers, pipes))
        let count = 5
        let size = 40 << 20
        let bodies = try (0..<count).flatMap { index -> [@Sendable () throws -> Void] in
            let (client, server) = try fixture.session()
            return [client, server].flatMap { socket -> [@Sendable () throws -> Void] in
                [
                    {
                        try Pattern.send(size + index, to: socket)
                        socket.end()
                    }, { () throws in #expect(try Pattern.receive(from: socket) == size + index) },
                ]
            }
        }
        try together(bodies) {
            for round in 0..<4 {
                let before = fixture.relay.counters.bytesToServer
                // All may have gone through before this thread has its turn.
                let isUnderWay = eventually {
                    let counters = fixture.relay.counters
                    return counters.bytesToServer > before + (1 << 20) || counters[.finished] == UInt64(count)
                }
                #expect(isUnderWay)
                try fixture.handOver(threads: 1 + round % 3)
            }
        }
        #expect(eventually { fixture.relay.counters[.finished] == UInt64(count) })
        let whole = UInt64(count * size + count * (count - 1) / 2)
        #expect(fixture.relay.counters.bytesToServer == whole)
        #expect(fixture.relay.counters.bytesToClient == whole)
        #expect(fixture.relay.counters.accepted == UInt64(count))
        #expect(fixture.relay.sessionCount == 0)
    }

    /// What was received for a client that does not read is left in a pipe, in the document, or with the kernel.
    @Test(arguments: [(64, 32), (64, 0), (0, 0)])
    func `what waits for a slow reader arrives`(_ buffers: Int, _ pipes: Int) throws {
        let fixture = try RelayFixture(settings: settings(buffers, pipes))
        let size = 24 << 20
        let slow = try (0..<4).map { _ in
            let client = try TestSocket(to: fixture.port, receiveBuffer: 65_536)
            return (client: client, server: try fixture.server.accept())
        }
        try together(
            slow.map { pair -> @Sendable () throws -> Void in
                {
                    try Pattern.send(size, to: pair.server)
                    pair.server.end()
                }
            }
        ) {
            for _ in 0..<3 {
                var seen: [UInt64] = []
                let isStalled = try eventually {
                    let now = try fixture.relay.sessions().map(\.bytesToClient)
                    defer { seen = now }
                    return now == seen && now.allSatisfy { $0 > 0 }
                }
                #expect(isStalled)
                try fixture.handOver()
                #expect(try fixture.relay.sessions().count == 4)
            }
            for pair in slow { #expect(try Pattern.receive(from: pair.client) == size) }
        }
    }

    @Test(arguments: [true, false])
    func `who has ended still receives`(_ clientEnds: Bool) throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        let (first, second) = clientEnds ? (client, server) : (server, client)
        try first.send("last words")
        first.end()
        let state: SessionStatus.State = clientEnds ? .clientEnded : .serverEnded
        #expect(try eventually { try fixture.relay.sessions().map(\.state) == [state] })
        try fixture.handOver()
        #expect(try fixture.relay.sessions().map(\.state) == [state])
        #expect(try second.text(10) == "last words")
        #expect(try second.receive() == [])
        try second.send("answer")
        try fixture.handOver()
        second.end()
        #expect(try first.text(6) == "answer")
        #expect(try first.receive() == [])
        #expect(eventually { fixture.relay.counters[.finished] == 1 })
    }

    /// The end that comes while nobody carries anything is not lost.
    @Test func `an end on the way arrives`() throws {
        let fixture = try RelayFixture()
        let (client, server) = try established(fixture)
        try fixture.handOver({ _ in
            #expect(throws: Never.self) { try client.send("bye") }
            client.end()
            server.reset()
        })
        #expect(client.breakOff() == ECONNRESET)
        #expect(eventually { fixture.relay.counters[.serverReset] == 1 })
    }

    @Test func `urgent data keeps its place`() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        for (from, to) in [(client, server), (server, client)] {
            try from.send("ab")
            try from.send("!", flags: Int32(MSG_OOB))
            try fixture.handOver()
            try from.send("cd")
            #expect(eventually { (try? to.receive(1, flags: Int32(MSG_OOB))) == Array("!".utf8) })
            #expect(try to.text(2) == "ab")
            #expect(to.isAtMark)
            try fixture.handOver()
            #expect(try to.text(2) == "cd")
        }
    }

    // MARK: beginnings

    /// A server whose queue is full answers when there is room in it.
    @Test func `a session whose server has not answered is connected later`() throws {
        let fixture = try RelayFixture(backlog: 0)
        let clients = try (0..<4).map { _ in try TestSocket(to: fixture.port) }
        #expect(
            try eventually {
                let sessions = try fixture.relay.sessions()
                return sessions.count == 4 && sessions.contains { $0.state == .connecting }
            })
        try fixture.handOver()
        for client in clients { try client.send("x") }
        let servers = try clients.map { _ in try fixture.server.accept() }
        for server in servers {
            #expect(try server.text(1) == "x")
            try server.send("y")
        }
        for client in clients { #expect(try client.text(1) == "y") }
        #expect(fixture.relay.counters.connected == 4)
    }

    /// And one that never answers is given up in its time.
    @Test func `time goes on`() throws {
        var settings = RelaySettings()
        settings.connectTimeout = .milliseconds(1500)
        let fixture = try RelayFixture(settings: settings, backlog: 0)
        let begin = ContinuousClock.now
        let clients = try (0..<4).map { _ in try TestSocket(to: fixture.port) }
        #expect(try eventually { try fixture.relay.sessions().contains { $0.state == .connecting } })
        try fixture.handOver()
        #expect(eventually { fixture.relay.counters[.connectTimedOut] >= 2 })
        #expect(ContinuousClock.now - begin < .seconds(4))
        #expect(clients.count == 4)
    }

    @Test func `no client finds nobody listening`() throws {
        let fixture = try RelayFixture()
        let rounds = 300
        let done = Atomic(0)
        let (port, listener) = (fixture.port, fixture.server)
        try together([
            {
                for _ in 0..<rounds {
                    let client = try TestSocket(to: port)
                    try client.send("x")
                    #expect(try client.text(1) == "y")
                    done.add(1, ordering: .relaxed)
                }
            },
            { () throws in
                for _ in 0..<rounds {
                    let server = try listener.accept()
                    #expect(try server.text(1) == "x")
                    try server.send("y")
                    server.end()
                }
            },
        ]) {
            for round in 1...6 {
                #expect(eventually { done.load(ordering: .relaxed) >= 40 * round })
                try fixture.handOver()
            }
        }
        #expect(fixture.relay.counters.accepted == UInt64(rounds))
        #expect(fixture.relay.counters.refused == 0)
    }

    // MARK: what is told of sessions

    @Test func `a session is still the same`() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        try client.send("four")
        #expect(try server.text(4) == "four")
        #expect(try eventually { try fixture.relay.sessions().map(\.bytesToServer) == [4] })
        let before = try #require(try fixture.relay.sessions().first)
        try fixture.handOver()
        var after = try #require(try fixture.relay.sessions().first)
        #expect(after.age >= before.age)
        (after.age, after.silence) = (before.age, before.silence)
        #expect(after == before)
        let (next, _) = try fixture.session()
        let number = try #require(try fixture.relay.sessions().first { $0.client.port == next.port }?.number)
        #expect(number > before.number)
        #expect(try fixture.relay.kill([before.number]) == 1)
        #expect(client.breakOff() == ECONNRESET)
        #expect(server.breakOff() == ECONNRESET)
    }

    /// Clients that waited are served before the sessions are there that have lower numbers.
    @Test func `no number is given twice`() throws {
        let fixture = try RelayFixture()
        let sessions = try (0..<8).map { _ in try established(fixture) }
        var waiting: [TestSocket] = []
        try fixture.handOver({ _ in
            for _ in 0..<8 { if let client = try? TestSocket(to: fixture.port) { waiting.append(client) } }
        })
        #expect(waiting.count == 8)
        #expect(eventually { fixture.relay.sessionCount == 16 })
        let numbers = try fixture.relay.sessions().map(\.number)
        #expect(Set(numbers).count == 16, "\(numbers.sorted())")
        #expect(sessions.count == 8)
        // Two of one number would have one name when they are left.
        try fixture.handOver()
        #expect(fixture.relay.sessionCount == 16)
        #expect(fixture.relay.counters[.stopped] == 0)
    }

    @Test func `sessions that were inherited count for their client`() throws {
        var settings = RelaySettings()
        settings.sessionsPerClient = 2
        let fixture = try RelayFixture(settings: settings)
        let first = try fixture.session()
        let second = try fixture.session()
        try fixture.handOver()
        #expect(fixture.relay.sessionCount == 2)
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.clientSessionLimit] == 1)
        first.client.reset()
        #expect(eventually { fixture.relay.sessionCount == 1 })
        let third = try fixture.session()
        try third.client.send("y")
        #expect(try third.server.text(1) == "y")
        try second.client.send("z")
        #expect(try second.server.text(1) == "z")
    }

    @Test func `counters go on`() throws {
        let closed = try TestServer().port
        let fixture = try RelayFixture { _ in OneServer(port: closed) }
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        try fixture.handOver()
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        try fixture.handOver()
        #expect(fixture.relay.counters[.serverRefused] == 2)
        #expect(fixture.relay.counters.accepted == 2)
    }

    @Test func `who accepts no more does not begin again`() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        fixture.relay.drain()
        try fixture.handOver()
        #expect(fixture.relay.isDraining)
        #expect(fixture.relay.listeners.isEmpty)
        try client.send("x")
        #expect(try server.text(1) == "x")
        #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) { try TestSocket(to: fixture.port) }
    }

    // MARK: what does not go on

    /// The first has room, the others have none: they are broken off, and what was left of them goes too.
    @Test func `what the estate has no room for is broken off`() throws {
        let fixture = try RelayFixture(threads: 1)
        let sessions = try (0..<3).map { _ in try established(fixture) }
        try fixture.handOver(estate: Estate(capacity: 1 + 7))
        #expect(fixture.relay.sessionCount == 1)
        #expect(fixture.relay.counters[.stopped] == 2)
        let left = sessions.filter { (client, server) in
            guard (try? client.send("x")) != nil, (try? server.text(1)) == "x" else { return false }
            return true
        }
        #expect(left.count == 1)
    }

    /// One end was lost on the way: the other must not take that for the end of data.
    @Test func `what has lost an end is broken off`() throws {
        let fixture = try RelayFixture(threads: 1)
        let (client, server) = try established(fixture)
        let (other, otherServer) = try established(fixture)
        let lost = try #require(try fixture.relay.sessions().first { $0.client.port == client.port }?.number)
        try fixture.handOver({ estate in
            #expect(estate.unclaimed.count == 5)
            _ = estate.take("r.\(String(lost, radix: 36))s")
        })
        #expect(client.breakOff() == ECONNRESET)
        #expect(try server.receive() == [])
        #expect(fixture.relay.counters[.stopped] == 1)
        #expect(fixture.relay.sessionCount == 1)
        try other.send("x")
        #expect(try otherServer.text(1) == "x")
    }

    @Test func `what nobody takes up ends`() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        let estate = Estate()
        try fixture.relay.leave(to: estate, as: "r")
        #expect(fixture.relay.sessionCount == 0)
        #expect(try fixture.relay.sessions() == [])
        #expect(!estate.closeUnclaimed().isEmpty)
        #expect(try client.receive() == [])
        #expect(try server.receive() == [])
        #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) { try TestSocket(to: fixture.port) }
        #expect(try Relay(from: Estate(), as: "r", policy: OneServer(port: 1)) == nil)
    }

    /// A document of another kind, or a listener that is none, is said to be so.
    @Test func `what cannot be read is refused`() throws {
        let estate = Estate()
        try estate.put(["sessions": 1], as: "r")
        #expect(throws: SystemError(object: "r in the estate's document: listeners", .badMessage)) {
            try Relay(from: estate, as: "r", policy: OneServer(port: 1))
        }
        let fixture = try RelayFixture()
        #expect(throws: SystemError(object: "r.l0 in the estate", .noSuchFileOrDirectory)) {
            try fixture.handOver({ _ = $0.take("r.l0") })
        }
    }

    /// A program has one parent.
    @Test func `a local program stays until the relay stops`() throws {
        let fixture = try RelayFixture { _ in OneServer(running: RelayProgram("/bin/cat")) }
        let client = try TestSocket(to: fixture.port)
        try client.send("x")
        #expect(try client.text(1) == "x")
        let old = fixture.relay
        let estate = Estate()
        try old.leave(to: estate, as: "r")
        let new = try fixture.successor(of: old, from: estate, threads: 1)
        defer { new.stop() }
        #expect(old.sessionCount == 1)
        #expect(new.sessionCount == 0)
        let next = try TestSocket(to: fixture.port)
        try next.send("y")
        #expect(try next.text(1) == "y")
        #expect(new.sessionCount == 1)
        try client.send("z")
        #expect(try client.text(1) == "z")
        old.stop()
        #expect(try client.receive() == [])
        try next.send("y")
        #expect(try next.text(1) == "y")
    }
}
