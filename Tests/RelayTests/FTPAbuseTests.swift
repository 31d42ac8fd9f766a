// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Foundation
import Internet
import Relay
import TestSupport
import Testing

/// What peers of FTP may not do to the relay, nor to others through it.
@Suite struct FTPAbuseTests {
    /// The port of a data connection is for the client alone; who else comes is gone again, and does not use it up.
    @Test func nobodyElseComesToTheClientsPort() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (port, data) = try network.passive(client, server)
            for _ in 0..<3 {
                let thief = try TestSocket(from: RelayNetwork.other, to: RelayNetwork.asked, port)
                #expect(thief.breakOff() == ECONNRESET)
            }
            #expect(network.relay.counters[.foreignPeer] == 3)
            let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            try there.send("x")
            #expect(try data.accept().text(1) == "x")
        }
    }

    @Test func nobodyElseComesToTheServersPort() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (data, address, port) = try network.active(client, server)
            let thief = try TestSocket(from: "192.0.2.2", to: address, port)
            #expect(thief.breakOff() == ECONNRESET)
            #expect(network.relay.counters[.foreignPeer] == 1)
            let here = try TestSocket(from: "192.0.2.1", to: address, port)
            try here.send("x")
            #expect(try data.accept().text(1) == "x")
        }
    }

    /// Neither side can have the relay connect to a third (RFC 2577 §3).
    @Test func nobodyIsSentElsewhere() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try client.send("EPRT |2|\(RelayNetwork.other)|4000|\r\nEPRT |2|\(RelayNetwork.client)|25|\r\nEPSV\r\n")
            #expect(try client.line() == "504 EPRT only to your own address.")
            #expect(try client.line() == "504 EPRT not to a port below 1024.")
            #expect(try server.line() == "PASV")
            try server.send("227 (192,0,2,2,200,1)\r\n")
            #expect(try client.line().hasPrefix("425 "))
            let counters = network.relay.counters
            #expect(counters[FTPRefusal.foreignClient] == 1)
            #expect(counters[FTPRefusal.clientPort] == 1)
            #expect(counters[FTPRefusal.foreignServer] == 1)
            #expect(try network.states() == [.established])
        }
    }

    @Test func nobodyComesInTime() throws {
        var settings = RelaySettings()
        settings.dataTimeout = .milliseconds(300)
        try RelayNetwork.with(settings: settings) { network in
            let (client, server) = try network.greeted()
            let (port, _) = try network.passive(client, server)
            #expect(network.relay.sessionCount == 2)
            #expect(eventually { network.relay.sessionCount == 1 })
            #expect(network.relay.counters[.dataTimedOut] == 1)
            #expect(network.pinholes.closed.count == 1)
            #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) {
                try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            }
            try client.send("NOOP\r\n")
            #expect(try server.line() == "NOOP")
        }
    }

    /// The port goes with the control connection, and with the next one that is asked for.
    @Test func aPortGoesWhenItIsNotWaitedFor() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (first, _) = try network.passive(client, server)
            let (second, _) = try network.passive(client, server)
            #expect(eventually { network.relay.sessionCount == 2 })
            #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) {
                try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, first)
            }
            client.reset()
            #expect(eventually { network.relay.sessionCount == 0 })
            #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) {
                try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, second)
            }
            #expect(network.pinholes.closed.count == 2)
        }
    }

    @Test func aWaitingPortCanBeKilled() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (port, _) = try network.passive(client, server)
            let number = try network.relay.sessions().first { $0.state == .listening }.map(\.number)
            #expect(try network.relay.kill([try #require(number)]) == 1)
            #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) {
                try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            }
            try client.send("NOOP\r\n")
            #expect(try server.line() == "NOOP")
            #expect(network.relay.sessionCount == 1)
        }
    }

    /// A data connection counts as a session, from the time that it is waited for.
    @Test func dataConnectionsHaveTheLimitsOfSessions() throws {
        var settings = RelaySettings()
        settings.sessionsPerClient = 3
        try RelayNetwork.with(settings: settings) { network in
            let (client, server) = try network.greeted()
            _ = try network.passive(client, server)
            let (second, secondServer) = try network.greeted()
            try second.send("EPRT |2|\(RelayNetwork.client)|4000|\r\n")
            #expect(try second.line() == "425 Cannot open data connection.")
            #expect(network.relay.counters[.clientSessionLimit] == 1)
            #expect(network.relay.counters[FTPRefusal.noDataPort] == 1)
            client.reset()
            #expect(eventually { network.relay.sessionCount == 1 })
            _ = try network.active(second, secondServer)
        }
    }

    @Test func whatCannotBeLetThroughIsNotAnnounced() throws {
        try RelayNetwork.with(pinholes: NoWayThrough()) { network in
            let (client, server) = try network.greeted()
            try client.send("EPSV\r\n")
            #expect(try server.line() == "PASV")
            try server.send("227 (192,0,2,1,200,1)\r\n")
            #expect(try client.line() == "425 Cannot open data connection.")
            #expect(network.relay.sessionCount == 1)
            #expect(network.relay.counters[.connectFailed] == 1)
        }
    }

    /// The client is not there where it wanted to be called.
    @Test func aClientThatDoesNotTakeItsData() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (data, address, port) = try network.active(client, server)
            data.close()
            let here = try TestSocket(from: "192.0.2.1", to: address, port)
            #expect(here.breakOff() == ECONNRESET)
            #expect(network.relay.counters[.clientUnreachable] == 1)
            #expect(eventually { network.relay.sessionCount == 1 })
        }
    }

    /// A line without end is refused once, and takes no more room than one that has an end.
    @Test func aLineWithoutEndIsRefused() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try Pattern.zeros(32 << 20, to: client)
            try client.send("\r\nNOOP\r\n")
            #expect(try client.line() == "500 Command line too long.")
            #expect(try server.line() == "NOOP")
            #expect(network.relay.counters[FTPRefusal.lineTooLong] == 1)
        }
    }

    /// A server that says more than the client reads is stopped, and one that is flooded with commands too.
    @Test func whoDoesNotReadIsNotReadFor() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try together([
                {
                    let line = String(repeating: "x", count: 1022) + "\r\n"
                    for _ in 0..<32 << 10 { try server.send(line) }
                    server.end()
                }
            ]) { () throws in
                // It has been stopped when nothing has come from it for half a second.
                var (seen, since): (UInt64, _) = (0, ContinuousClock.now)
                let isStalled = eventually {
                    let now = network.relay.counters.bytesToClient
                    if now != seen { (seen, since) = (now, .now) }
                    return now > 1 << 16 && ContinuousClock.now - since > .milliseconds(500)
                }
                #expect(isStalled)
                #expect(network.relay.counters.bytesToClient < 16 << 20)
                var lines = 0
                while case let piece = try client.receive(), !piece.isEmpty { lines += piece.count { $0 == 0x0A } }
                #expect(lines == 32 << 10)
            }
        }
    }

    /// Commands that nobody answers: there are only so many.
    @Test func aFloodOfCommandsEndsIt() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try client.send(String(repeating: "NOOP\r\n", count: 4096))
            let refusal = try client.line()
            #expect(refusal.hasPrefix("421 Too many commands"))
            #expect(try client.receive() == [])
            for _ in 0..<FTPRelay.pendingLimit { #expect(try server.line() == "NOOP") }
            #expect(try server.receive() == [])
            client.end()
            server.end()
            #expect(eventually { network.relay.sessionCount == 0 })
            #expect(network.relay.counters[.finished] == 1)
        }
    }

    /// Peers that do not close when all is said are left after a while.
    @Test func whoDoesNotCloseIsLeft() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            server.end()
            #expect(try client.receive() == [])
            #expect(eventually(within: .seconds(15)) { network.relay.counters[.finished] == 1 })
            #expect(client.breakOff() != ETIMEDOUT)
        }
    }

    /// While its data flows, a control connection is silent with good reason.
    @Test func dataKeepsTheControlConnection() throws {
        var settings = RelaySettings()
        settings.idleTimeout = .milliseconds(400)
        try RelayNetwork.with(settings: settings) { network in
            let (client, server) = try network.greeted()
            let (port, data) = try network.passive(client, server)
            let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            let here = try data.accept()
            let begin = ContinuousClock.now
            while ContinuousClock.now - begin < .seconds(1) {
                try here.send("x")
                #expect(try there.text(1) == "x")
            }
            #expect(network.relay.counters[.idle] == 0)
            try client.send("NOOP\r\n")
            #expect(try server.line() == "NOOP")
            #expect(eventually { network.relay.counters[.idle] == 2 })
        }
    }
}
