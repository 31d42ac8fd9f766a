// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Whatever arrives at the control socket, `inet6d` goes on, answers the others and holds on to nothing. One host.
    @Suite struct ControlAbuseTests {
        /// What is no call, so that the connection ends.
        private static let garbage: [(name: String, bytes: [UInt8])] = [
            ("words", Array("create stf0\0".utf8)),
            ("HTTP", Array("GET / HTTP/1.1\r\n\r\n\0".utf8)),
            ("an empty message", [0]),
            ("many empty messages", [UInt8](repeating: 0, count: 100_000)),
            ("an array", Array("[]\0".utf8)),
            ("no method", Array("{}\0".utf8)),
            ("a method that is a number", Array(#"{"method":1}"#.utf8) + [0]),
            ("two values", Array("\(call("List"))\(call("List"))\0".utf8)),
            ("invalid UTF-8", Array(#"{"method":""#.utf8) + [0xFF, 0xC3] + Array(#""}"#.utf8) + [0]),
            ("UTF-16", Array(call("List").utf16.flatMap { [UInt8($0 & 0xFF), 0] }) + [0]),
            ("blanks", [UInt8](repeating: 0x20, count: 1_000_000) + [0]),
            ("a number without end", [UInt8](repeating: 0x31, count: 1_000_000) + [0]),
            ("100,000 levels", [UInt8](repeating: 0x5B, count: 100_000) + [0]),
            ("100,000 levels of a parameter", Array(call("List", nested(100_000)).utf8) + [0]),
            ("2 MiB without an end", [UInt8](repeating: 0x61, count: 2 << 20)),
            ("2 MiB", Array(#"{"method":""#.utf8) + [UInt8](repeating: 0x61, count: 2 << 20) + Array("\"}\0".utf8)),
            ("2 MiB of parameters", Array(call("List", "\(String(repeating: " ", count: 2 << 20)){}").utf8) + [0]),
        ]

        private static func nested(_ levels: Int) -> String {
            String(repeating: #"{"interface":["#, count: levels / 2) + String(repeating: "]}", count: levels / 2)
        }

        @Test func garbageEndsTheConnectionAndNothingElse() throws {
            try with { daemon in
                for (name, bytes) in ControlAbuseTests.garbage {
                    let client = try RawClient(daemon)
                    client.send(bytes)
                    #expect(client.isClosed(), "\(name)")
                    #expect(try daemon.answerTime() < .seconds(5), "after \(name)")
                }
            }
        }

        @Test func halfAMessageHoldsNobodyUp() throws {
            try with { daemon in
                let half = Array(call("List").utf8.prefix(20))
                try RawClient(daemon).send(half)
                let silent = try RawClient(daemon)
                silent.send(half)
                #expect(try daemon.answerTime() < .seconds(5))
                // The rest may come when it likes.
                silent.send(Array(call("List").utf8.dropFirst(20)) + [0])
                #expect(silent.reply()?.hasPrefix(#"{"parameters":{"interfaces":[{"#) == true)
            }
        }

        @Test func bytesMayComeOneByOne() throws {
            try with { daemon in
                let client = try RawClient(daemon)
                for byte in Array(call("Cloners").utf8) + [0] { client.send([byte]) }
                #expect(client.reply() == #"{"parameters":{"kinds":["stf","faith","vamp","puppet"]}}"#)
            }
        }

        /// What costs a decoder most, from a user who may only ask.
        @Test(arguments: ["[ ]", #"{"": 0}"#, "1, ", #""", "#])
        func aUsersLargeMessageHoldsNobodyUp(_ pattern: String) throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let parts = pattern.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                let levels = parts[1].isEmpty ? 1 : 24
                let nest = String(repeating: parts[0], count: levels) + String(repeating: parts[1], count: levels)
                let piece = parts[1].isEmpty ? nest : nest + ","
                let pieces = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
                let file = net.scratch.appending(path: "message")
                try Data("\(call("List", #"{"interface":[\#(pieces)0]}"#))\0".utf8).write(to: file)
                let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                let user = try net.start(
                    nobody + ["socat", "-u", "FILE:\(file.path)", "UNIX-CONNECT:\(daemon.socket.path)"])
                #expect(eventually { !user.isRunning })
                #expect(try daemon.answerTime() < .seconds(2))
            }
        }

        @Test func connectionsComeAndGo() throws {
            try with { daemon in
                for number in 0..<3000 {
                    let client = try RawClient(daemon)
                    switch number % 4 {
                    case 0: break
                    case 1: client.send(Array("{\"method\"".utf8))
                    case 2: client.send(call("List"))
                    default: client.send(Array("garbage\0".utf8))
                    }
                }
                #expect(try daemon.answerTime() < .seconds(5))
            }
        }

        /// After `body` the daemon is the same process, with the same interfaces and as many descriptors as before.
        private func with(_ body: (Daemon) throws -> Void) throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                try daemon.succeed("create stf0 inet6 2002:c000:201::1/16 description kept")
                let before = try daemon.succeed("-c")
                let descriptors = try daemon.idleDescriptors
                try body(daemon)
                #expect(daemon.process.isRunning)
                #expect(try daemon.succeed("-c") == before)
                #expect(try eventually { try daemon.descriptors == descriptors })
            }
        }
    }
}
