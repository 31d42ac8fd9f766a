// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

/// A relay that is a process of its own, whose descriptors and memory can be counted.
@Suite struct RelayProcessTests {
    @Test func twoThousandSessionsLeaveNothingBehind() throws {
        try RelayProcess.with { relay in
            // Its threads have begun when one has answered each of many.
            let warm = try relay.bench("load ::1 \(relay.port) 100 8").wait()
            #expect(warm.output.contains("failures=0"), "\(warm)")
            #expect(try eventually { try relay.counter("sessions") == 0 })
            let before = try relay.descriptors()
            let idle = try relay.bench("idle ::1 \(relay.port) 2000")
            #expect(eventually(within: .seconds(20)) { idle.output.contains("ready") })
            let sessions = try relay.counter("sessions")
            #expect(sessions == 2000)
            let during = try relay.descriptors()
            #expect(during >= before + 4000)
            idle.kill()
            relay.endServer()
            #expect(try eventually { try relay.counter("sessions") == 0 })
            let after = try relay.descriptors()
            #expect(after == before)
        }
    }

    /// Where there are not the descriptors for all of its threads, there is no relay: not one with fewer threads.
    @Test func `all threads are there or none`() throws {
        let all = try RelayProcess.with { relay in try #require(relay.threads) }
        let threads = (8...18).map { RelayProcess.threads(withDescriptors: $0) }
        #expect(threads.allSatisfy { $0 == nil || $0 == all }, "\(threads), not \(all)")
        #expect(threads.first == .some(nil))
        #expect(threads.last == all)
    }

    /// A thousand sessions go from one relay to another within a second, and leave nothing behind.
    @Test func `a thousand sessions are handed over`() throws {
        try RelayProcess.with { relay in
            let warm = try relay.bench("load ::1 \(relay.port) 100 8").wait()
            #expect(warm.output.contains("failures=0"), "\(warm)")
            #expect(try eventually { try relay.counter("sessions") == 0 })
            let before = try relay.descriptors()
            let idle = try relay.bench("idle ::1 \(relay.port) 1000")
            #expect(eventually(within: .seconds(20)) { idle.output.contains("ready") })
            let during = try relay.descriptors()
            var microseconds: [Int] = []
            for _ in 0..<3 {
                let handed = try relay.handOver()
                #expect(handed["handed"] == 1000)
                #expect(handed["unclaimed"] == 0)
                microseconds.append(handed["all"] ?? .max)
            }
            // Of a few, for this machine may be busy.
            #expect(microseconds.min() ?? .max < 1_000_000, "\(microseconds)")
            #expect(try eventually { try relay.descriptors() == during })
            let load = try relay.bench("load ::1 \(relay.port) 100 8").wait()
            #expect(load.output.contains("failures=0"), "\(load)")
            idle.kill()
            relay.endServer()
            #expect(try eventually { try relay.counter("sessions") == 0 })
            #expect(try eventually { try relay.descriptors() == before })
        }
    }

    /// Connections come and go meanwhile, and none of them fails.
    @Test func `nobody notices a hand-over`() throws {
        try RelayProcess.with { relay in
            let load = try relay.bench("load ::1 \(relay.port) 6000 16")
            for goal in 1...5 {
                #expect(try eventually { try relay.counter("accepted") > 800 * goal })
                #expect(try relay.handOver()["unclaimed"] == 0)
            }
            let result = try load.wait()
            #expect(result.output.contains("failures=0"), "\(result)")
            #expect(try eventually { try relay.counter("sessions") == 0 })
            #expect(try relay.counter("accepted") == 6000)
        }
    }

    /// Fewer descriptors than it was made for: clients wait, and those that are served notice nothing.
    @Test func wantOfDescriptorsIsWaitedOut() throws {
        try RelayProcess.with { relay in
            let live = try TestSocket(to: relay.port)
            try live.send("T" + String(repeating: "-", count: 127))
            #expect(try live.text(1024).utf8.count == 1024)
            let spare = try relay.descriptors() + 5
            try relay.limitDescriptors(to: spare)
            let clients = try (0..<12).map { _ in try TestSocket(to: relay.port) }
            for client in clients { try client.send("R" + String(repeating: "-", count: 127)) }
            #expect(try eventually { try relay.counter("pauses") > 0 })
            let (begin, before) = (ContinuousClock.now, try relay.counter("pauses"))
            try live.send("T" + String(repeating: "-", count: 127))
            #expect(try live.text(1024).utf8.count == 1024)
            #expect(try eventually { try relay.counter("pauses") > before + 3 })
            // It waits a tenth of a second each time, on each core, and does not try without end.
            let pauses = try relay.counter("pauses") - before
            let tenths = Int((ContinuousClock.now - begin) / .milliseconds(100))
            #expect(pauses <= ProcessInfo.processInfo.activeProcessorCount * (tenths + 2))
            try relay.limitDescriptors(to: 20_000)
            let answered = clients.filter { (try? $0.text(1024).utf8.count) == 1024 }.count
            #expect(answered > 0)
            let late = try TestSocket(to: relay.port)
            try late.send("R" + String(repeating: "-", count: 127))
            #expect(try late.text(1024).utf8.count == 1024)
        }
    }

    /// Connections come and go, and nothing of them stays.
    @Test func manyConnectionsLeaveNothingBehind() throws {
        try RelayProcess.with { relay in
            let warm = try relay.bench("load ::1 \(relay.port) 200 8").wait()
            #expect(warm.output.contains("failures=0"), "\(warm)")
            #expect(try eventually { try relay.counter("sessions") == 0 })
            let (descriptors, memory) = (try relay.descriptors(), try relay.memory())
            let load = try relay.bench("load ::1 \(relay.port) 4000 8").wait()
            #expect(load.output.contains("failures=0"), "\(load)")
            #expect(try eventually { try relay.counter("sessions") == 0 })
            #expect(try relay.descriptors() == descriptors)
            let grown = try relay.memory() - memory
            #expect(grown < 256, "\(grown) KiB more")
        }
    }
}

/// `RelayBench relay` and `RelayBench serve`, on ports of their own.
private final class RelayProcess {
    let port: UInt16
    private let relay: RunningCommand
    private let server: RunningCommand
    private let scratch: URL
    private let program: String
    private var started: [RunningCommand] = []

