// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// A relay has all of its threads, or is refused: not one that accepts what it cannot serve.
    @Suite struct FaithDescriptorTests {
        @Test func `want of descriptors fails the create`() throws {
            try Topology.with { net in
                let router = try net.namespace("router")
                let whole = try relayThreads(of: try net.daemon(in: router))
                var outcomes: Set<Int> = []
                for limit in stride(from: 40, through: 100, by: 3) {
                    // Below some number, there is no daemon.
                    guard
                        let daemon = try? net.daemon(in: router, under: ["prlimit", "--nofile=\(limit):\(limit)"])
                    else { continue }
                    let threads = try relayThreads(of: daemon)
                    #expect(threads == 0 || threads == whole, "\(limit)")
                    outcomes.insert(threads)
                }
                #expect(outcomes == [0, whole])
            }
        }

        /// Of faith0, once it was asked for; it is ended then.
        private func relayThreads(of daemon: Daemon) throws -> Int {
            let created = try daemon.faithctl("create faith0 relay 80")
            let tasks = "/proc/\(daemon.process.processID)/task"
            let names = try FileManager.default.contentsOfDirectory(atPath: tasks).map { task in
                try String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)
            }
            let threads = names.filter { $0.wholeMatch(of: /faith0-[0-9]+\n/) != nil }.count
            #expect((created.status == 0) == (threads > 0), "\(created)")
            daemon.kill()
            return threads
        }
    }
}
