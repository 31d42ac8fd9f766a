// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Foundation
import Internet
import Relay
import TestSupport
import Testing

/// FTP between a client over IPv6 and a server over IPv4, each with sockets of its own.
@Suite struct FTPSessionTests {
    @Test(arguments: ["EPSV", "LPSV"])
    func passiveModeFetchesAFile(_ command: String) throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (port, data) = try network.passive(client, server, command)
            #expect(try network.states() == [.established, .listening])
            let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            let here = try data.accept()
            #expect(try here.peer().address == RelayNetwork.source)
            let sessions = try network.relay.sessions()
            let control = try #require(sessions.first { $0.control == nil })
            let relayed = try #require(sessions.first { $0.control == control.number })
            #expect(relayed.application == .ftp)
            #expect(relayed.client.description == "[\(RelayNetwork.client)]:\(there.port)")
            #expect(relayed.destination.description == "[\(RelayNetwork.asked)]:\(port)")
            #expect(relayed.server?.description == "192.0.2.1:\(data.port)")
            try together([
                {
                    try Pattern.send(3 << 20, to: here)
                    here.end()
                }
            ]) { () throws in
                #expect(try Pattern.receive(from: there) == 3 << 20)
                there.end()
            }
            #expect(eventually { network.relay.sessionCount == 1 })
            // It was for one connection.
            #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) {
                try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            }
            let name = IPv6Endpoint(try #require(IPv6Address(RelayNetwork.asked)), port: port)
            #expect(network.pinholes.opened == [name])
            #expect(network.pinholes.closed == [name])
            try server.send("226 done\r\n")
            #expect(try client.line() == "226 done")
        }
    }

    @Test(arguments: ["EPRT", "LPRT"])
    func activeModeFetchesAFile(_ command: String) throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let (data, address, port) = try network.active(client, server, command)
            #expect(address == RelayNetwork.source)
            #expect(try network.states() == [.established, .listening])
            let here = try TestSocket(from: "192.0.2.1", 20, to: address, port)
            let there = try data.accept()
            // As if the server had come itself, from FTP's own port.
            let peer = try there.peer()
            #expect(peer.address == RelayNetwork.asked)
            #expect(peer.port == 20)
            try together([
                {
                    try Pattern.send(3 << 20, to: here)
                    here.end()
                }
            ]) { () throws in
                #expect(try Pattern.receive(from: there) == 3 << 20)
                there.end()
            }
            #expect(eventually { network.relay.sessionCount == 1 })
            #expect(throws: TestSocket.Failure(errno: ECONNREFUSED)) {
                try TestSocket(from: "192.0.2.1", to: address, port)
            }
            #expect(network.pinholes.opened == [])
            #expect(network.relay.counters.connected == 2)
        }
    }

    /// From port 20, one port of the client can be reached once at a time; the next connection comes from another.
    @Test func activeModeGoesOnWithoutItsPort() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let data = try TestListener(RelayNetwork.client)
            var ends: [TestSocket] = []
            for isFirst in [true, false] {
                let (address, port) = try network.active(client, server, at: data.port)
                let here = try TestSocket(from: "192.0.2.1", to: address, port)
                let there = try data.accept()
                let peer = try there.peer()
                #expect(peer.address == RelayNetwork.asked)
                #expect((peer.port == 20) == isFirst)
                try here.send("x")
                #expect(try there.text(1) == "x")
                ends += [here, there]
            }
            #expect(ends.count == 4)
        }
    }

    /// All at once, and byte by byte: the lines are what counts.
    @Test(arguments: [false, true])
    func linesAreWhatCounts(_ isSplit: Bool) throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            let say = { (socket: TestSocket, text: String) throws in
                if isSplit {
                    for character in text.unicodeScalars { try socket.send(String(character)) }
                } else {
                    try socket.send(text)
                }
            }
            try say(client, "USER a\r\nEPSV ALL\r\nPASS b\r\nEPSV\r\nRETR x\r\n")
            for line in ["USER a", "PASS b", "PASV", "RETR x"] { #expect(try server.line() == line) }
            try say(server, "331-more\r\n331 password\r\n230 in\r\n227 (192,0,2,1,200,1)\r\n150 soon\r\n226 done\r\n")
            let replies = try (0..<7).map { _ in try client.line() }
            #expect(
                replies.enumerated().filter { $0.offset != 4 }.map(\.element)
                    == [
                        "331-more", "331 password", "200 EPSV ALL command successful.", "230 in", "150 soon",
                        "226 done",
                    ])
            #expect(replies[4].hasPrefix("229 Entering Extended Passive Mode (|||"))
        }
    }

    /// After AUTH it is a session like any other: bulk data passes, as it is.
    @Test func whatIsEncryptedPasses() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try client.send("AUTH TLS\r\n")
            #expect(try server.line() == "AUTH TLS")
            try server.send("234 go\r\n")
            #expect(try client.line() == "234 go")
            try together([
                {
                    try Pattern.send(3 << 20, to: client)
                    client.end()
                },
                { () throws in #expect(try Pattern.receive(from: server) == 3 << 20) },
                {
                    try Pattern.send(2 << 20, to: server)
                    server.end()
                }, { () throws in #expect(try Pattern.receive(from: client) == 2 << 20) },
            ])
            #expect(eventually { network.relay.counters[.finished] == 1 })
        }
    }

    @Test func whoEndsFirstIsAnswered() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try client.send("QUIT\r\n")
            client.end()
            #expect(try server.line() == "QUIT")
            #expect(try server.receive() == [])
            #expect(try network.states() == [.clientEnded])
            try server.send("221 bye\r\n")
            server.end()
            #expect(try client.line() == "221 bye")
            #expect(try client.receive() == [])
            #expect(eventually { network.relay.sessionCount == 0 })
            #expect(network.relay.counters[.finished] == 1)
        }
    }

    /// The server's last words need not be a line, but become one.
    @Test func theServerMayEnd() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try server.send("421 go a")
            server.end()
            #expect(try client.line() == "421 go a")
            #expect(try client.receive() == [])
            client.end()
            #expect(try server.receive() == [])
            #expect(eventually { network.relay.counters[.finished] == 1 })
        }
    }

    /// Telnet's interrupt before ABOR, a byte of which the client sends as urgent (RFC 959 §4.1.3): so a server that is
    /// busy with a transfer is signalled, while one that knows nothing of all this sees a command like any other.
    @Test(arguments: [false, true], [0, 3, 4, 5, 8, 9])
    func anAbortPasses(_ isInline: Bool, _ place: Int) throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            var on: Int32 = isInline ? 1 : 0
            setsockopt(server.number, SOL_SOCKET, SO_OOBINLINE, &on, 4)
            let abort: [UInt8] = [255, 244, 255, 242] + Array("ABOR\r\n".utf8)
            // The last byte is the urgent one.
            #expect(Foundation.send(client.number, abort, place + 1, Int32(MSG_OOB)) == place + 1)
            let rest = abort[(place + 1)...] + Array("NOOP\r\n".utf8)
            #expect(Foundation.send(client.number, Array(rest), rest.count, 0) == rest.count)
            #expect(try server.text(4) == "ABOR")
            #expect(eventually { server.isAtMark })
            #expect(try server.text(isInline ? 8 : 7) == (isInline ? "\r\nNOOP\r\n" : "\nNOOP\r\n"))
        }
    }

    /// What a client says after AUTH waits for the server's answer, and a client that says no more for it too.
    @Test func clearTextWaitsForTheAnswerToAUTH() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            try client.send("AUTH TLS\r\nNOOP\r\n")
            client.end()
            #expect(try server.line() == "AUTH TLS")
            try server.send("500 no\r\n")
            #expect(try client.line() == "500 no")
            #expect(try server.line() == "NOOP")
            #expect(try server.receive() == [])
            server.end()
            #expect(eventually { network.relay.counters[.finished] == 1 })
        }
    }

    @Test func clearTextIsDroppedWhenTLSBegins() throws {
        try RelayNetwork.with { network in
            let (client, server) = try network.greeted()
            // More than is held: the rest waits in the kernel.
            try client.send("AUTH TLS\r\n" + String(repeating: "NOOP\r\n", count: 100))
            #expect(try server.line() == "AUTH TLS")
            // So that all of it is there before the answer.
            #expect(eventually { network.relay.counters.bytesToServer >= 610 })
            try server.send("234 go\r\n")
            #expect(try client.line() == "234 go")
            try client.send("x")
            #expect(try server.receive() == [0x78])
            #expect(network.relay.counters[FTPRefusal.clearText] == 1)
        }
    }

    /// The server is told of the client before the client's first line.
    @Test func theHeaderComesFirst() throws {
        let policy = LastBits(application: .ftp, sendsProxyHeader: true)
        try RelayNetwork.with(policy: policy) { network in
            let (client, server) = try network.session()
            try client.send("NOOP\r\n")
            let header = try server.receive(52, flags: Int32(MSG_WAITALL))
            #expect(header.prefix(4) == [0x0D, 0x0A, 0x0D, 0x0A])
            #expect(Array(header[48...]) == [UInt8(client.port >> 8), UInt8(client.port & 255), 0, 21])
            #expect(try server.line() == "NOOP")
        }
    }

    /// Whatever was opened is closed again.
    @Test func nothingIsLeftBehind() throws {
        try RelayNetwork.with { network in
            // Those that listen: one for clients, the server's.
            #expect(try eventually { try network.sockets() == 2 })
            for round in 0..<20 {
                let (client, server) = try network.greeted()
                if round % 2 == 0 {
                    let (port, data) = try network.passive(client, server)
                    // Every other time nobody comes.
                    if round % 4 == 0 {
                        let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
                        try there.send("x")
                        #expect(try data.accept().text(1) == "x")
                    }
                } else {
                    let (data, address, port) = try network.active(client, server)
                    if round % 4 == 1 {
                        let here = try TestSocket(from: "192.0.2.1", to: address, port)
                        try here.send("x")
                        #expect(try data.accept().text(1) == "x")
                    }
                }
            }
            #expect(eventually { network.relay.sessionCount == 0 })
            #expect(try eventually { try network.sockets() == 2 })
            #expect(network.pinholes.opened.count == 10)
            #expect(network.pinholes.closed.count == 10)
        }
    }
}
