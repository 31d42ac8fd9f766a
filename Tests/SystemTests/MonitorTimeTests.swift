// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Each tool that monitors says when, if asked to, in the time zone of whoever asks. One host.
    @Suite struct MonitorTimeTests {
        /// A zone that no machine is in: nine hours and a half before UTC.
        private static let zone = "TST9:30"

        private static let monitors = [
            (["stfctl", "-mt"], "stf0: removed"), (["inet6ctl", "-mt"], "net.link.stf.ttl: 40 -> 41"),
            (["faithctl", "-tm"], "faith0: removed"),
        ]

        @Test func eachEventHasItsTime() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let texts = try Self.monitors.map { try start($0.0, daemon, net) }
                let documents = try Self.monitors.map { try start($0.0 + ["-j"], daemon, net) }
                #expect(eventually { documents.allSatisfy { $0.output.contains(#""event":"current""#) } })
                let before = Date()
                // Until all have seen it: who monitors says nothing of when it begins.
                let isSeen = try eventually {
                    try daemon.succeed("-i create stf0")
                    _ = try daemon.faithctl("-i create faith0")
                    try daemon.set("net.link.stf.ttl", 40)
                    try daemon.set("net.link.stf.ttl", 41)
                    try daemon.succeed("destroy stf0")
                    _ = try daemon.faithctl("destroy faith0")
                    return zip(texts, Self.monitors).allSatisfy { $0.output.contains("] \($1.1)\n") }
                }
                #expect(isSeen, "\(texts.map(\.output))")
                for text in texts {
                    for line in text.output.split(separator: "\n") where !line.hasPrefix("\t") {
                        let stamp = line.firstMatch(of: /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{6}\] [a-z]/)
                        let moment = try #require(stamp.flatMap { time(of: "\($0.1)-09:30") }, "\(line)")
                        #expect(abs(moment.timeIntervalSince(before)) < 60)
                    }
                }
                for document in documents {
                    for line in document.output.split(separator: "\n") {
                        let stamp = line.firstMatch(of: /"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{6}(-09:30)"/)
                        let moment = try #require(stamp.flatMap { time(of: "\($0.1)\($0.2)") }, "\(line)")
                        #expect(abs(moment.timeIntervalSince(before)) < 60)
                    }
                }
            }
        }

        @Test func withoutEventsThereAreNoTimes() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                #expect(try daemon.stfctl("-t").status == 64)
                #expect(try daemon.faithctl("-t create faith0").error.hasPrefix("faithctl: -t: only with -m\n"))
            }
        }

        private func start(_ words: [String], _ daemon: Daemon, _ net: Topology) throws -> RunningCommand {
            let tool = net.executables.appending(path: words[0]).path
            let environment = ["INET6D_SOCKET": daemon.socket.path, "TZ": Self.zone]
            return try net.start([tool] + words.dropFirst(), environment: environment)
        }

        private func time(of text: some StringProtocol) -> Date? {
            ISO8601DateFormatter().date(from: String(text))
        }
    }
}
