// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Foundation
import Internet
import Relay
import SystemIO
import TestSupport
import Testing

/// rsh with its second connection, and servers that want reserved ports.
@Suite struct RshSessionTests {
    private func with(
        settings: RelaySettings = RelaySettings(), _ body: (RelayNetwork) throws -> Void
    ) throws {
        try RelayNetwork.with(port: 514, policy: LastBits(application: .rsh), settings: settings, body)
    }

    @Test func theStandardErrorHasItsConnection() throws {
        try with { network in
            let (client, server) = try network.session(port: 1023)
            #expect(try server.peer().address == RelayNetwork.source)
            #expect(ReservedPorts.range.contains(try server.peer().port))
            let errors = try TestListener(RelayNetwork.client, 1022)
            // In pieces, and with what follows right behind.
            try client.send("10")
            try client.send("22\0me\0you\0ls\0")
            let port = try #require(UInt16(try server.string()))
            #expect(ReservedPorts.range.contains(port))
            #expect(try server.string() == "me")
            let here = try TestSocket(from: "192.0.2.1", 1021, to: RelayNetwork.source, port)
            let there = try errors.accept()
            #expect(try there.peer().address == RelayNetwork.asked)
            #expect(ReservedPorts.range.contains(try there.peer().port))
            #expect(try server.text(7) == "you\0ls\0")
            try server.send("\0output")
            try here.send("error")
            #expect(try client.text(7) == "\0output")
            #expect(try there.text(5) == "error")
            let sessions = try network.relay.sessions()
            #expect(sessions.map(\.application) == [.rsh, .rsh])
            #expect(sessions.compactMap(\.control) == sessions.filter { $0.control == nil }.map(\.number))
            // Both ways, as a signal to the command goes the other way.
            try there.send("s")
            #expect(try here.text(1) == "s")
            for socket in [here, server, there, client] { socket.end() }
            #expect(eventually { network.relay.counters[.finished] == 2 })
        }
    }

    @Test(arguments: ["\0", "0\0"])
    func thereMayBeNoSecondConnection(_ beginning: String) throws {
        try with { network in
            let (client, server) = try network.session()
            try client.send(beginning + "me\0")
            #expect(try server.text(beginning.utf8.count + 3) == beginning + "me\0")
            #expect(network.relay.sessionCount == 1)
        }
    }

    @Test(arguments: ["22\0", "+1022\0", "000000", "ssh", "65536\0"])
    func whatIsNoPortEndsIt(_ beginning: String) throws {
        try with { network in
            let (client, server) = try network.session()
            try client.send(beginning)
            #expect(client.breakOff() == ECONNRESET)
            #expect(server.breakOff() == ECONNRESET)
            #expect(network.relay.counters[.malformed] == 1)
        }
    }

    @Test func whoSaysHalfAPortIsNotWaitedForLong() throws {
        var settings = RelaySettings()
        settings.connectTimeout = .milliseconds(300)
        try with(settings: settings) { network in
            let (client, server) = try network.session()
            try client.send("10")
            let (other, otherServer) = try network.session()
            try other.send("10")
            other.end()
            #expect(otherServer.breakOff() == ECONNRESET)
            #expect(network.relay.counters[.malformed] == 1)
            #expect(client.breakOff() == ECONNRESET)
            #expect(server.breakOff() == ECONNRESET)
            #expect(network.relay.counters[.idle] == 1)
        }
    }

    /// Neither from another host, nor from a port that anybody may have: rcmd(3) would take it for the server's word.
    @Test func theSecondConnectionIsTheServersOwn() throws {
        try with { network in
            let (client, server) = try network.session()
            let errors = try TestListener(RelayNetwork.client, 1022)
            try client.send("1022\0")
            let port = try #require(UInt16(try server.string()))
            for (address, from) in [("192.0.2.2", 1021), ("192.0.2.1", 2000)] as [(String, UInt16)] {
                #expect(
                    try TestSocket(from: address, from, to: RelayNetwork.source, port).breakOff() == ECONNRESET)
            }
            #expect(network.relay.counters[.foreignPeer] == 2)
            let here = try TestSocket(from: "192.0.2.1", 1020, to: RelayNetwork.source, port)
            try here.send("x")
            #expect(try errors.accept().text(1) == "x")
        }
    }

    /// faithd's `-p`, and its fourth field, which did not go together there.
    @Test func aReservedPortGoesWithAnAddress() throws {
        try RelayNetwork.with(port: 80, policy: LastBits(usesReservedPort: true)) { network in
            let sessions = try (0..<3).map { _ in try network.session() }
            let peers = try sessions.map { try $0.server.peer() }
            #expect(peers.allSatisfy { $0.address == RelayNetwork.source })
            #expect(peers.allSatisfy { ReservedPorts.range.contains($0.port) })
            #expect(Set(peers.map(\.port)).count == 3)
            try sessions[0].client.send("x")
            #expect(try sessions[0].server.text(1) == "x")
        }
    }

    /// An eighth of them is one client prefix's share, here and where its sessions are handed over.
    @Test func oneClientDoesNotTakeThemAll() throws {
        var settings = RelaySettings()
        settings.clientPrefixLength = 128
        let policy = LastBits(usesReservedPort: true)
        try RelayNetwork.with(port: 80, policy: policy, settings: settings) { network in
            let share = ReservedPorts.range.count / 8
            var sessions = try (0..<share).map { _ in try network.session() }
            let refused = {
                try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, 80).breakOff() == ECONNRESET
            }
            #expect(try refused())
            #expect(network.relay.counters[.noReservedPort] == 1)
            let (other, otherServer) = try network.session(from: RelayNetwork.other)
            try other.send("x")
            #expect(try otherServer.text(1) == "x")
            // One that ends makes room.
            sessions.removeLast().client.reset()
            #expect(eventually { network.relay.sessionCount == share })
            sessions.append(try network.session())
            try network.handOver()
            #expect(try refused())
            #expect(network.relay.counters[.noReservedPort] == 2)
            #expect(sessions.count == share)
        }
    }

    @Test func noReservedPortIsLeft() throws {
        try RelayNetwork.with(port: 80, policy: LastBits(usesReservedPort: true)) { network in
            var taken = try ReservedPorts.range.map { try TestListener("0.0.0.0", $0) }
            let client = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, 80)
            #expect(client.breakOff() == ECONNRESET)
            #expect(network.relay.counters[.noReservedPort] == 1)
            // The next that is free is found.
            taken.remove(at: 100)
            #expect(try network.session().server.peer().port == 700)
        }
    }
}

extension TestSocket {
    /// Text up to NUL.
    fileprivate func string() throws -> String {
        var text = ""
        while true {
            let next = try self.text(1)
            guard next != "\0", !next.isEmpty else { return text }
            text += next
        }
    }
}
