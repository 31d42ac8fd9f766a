// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Relay
import Synchronization
import TestSupport
import Testing

/// What goes in comes out.
@Suite struct RelayDataTests {
    /// The client sends all and ends; then the server does.
    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 3 << 20])
    func everySizeArrivesInBothDirections(_ size: Int) throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        try together([
            {
                try Pattern.send(size, to: client)
                client.end()
                #expect(try Pattern.receive(from: client) == size)
            },
            { () throws in
                #expect(try Pattern.receive(from: server) == size)
                try Pattern.send(size, to: server)
                server.end()
            },
        ])
        #expect(eventually { fixture.relay.counters[.finished] == 1 })
        #expect(fixture.relay.counters.bytesToServer == UInt64(size))
        #expect(fixture.relay.counters.bytesToClient == UInt64(size))
    }

    /// Both directions at once, in several sessions at once; few buffers and pipes make them take every way there is.
    @Test(arguments: [(64, 32), (1, 1), (0, 1), (0, 0), (2, 0)])
    func sessionsDoNotMixUp(_ buffers: Int, _ pipes: Int) throws {
        var settings = RelaySettings()
        settings.buffersPerWorker = buffers
        settings.pipesPerWorker = pipes
        let fixture = try RelayFixture(settings: settings)
        try together(
            try (0..<6).flatMap { index -> [@Sendable () throws -> Void] in
                let (client, server) = try fixture.session()
                let size = (3 << 20) + index
                return [client, server].flatMap { socket -> [@Sendable () throws -> Void] in
                    [
                        {
                            try Pattern.send(size, to: socket)
                            socket.end()
                        }, { () throws in #expect(try Pattern.receive(from: socket) == size) },
                    ]
                }
            })
        #expect(eventually { fixture.relay.counters[.finished] == 6 })
    }

    @Test func aHundredMebibytesArriveBothWaysAtOnce() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        let size = 100 << 20
        try together(
            [client, server].flatMap { socket -> [@Sendable () throws -> Void] in
                [
                    {
                        try Pattern.send(size, to: socket)
                        socket.end()
                    }, { () throws in #expect(try Pattern.receive(from: socket) == size) },
                ]
            })
    }

    @Test func whoEndsFirstStillReceives() throws {
        let fixture = try RelayFixture()
        for clientEnds in [true, false] {
            let (client, server) = try fixture.session()
            let (first, second) = clientEnds ? (client, server) : (server, client)
            try first.send("last words")
            first.end()
            #expect(try second.text(10) == "last words")
            #expect(try second.receive() == [])
            let state: SessionStatus.State = clientEnds ? .clientEnded : .serverEnded
            #expect(try fixture.relay.sessions().map(\.state) == [state])
            try second.send("answer")
            second.end()
            #expect(try first.text(6) == "answer")
            #expect(try first.receive() == [])
            #expect(eventually { fixture.relay.sessionCount == 0 })
        }
        #expect(fixture.relay.counters[.finished] == 2)
    }

    /// The urgent byte comes as such, at its place in the stream.
    @Test func urgentDataPasses() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        for (from, to) in [(client, server), (server, client)] {
            try from.send("ab")
            try from.send("!", flags: Int32(MSG_OOB))
            try from.send("cd")
            #expect(eventually { (try? to.receive(1, flags: Int32(MSG_OOB))) == Array("!".utf8) })
            #expect(try to.text(2) == "ab")
            #expect(to.isAtMark)
            #expect(try to.text(2) == "cd")
        }
    }

    /// telnet(1)'s interrupt, in the middle of bulk data.
    @Test func urgentDataPassesBehindBulkData() throws {
        let fixture = try RelayFixture()
        let (client, server) = try fixture.session()
        let size = 8 << 20
        try together([
            {
                try Pattern.send(size, to: client)
                try client.send("!", flags: Int32(MSG_OOB))
                try client.send("z")
                client.end()
            },
            { () throws in
                #expect(try Pattern.receive(from: server, limit: size) == size)
                #expect(eventually { server.isAtMark })
                #expect(eventually { (try? server.receive(1, flags: Int32(MSG_OOB))) == Array("!".utf8) })
                #expect(try server.text(1) == "z")
                #expect(try server.receive() == [])
            },
        ])
    }

    /// What a client does not read stays with the kernel and the server; others do not notice.
    @Test(arguments: [(0, 0), (1, 1)])
    func slowReadersHoldUpNobody(_ buffers: Int, _ pipes: Int) throws {
        var settings = RelaySettings()
        settings.buffersPerWorker = buffers
        settings.pipesPerWorker = pipes
        let fixture = try RelayFixture(settings: settings)
        let size = 48 << 20
        let slow = try (0..<4).map { _ in
            let client = try TestSocket(to: fixture.port, receiveBuffer: 65_536)
            return (client: client, server: try fixture.server.accept())
        }
        let (quickClient, quickServer) = try fixture.session()
        try together(
            slow.map { pair -> @Sendable () throws -> Void in
                {
                    try Pattern.send(size, to: pair.server)
                    pair.server.end()
                }
            }
        ) {
            // The servers have been stopped when the figures stand still.
            var seen: [UInt64] = []
            let isStalled = try eventually {
                let now = try fixture.sessionBytes()
                defer { seen = now }
                return now == seen && now.contains { $0 > 0 }
            }
            #expect(isStalled)
            #expect(try fixture.sessionBytes().allSatisfy { $0 < 24 << 20 })
            for _ in 0..<100 {
                try quickClient.send("ping")
                #expect(try quickServer.text(4) == "ping")
                try quickServer.send("pong")
                #expect(try quickClient.text(4) == "pong")
            }
            for pair in slow { #expect(try Pattern.receive(from: pair.client) == size) }
        }
    }
}

extension RelayFixture {
    fileprivate func sessionBytes() throws -> [UInt64] {
        try relay.sessions().map(\.bytesToClient)
    }
}
