// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Internet
import Relay
import SystemIO
import TestSupport
import Testing

/// Who may have how many sessions, and what the server is told of the client.
@Suite struct RelayLimitTests {
    @Test func aClientPrefixHasSoManySessions() throws {
        var settings = RelaySettings()
        settings.sessionsPerClient = 2
        let fixture = try RelayFixture(settings: settings)
        let first = try fixture.session()
        let second = try fixture.session()
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.clientSessionLimit] == 1)
        // Those that there are go on, and one that ends makes room.
        try first.client.send("x")
        #expect(try first.server.text(1) == "x")
        second.client.reset()
        #expect(eventually { fixture.relay.sessionCount == 1 })
        let third = try fixture.session()
        try third.client.send("y")
        #expect(try third.server.text(1) == "y")
    }

    @Test func aClientPrefixBeginsSoManyAtOnce() throws {
        var settings = RelaySettings()
        settings.newSessionsPerSecond = 1
        settings.burst = 3
        let fixture = try RelayFixture(settings: settings)
        let sessions = try (0..<3).map { _ in try fixture.session() }
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.clientRateLimit] == 1)
        #expect(sessions.count == fixture.relay.sessionCount)
        // A second later there may be one more.
        var more: TestSocket?
        #expect(
            eventually {
                // One that is refused may hear of it while it connects.
                more = try? TestSocket(to: fixture.port)
                return fixture.relay.sessionCount == 4
            })
        #expect(more != nil)
    }

    @Test func soManySessionsBeginInAll() throws {
        var settings = RelaySettings()
        settings.newSessionsPerSecondInAll = 2
        let fixture = try RelayFixture(settings: settings)
        let sessions = try (0..<2).map { _ in try fixture.session() }
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.rateLimit] == 1)
        #expect(fixture.relay.sessionCount == 2)
        settings.newSessionsPerSecondInAll = nil
        fixture.relay.publish(settings)
        let third = try fixture.session()
        try third.client.send("x")
        #expect(try third.server.text(1) == "x")
        #expect(sessions.count == 2)
    }

    @Test func thereAreSoManySessionsInAll() throws {
        var settings = RelaySettings()
        settings.maximumSessions = 2
        let fixture = try RelayFixture(settings: settings)
        let sessions = try (0..<2).map { _ in try fixture.session() }
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.sessionLimit] == 1)
        settings.maximumSessions = 3
        fixture.relay.publish(settings)
        #expect(eventually { fixture.relay.settings.maximumSessions == 3 })
        let third = try fixture.session()
        try third.client.send("x")
        #expect(try third.server.text(1) == "x")
        #expect(sessions.count == 2)
    }

    /// The bytes of the specification, §2.2, and then what the client says.
    @Test func theServerIsToldOfTheClient() throws {
        let fixture = try RelayFixture { OneServer(port: $0.port, sendsProxyHeader: true) }
        let (client, server) = try fixture.session()
        let loopback = [UInt8](repeating: 0, count: 15) + [1]
        let ports = [client.port, fixture.port].flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let header: [UInt8] =
            [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x21, 0, 36]
            + loopback + loopback + ports
        // It comes though the client has said nothing.
        #expect(try server.receive(52, flags: Int32(MSG_WAITALL)) == header)
        try client.send("hello")
        #expect(try server.text(5) == "hello")
        #expect(try fixture.relay.sessions().map(\.bytesToServer) == [5])
    }

    @Test func aClientAcceptedElsewhereIsRelayed() throws {
        let fixture = try RelayFixture()
        let listener = try TCPListener(IPv6Endpoint(.loopback, port: 0))
        let client = try TestSocket(to: try listener.localName().port)
        var name = IPv6Endpoint(.unspecified, port: 0)
        var isRelayed = false
        _ = try eventually {
            guard let accepted = try listener.accept(&name) else { return false }
            fixture.relay.relay(accepted, RelayRequest(client: name, destination: try listener.localName()))
            isRelayed = true
            return true
        }
        #expect(isRelayed)
        let server = try fixture.server.accept()
        try client.send("x")
        #expect(try server.text(1) == "x")
    }
}
