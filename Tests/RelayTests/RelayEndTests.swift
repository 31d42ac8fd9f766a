// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Foundation
import Internet
import Relay
import Synchronization
import TestSupport
import Testing

/// How sessions end that do not end well, and clients that get none.
@Suite struct RelayEndTests {
    @Test func aRefusingServerIsAResetAtOnce() throws {
        // Its port is free again when the policy names it.
        let closed = try TestServer().port
        let fixture = try RelayFixture { _ in OneServer(port: closed) }
        let client = try TestSocket(to: fixture.port)
        #expect(client.breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.serverRefused] == 1)
        #expect(fixture.relay.sessionCount == 0)
    }

    @Test(arguments: [RelayRefusal.policy(.outsidePrefix), .policy(.destination(.loopback)), .noService])
    func thePolicyRefuses(_ reason: RelayRefusal) throws {
        let fixture = try RelayFixture { _ in OneServer(refusing: reason) }
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[reason] == 1)
        #expect(fixture.relay.counters.refused == 1)
        #expect(fixture.relay.counters.accepted == 1)
    }

    @Test func anotherPolicyTakesEffectAtOnce() throws {
        let fixture = try RelayFixture { _ in OneServer(refusing: .policy(.noRule)) }
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        fixture.relay.publish(OneServer(port: fixture.server.port))
        let (client, server) = try fixture.session()
        try client.send("x")
        #expect(try server.text(1) == "x")
        fixture.relay.publish(OneServer(refusing: .policy(.noRule)))
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        // The session that there is stays.
        try client.send("y")
        #expect(try server.text(1) == "y")
    }

    /// A server whose queue is full answers nothing.
    @Test func aSilentServerIsGivenUp() throws {
        var settings = RelaySettings()
        settings.connectTimeout = .milliseconds(300)
        let fixture = try RelayFixture(settings: settings, backlog: 0)
        let clients = try (0..<4).map { _ in try TestSocket(to: fixture.port) }
        #expect(try eventually { try fixture.relay.sessions().contains { $0.state == .connecting } })
        #expect(eventually { fixture.relay.counters[.connectTimedOut] >= 2 })
        #expect(eventually { clients.filter { $0.hasBroken }.count >= 2 })
    }

    @Test func silenceEndsASession() throws {
        var settings = RelaySettings()
        settings.idleTimeout = .milliseconds(400)
        let fixture = try RelayFixture(settings: settings)
        let (client, server) = try fixture.session()
        let (busyClient, busyServer) = try fixture.session()
        let begin = ContinuousClock.now
        while fixture.relay.counters[.idle] == 0, ContinuousClock.now - begin < .seconds(10) {
            try busyClient.send("x")
            #expect(try busyServer.text(1) == "x")
        }
        #expect(ContinuousClock.now - begin > .milliseconds(350))
        #expect(client.breakOff() == ECONNRESET)
        #expect(server.breakOff() == ECONNRESET)
        #expect(fixture.relay.sessionCount == 1)
    }

    @Test(arguments: [true, false])
    func aResetIsPassedOn(_ clientResets: Bool) throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        try client.send("x")
        #expect(try server.text(1) == "x")
        (clientResets ? client : server).reset()
        #expect((clientResets ? server : client).breakOff() == ECONNRESET)
        #expect(eventually { fixture.relay.counters[clientResets ? .clientReset : .serverReset] == 1 })
        #expect(fixture.relay.sessionCount == 0)
    }

    /// What a server says before it breaks off, as one does that refuses the rest of an upload, arrives all the same.
    @Test func lastWordsBeforeAResetArrive() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        try client.send("unread")
        #expect(eventually { fixture.relay.counters.bytesToServer == 6 })
        try server.send("no")
        server.close()
        #expect(try client.text(2) == "no")
    }

    /// The same when the relay sees the reset together with the words.
    @Test func lastWordsWithAResetArrive() throws {
        let gates = Mutex<Gate?>(nil)
        let fixture = try RelayFixture(threads: 1) { server in
            let gate = Gate(port: server.port)
            gates.withLock { $0 = gate }
            return gate
        }
        let gate = try #require(gates.withLock { $0 })
        let (client, server) = try fixture.session()
        try client.send("unread")
        #expect(eventually { fixture.relay.counters.bytesToServer == 6 })
        gate.isShut.store(true, ordering: .releasing)
        let other = try TestSocket(to: fixture.port)
        #expect(gate.arrival.wait(timeout: .now() + 10) == .success)
        try server.send("no")
        server.close()
        gate.opening.signal()
        #expect(try client.text(2) == "no")
        other.close()
    }

    /// The last data and FIN that come in one packet leave in one.
    @Test func lastDataTakesTheEndWithIt() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        let before = client.segmentsReceived
        try server.send("reply", flags: Int32(MSG_MORE))
        server.end()
        #expect(try client.text(6) == "reply")
        #expect(client.segmentsReceived - before == 1)
        client.close()
        #expect(eventually { fixture.relay.counters[.finished] == 1 })
    }

    @Test func aSessionCanBeKilled() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        let (other, otherServer) = try fixture.session()
        let number = try fixture.relay.sessions().first { $0.client.port == client.port }.map(\.number)
        #expect(try fixture.relay.kill([try #require(number), 4711]) == 1)
        #expect(client.breakOff() == ECONNRESET)
        #expect(server.breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.killed] == 1)
        try other.send("x")
        #expect(try otherServer.text(1) == "x")
    }

    @Test func drainingFinishesWhatThereIs() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        fixture.relay.drain()
        // The listener goes when all threads have let go of it; until then they may accept.
        let isClosed = eventually {
            guard let early = try? TestSocket(to: fixture.port) else { return true }
            early.reset()
            return false
        }
        #expect(isClosed)
        #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) { try TestSocket(to: fixture.port) }
        try client.send("x")
        #expect(try server.text(1) == "x")
        client.end()
        server.end()
        #expect(eventually { fixture.relay.sessionCount == 0 })
        #expect(try fixture.relay.sessions() == [])
        #expect(fixture.relay.counters[.finished] == 1)
    }

    @Test func stoppingBreaksOffWhatThereIs() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        fixture.relay.stop()
        #expect(client.breakOff() == ECONNRESET)
        #expect(server.breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.stopped] == 1)
        #expect(try fixture.relay.sessions() == [])
        #expect(try fixture.relay.kill([1]) == 0)
    }

    /// Peers of sessions that last are probed, so that those which vanish without a word are found: ss(8) shows the timer.
    @Test func silentPeersAreProbed() throws {
        let scratch = URL(filePath: "/tmp/relay-ss-\(getpid())", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        for filter in ["sport = :\(fixture.port)", "dport = :\(fixture.server.port)"] {
            let isProbed = try eventually {
                let words = ["ss", "-Htno", "state", "established", filter]
                return try RunningCommand(words, scratch: scratch).wait().output.contains("timer:(keepalive,")
            }
            #expect(isProbed)
        }
        try client.send("x")
        #expect(try server.text(1) == "x")
    }

    @Test func aSessionIsDescribed() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        try client.send("four")
        #expect(try server.text(4) == "four")
        try server.send("three")
        #expect(try client.text(5) == "three")
        let session = try #require(try fixture.relay.sessions().first)
        #expect(session.client.description == "[::1]:\(client.port)")
        #expect(session.destination.description == "[::1]:\(fixture.port)")
        #expect(session.server?.description == "127.0.0.1:\(fixture.server.port)")
        #expect(session.state == .established)
        #expect(session.bytesToServer == 4)
        #expect(session.bytesToClient == 5)
        #expect(session.age >= session.silence)
        #expect(fixture.relay.counters.connectLatency.counts.reduce(0, +) == 1)
    }

    /// Sessions that are with different threads.
    @Test(arguments: [1, 2, 5, 100])
    func sessionsAreToldAFewAtATimeTheOldestFirst(_ limit: Int) throws {
        let fixture = try RelayFixture(threads: 3)
        let open = try (0..<9).map { _ in try fixture.session() }
        let all = try fixture.relay.sessions().map(\.number)
        #expect(all.count == open.count && all == all.sorted())
        var told: [UInt64] = []
        while true {
            let next = try fixture.relay.sessions(after: told.last ?? 0, limit: limit)
            guard !next.isEmpty else { break }
            #expect(next.count == min(limit, all.count - told.count))
            told += next.map(\.number)
        }
        #expect(told == all)
    }
}

extension TestSocket {
    /// Whether the peer has reset it by now.
    fileprivate var hasBroken: Bool {
        do {
            _ = try receive(1, flags: Int32(MSG_DONTWAIT))
            return false
        } catch {
            return (error as? Failure)?.errno == ECONNRESET
        }
    }
}