    static func with<Result>(_ body: (RelayProcess) throws -> Result) throws -> Result {
        let process = try RelayProcess()
        defer { process.end() }
        return try body(process)
    }

    /// The threads of one that has no more descriptors than these; nil: it does not come to relay.
    static func threads(withDescriptors limit: Int) -> Int? {
        guard let process = try? RelayProcess(under: ["prlimit", "--nofile=\(limit):\(limit)"]) else { return nil }
        defer { process.end() }
        return process.threads
    }

    /// Those of the process, the first among them.
    var threads: Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(relay.processID)/task").count
    }

    private init(under wrapper: [String] = []) throws {
        let directory = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        program = directory.appending(path: "RelayBench").path
        scratch = URL(
            filePath: "/tmp/relay-\(getpid())-\(UInt32.random(in: 0...UInt32.max))", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: false)
        // A port that was free a moment ago.
        let serverPort = try TestServer().port
        port = try TestServer().port
        server = try RunningCommand([program, "serve", "\(serverPort)"], scratch: scratch)
        // What ends for want of descriptors need not say where.
        let quiet = ["SWIFT_BACKTRACE": "enable=no"]
        relay = try RunningCommand(
            wrapper + [program, "relay", "\(port)", "\(serverPort)"], scratch: scratch, environment: quiet)
        let processes = [server, relay]
        _ = eventually { processes.allSatisfy { !$0.isRunning || $0.output.contains("ready") } }
        for process in processes where !process.isRunning || !process.output.contains("ready") {
            end()
            throw CommandFailure(description: "does not start: \(process.output)\(process.error)")
        }
    }

    func bench(_ line: String) throws -> RunningCommand {
        let command = try RunningCommand([program] + line.split(separator: " ").map(String.init), scratch: scratch)
        started.append(command)
        return command
    }

    func endServer() {
        server.kill()
    }

    private func end() {
        for command in started + [relay, server] { command.kill() }
        try? FileManager.default.removeItem(at: scratch)
    }

    func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(relay.processID)/fd").count
    }

    /// KiB of private memory.
    func memory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(relay.processID)/smaps_rollup", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Private_Dirty:") }
        return Int(line?.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    func limitDescriptors(to count: Int) throws {
        let words = ["prlimit", "--pid", "\(relay.processID)", "--nofile=\(count):20000"]
        let result = try RunningCommand(words, scratch: scratch).wait()
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
    }

    /// A figure of the counters that it prints when asked.
    func counter(_ name: String) throws -> Int {
        try answer(to: SIGUSR1)[name] ?? -1
    }

    /// Another relay of the process goes on; what that took.
    func handOver() throws -> [String: Int] {
        try answer(to: SIGUSR2)
    }

    private func answer(to signal: Int32) throws -> [String: Int] {
        let lines = relay.output.split(separator: "\n").count
        relay.signal(signal)
        guard eventually({ relay.output.split(separator: "\n").count > lines }) else {
            throw CommandFailure(description: "says nothing: \(relay.error)")
        }
        let words = relay.output.split(separator: "\n").last?.split(separator: " ") ?? []
        return words.reduce(into: [:]) { figures, word in
            let parts = word.split(separator: "=")
            if parts.count == 2 { figures[String(parts[0])] = Int(parts[1]) }
        }
    }
}
