// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Whoever follows what happens costs little, however they read. One host.
    @Suite struct ControlMonitorTests {
        private static let interfaces = 100
        private static let rounds = 120
        private static let monitor = call("Monitor", "{}", #","more":true"#)

        /// They read as fast as things happen, but what happened a while ago.
        @Test func monitorsThatAlwaysLagKeepNothingThatTheyRead() throws {
            try with { daemon in
                let slow = try (0..<10).map { _ in try Follower(daemon) }
                let fast = try Follower(daemon)
                // More than a socket takes, less than they may lag.
                let lag = 1 << 20
                var before: Int?
                for round in 0..<Self.rounds {
                    try change(daemon, round)
                    fast.read { $0 < (round + 1) * Self.interfaces }
                    for follower in slow { follower.read(upTo: fast.bytes - lag) }
                    if fast.bytes > 2 * lag, before == nil { before = try daemon.residentKiB }
                }
                let start = try #require(before, "\(fast.bytes) bytes are too few")
                // Each would have kept all of what it has read by now.
                #expect(fast.bytes > 4 << 20, "\(fast.bytes)")
                #expect(try daemon.residentKiB - start < 8 << 10)
                for follower in slow {
                    follower.read { $0 < Self.rounds * Self.interfaces }
                    #expect(follower.bytes == fast.bytes)
                }
            }
        }

        @Test func aMonitorThatReadsNothingIsDisconnected() throws {
            try with { daemon in
                let silent = try Follower(daemon)
                let before = try daemon.residentKiB
                var round = 0
                let isGone = try eventually(within: .seconds(30)) {
                    try change(daemon, round)
                    round += 1
                    return daemon.log.contains("closed, does not read what happens")
                }
                #expect(isGone)
                #expect(try daemon.residentKiB - before < 32 << 10)
                #expect(silent.client.isClosed())
            }
        }

        private func change(_ daemon: Daemon, _ round: Int) throws {
            let text = String(repeating: "x", count: 200) + " \(round)"
            let changes = (0..<Self.interfaces).map { #"{"interface":"stf\#($0)","description":"\#(text)"}"# }
            let client = try RawClient(daemon)
            let reply = client.call(call("Apply", #"{"changes":[\#(changes.joined(separator: ","))]}"#))
            try #require(reply?.contains("changed") == true, "\(reply ?? daemon.log)")
        }

        private func with(_ body: (Daemon) throws -> Void) throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"), options: ["-d"])
                try daemon.succeed("-f -", input: (0..<Self.interfaces).map { "create stf\($0)\n" }.joined())
                try body(daemon)
                #expect(daemon.process.isRunning)
            }
        }

        /// A client that monitors, and counts what it reads.
        private final class Follower {
            let client: RawClient
            private(set) var bytes = 0
            private var events = 0

            init(_ daemon: Daemon) throws {
                client = try RawClient(daemon)
                client.send(monitor)
                while let reply = client.reply(), !reply.contains("current") {}
            }

            func read(upTo limit: Int) {
                while bytes < limit, let event = client.reply() { count(event) }
            }

            /// - Parameter isWanted: whether to go on after so many events.
            func read(while isWanted: (Int) -> Bool) {
                while isWanted(events), let event = client.reply() { count(event) }
            }

            private func count(_ event: String) {
                events += 1
                bytes += event.utf8.count + 1
            }
        }
    }
}
