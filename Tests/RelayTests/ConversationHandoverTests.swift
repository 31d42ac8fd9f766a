// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Relay
import SystemIO
import TestSupport
import Testing

/// FTP and rsh, in the middle of what they say, from one relay to another.
@Suite struct ConversationHandoverTests {
    /// The port that was announced is still the one, and the kernel lets the client through to it.
    @Test func `a data connection of passive mode comes to the successor`() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (port, data) = try network.passive(client, server)
            try network.handOver()
            #expect(try network.states() == [.established, .listening])
            let name = IPv6Endpoint(try #require(IPv6Address(RelayNetwork.asked)), port: port)
            #expect(network.pinholes.closed == [])
            let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            let here = try data.accept()
            let size = 6 << 20
            try together([
                {
                    try Pattern.send(size, to: here)
                    here.end()
                },
                { () throws in
                    #expect(try Pattern.receive(from: there) == size)
                    there.end()
                },
            ]) {
                // In the middle of it.
                let begun = eventually { network.relay.counters.bytesToClient > 1 << 20 }
                #expect(begun)
                try network.handOver()
                let sessions = try network.relay.sessions()
                let control = sessions.first { $0.control == nil }
                #expect(sessions.count { $0.control == control?.number } <= 1)
            }
            #expect(eventually { network.relay.sessionCount == 1 })
            #expect(network.pinholes.opened == [name, name])
            #expect(network.pinholes.closed == [name])
            try server.send("226 done\r\n")
            #expect(try client.line() == "226 done")
            #expect(network.relay.counters.connected == 2)
        }
    }

    @Test func `a data connection of active mode comes to the successor`() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (data, address, port) = try network.active(client, server)
            try network.handOver()
            #expect(try network.states() == [.established, .listening])
            let here = try TestSocket(from: "192.0.2.1", 20, to: address, port)
            let there = try data.accept()
            #expect(try there.peer().address == RelayNetwork.asked)
            try here.send("x")
            #expect(try there.text(1) == "x")
            try network.handOver()
            try there.send("y")
            #expect(try here.text(1) == "y")
        }
    }

    /// A data connection goes where its control connection goes, and keeps it awake there.
    @Test func `a transfer keeps its conversation from being idle`() throws {
        var settings = RelaySettings()
        settings.idleTimeout = .milliseconds(700)
        try RelayNetwork.with(settings: settings) { network in
            let (client, server) = try network.greeted()
            let (port, data) = try network.passive(client, server)
            let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            let here = try data.accept()
            try network.handOver()
            let begin = ContinuousClock.now
            while ContinuousClock.now - begin < .seconds(2) {
                try here.send("x")
                #expect(try there.text(1) == "x")
            }
            try server.send("226 done\r\n")
            #expect(try client.line() == "226 done")
        }
    }

    /// Half a command, and a reply that is waited for.
    @Test func `a conversation goes on in the middle of a line`() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try client.send("US")
            #expect(try eventually { try network.relay.sessions().map(\.bytesToServer) == [2] })
            try network.handOver()
            try client.send("ER a\r\nEPSV\r\n")
            #expect(try server.line() == "USER a")
            #expect(try server.line() == "PASV")
            try server.send("331 pass")
            #expect(try eventually { try network.relay.sessions().map(\.bytesToClient).max() ?? 0 >= 19 })
            try network.handOver()
            try server.send("word\r\n227 (192,0,2,1,200,1)\r\n")
            #expect(try client.line() == "331 password")
            #expect(try client.line().hasPrefix("229 Entering Extended Passive Mode (|||"))
            #expect(try network.states() == [.established, .listening])
        }
    }

    @Test func `a data port that nobody comes to is closed in its time`() throws {
        var settings = RelaySettings()
        settings.dataTimeout = .seconds(1)
        try RelayNetwork.with(settings: settings) { network in
            let (client, server) = try network.greeted()
            let (port, _) = try network.passive(client, server)
            try network.handOver()
            #expect(network.relay.sessionCount == 2)
            #expect(eventually { network.relay.counters[.dataTimedOut] == 1 })
            #expect(network.relay.sessionCount == 1)
            let name = IPv6Endpoint(try #require(IPv6Address(RelayNetwork.asked)), port: port)
            #expect(network.pinholes.closed == [name])
        }
    }

    /// Its port is said in two pieces, and the server's second connection comes after the second hand-over.
    @Test func `rsh goes on`() throws {
        try RelayNetwork.with(port: 514, policy: LastBits(application: .rsh)) { network in
            let (client, server) = try network.session(port: 1023)
            let errors = try TestListener(RelayNetwork.client, 1022)
            try client.send("10")
            try network.handOver()
            try client.send("22\0me\0")
            var text = ""
            while !text.hasSuffix("\0me\0") { text += try server.text(1) }
            let port = try #require(UInt16(text.split(separator: "\0").first ?? ""))
            try network.handOver()
            let here = try TestSocket(from: "192.0.2.1", 1021, to: RelayNetwork.source, port)
            let there = try errors.accept()
            try here.send("error")
            #expect(try there.text(5) == "error")
            try server.send("\0output")
            #expect(try client.text(7) == "\0output")
        }
    }

    /// Sockets of this network are as many as before.
    @Test func `nothing is left behind`() throws {
        try RelayNetwork.with { network in
            #expect(try eventually { try network.sockets() == 2 })
            for round in 0..<8 {
                let (client, server) = try network.greeted()
                if round % 2 == 0 {
                    _ = try network.passive(client, server)
                } else {
                    _ = try network.active(client, server)
                }
                try network.handOver()
            }
            #expect(eventually { network.relay.sessionCount == 0 })
            #expect(try eventually { try network.sockets() == 2 })
            #expect(network.pinholes.closed.count == 4)
        }
    }
}
