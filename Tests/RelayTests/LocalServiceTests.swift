// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import Relay
import TestSupport
import Testing

/// Programs that serve clients who ask for the router itself.
@Suite struct LocalServiceTests {
    private func fixture(
        _ path: String, _ arguments: [String] = [], settings: RelaySettings = RelaySettings()
    ) throws -> RelayFixture {
        try RelayFixture(settings: settings) { _ in OneServer(running: RelayProgram(path, arguments)) }
    }

    @Test func aProgramEchoes() throws {
        let fixture = try fixture("/bin/cat")
        let client = try TestSocket(to: fixture.port)
        try client.send("hello")
        #expect(try client.text(5) == "hello")
        let session = try #require(try fixture.relay.sessions().first)
        #expect(session.state == .program)
        #expect(session.program == RelayProgram("/bin/cat"))
        #expect(session.server == nil)
        #expect(session.client.description == "[::1]:\(client.port)")
        client.end()
        #expect(try client.receive() == [])
        #expect(eventually { fixture.relay.sessionCount == 0 })
        #expect(fixture.relay.counters[.finished] == 1)
        #expect(try fixture.relay.sessions() == [])
    }

    /// It has its own connection, and none of the others that there are.
    @Test func aProgramHasNothingElse() throws {
        try inOwnNetwork(["link set lo up"]) {
            let script = "ls -l /proc/$$/fd; env; echo $0; read x; echo $x"
            let fixture = try fixture("/bin/sh", ["-c", script, "zero"])
            let others = try (0..<4).map { _ in try TestSocket(to: fixture.port) }
            let client = try TestSocket(to: fixture.port)
            var text = ""
            while !text.hasSuffix("zero\n") { text += try client.text(1) }
            let lines = text.split(separator: "\n").map(String.init)
            let open = lines.compactMap { $0.split(separator: " ").last }.map(String.init)
            let connections = try ["tcp", "tcp6"].flatMap { file in
                try String(contentsOfFile: "/proc/thread-self/net/\(file)", encoding: .utf8).split(separator: "\n")
                    .dropFirst().map { "socket:[\($0.split(separator: " ")[9])]" }
            }
            // Others who start programs here may be less careful than the relay.
            #expect(open.filter { connections.contains($0) }.count == 3)
            #expect(!open.contains { $0.hasPrefix("anon_inode:") })
            // What is not of the shell's own making.
            let variables = lines.compactMap { line in line.firstIndex(of: "=").map { String(line[..<$0]) } }
            #expect(variables.filter { !["PWD", "OLDPWD", "SHLVL", "_"].contains($0) } == ["PATH"])
            // Its reads wait.
            try client.send("after all\n")
            #expect(try client.text(10) == "after all\n")
            #expect(try client.receive() == [])
            #expect(others.count == 4)
        }
    }

    /// Whatever this process was given by whoever started it, or has for itself. 3 is what the shell reads here.
    @Test func `a program begins as any other`() throws {
        let file = open("/etc/passwd", O_RDONLY)
        defer { close(file) }
        let script = "pwd; ulimit -Sn; ulimit -Ss; umask; cd /proc/$$/fd && echo *; exit"
        let fixture = try fixture("/bin/sh", ["-c", script])
        let client = try TestSocket(to: fixture.port)
        var text = ""
        while case let piece = try client.receive(), !piece.isEmpty { text += String(decoding: piece, as: UTF8.self) }
        #expect(text.split(separator: "\n").map(String.init) == ["/", "1024", "8192", "0022", "0 1 2 3"])
    }

    /// The relay's threads have all signals blocked, and its process ignores one.
    @Test func aProgramHasItsSignals() throws {
        let fixture = try fixture("/bin/grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"])
        let client = try TestSocket(to: fixture.port)
        var text = ""
        while case let piece = try client.receive(), !piece.isEmpty { text += String(decoding: piece, as: UTF8.self) }
        let signals = text.split(separator: "\n").compactMap { UInt64($0.dropFirst(8), radix: 16) }
        // 32 and 33 are glibc's own.
        #expect(signals.map { $0 & 0x7FFF_FFFF } == [0, 0])
    }

    @Test func aProgramThatIsNotThereIsARefusal() throws {
        let fixture = try fixture("/nowhere/at/all")
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.programFailed] == 1)
        #expect(eventually { fixture.relay.sessionCount == 0 })
    }

    @Test func aProgramThatFailsIsCounted() throws {
        let fixture = try fixture("/bin/false")
        let client = try TestSocket(to: fixture.port)
        #expect(try client.receive() == [])
        #expect(eventually { fixture.relay.counters[.programError] == 1 })
        #expect(eventually { fixture.relay.sessionCount == 0 })
    }

    @Test func thereAreSoManyPrograms() throws {
        var settings = RelaySettings()
        settings.maximumPrograms = 2
        let fixture = try fixture("/bin/cat", settings: settings)
        let clients = try (0..<2).map { _ in try TestSocket(to: fixture.port) }
        for client in clients {
            try client.send("x")
            #expect(try client.text(1) == "x")
        }
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(fixture.relay.counters[.programLimit] == 1)
        clients[0].end()
        #expect(eventually { fixture.relay.sessionCount == 1 })
        let next = try TestSocket(to: fixture.port)
        try next.send("y")
        #expect(try next.text(1) == "y")
    }

    @Test func aProgramCanBeKilled() throws {
        let fixture = try fixture("/bin/sh", ["-c", "trap '' TERM HUP; while :; do sleep 1; done"])
        let client = try TestSocket(to: fixture.port)
        #expect(try eventually { try fixture.relay.sessions().count == 1 })
        let number = try #require(try fixture.relay.sessions().first?.number)
        #expect(try fixture.relay.kill([number]) == 1)
        // What it had started went with it.
        #expect(try client.receive() == [])
        #expect(eventually { fixture.relay.counters[.killed] == 1 })
        #expect(eventually { fixture.relay.sessionCount == 0 })
    }

    /// When accepting ends it goes on; when the relay stops it is told, and one that does not listen is ended.
    @Test(arguments: [
        "/bin/cat", "/bin/sh -c trap\u{A0}''\u{A0}TERM\u{A0}HUP;\u{A0}while\u{A0}:;do\u{A0}sleep\u{A0}1;done",
    ])
    func aProgramEndsWithTheRelay(_ line: String) throws {
        let words = line.split(separator: " ").map { $0.replacingOccurrences(of: "\u{A0}", with: " ") }
        let fixture = try fixture(words[0], Array(words.dropFirst()))
        let client = try TestSocket(to: fixture.port)
        #expect(try eventually { try fixture.relay.sessions().count == 1 })
        fixture.relay.drain()
        if words.count == 1 {
            try client.send("x")
            #expect(try client.text(1) == "x")
        }
        #expect(fixture.relay.sessionCount == 1)
        fixture.relay.stop()
        #expect(try client.receive() == [])
        #expect(fixture.relay.counters[.stopped] == 1)
        #expect(fixture.relay.sessionCount == 0)
    }
}
