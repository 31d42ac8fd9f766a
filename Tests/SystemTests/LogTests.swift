// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What an admin reads, and what happens if nobody does. One host.
    @Suite struct LogTests {
        /// Standard error is a FIFO that somebody has open and does not read.
        @Test func aLogThatNobodyReadsStopsNothing() throws {
            try Topology.with { net in
                let path = net.scratch.appending(path: "log").path
                try #require(mkfifo(path, 0o600) == 0)
                let reader = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
                defer { close(reader) }
                let daemon = try net.daemon(
                    in: try net.namespace("a"), under: ["sh", "-c", #"exec 2>"$0" "$@""#, path])
                try daemon.succeed("create stf0")
                // More than a FIFO takes, which is 64 KiB.
                let client = try RawClient(daemon)
                let count = 1000
                for number in 0..<count {
                    let text = "\(number) " + String(repeating: "x", count: 200)
                    let reply = client.call(
                        call("Apply", #"{"changes":[{"interface":"stf0","description":"\#(text)"}]}"#))
                    try #require(reply?.contains("changed") == true, "\(number): \(reply ?? "no reply")")
                }
                // What was lost is told when there is somebody to read, though nothing more happens.
                var log = ""
                let isTold = eventually {
                    log += text(from: reader)
                    return log.hasSuffix(" lines were lost here: nobody read\n")
                }
                #expect(isTold, "\(log.suffix(1000))")
                let lines = log.split(separator: "\n")
                // A note may have had room where no line had.
                let lost = lines.compactMap {
                    $0.firstMatch(of: /(\d+) lines? (?:was|were) lost here/).flatMap { Int($0.1) }
                }
                .reduce(0, +)
                #expect(lost > 0 && lines.count { $0.contains(" stf0 description ") } == count - lost)
                try daemon.succeed("stf0 description after")
                #expect(eventually { text(from: reader).hasSuffix(": stf0 description after\n") })
                #expect(try daemon.stop().status == 0)
            }
        }

        private func text(from number: Int32) -> String {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(number, &chunk, chunk.count)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += chunk[..<count]
            }
        }
    }
}
