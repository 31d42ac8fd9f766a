// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Glibc
import SystemIO
import Synchronization

/// Runs `body` on as many threads, and waits for all.
private func inParallel(_ threads: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for index in 0..<threads {
        group.enter()
        Thread.detachNewThread {
            body(index)
            group.leave()
        }
    }
    group.wait()
}

/// `0.5` gives the median. `sorted` is sorted.
private func quantile(_ sorted: [UInt64], _ share: Double) -> Double {
    guard !sorted.isEmpty else { return 0 }
    return Double(sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]) / 1000
}

private func report(_ latencies: [UInt64], failures: Int, nanoseconds: UInt64) {
    let sorted = latencies.sorted()
    let rate = Double(latencies.count) / (Double(nanoseconds) / 1e9)
    let line = String(
        format: "rate=%.0f p50=%.0f p99=%.0f failures=%d", rate, quantile(sorted, 0.5), quantile(sorted, 0.99), failures
    )
    say(line)
}

/// A new connection, a request, a reply, the end; again and again.
func runLoad(_ peer: Peer, count: Int, parallel: Int) {
    let all = Mutex<(latencies: [UInt64], failures: Int)>(([], 0))
    let begin = monotonicNanoseconds()
    inParallel(parallel) { index in
        var latencies: [UInt64] = []
        var failures = 0
        for _ in 0..<count / parallel {
            let start = monotonicNanoseconds()
            do {
                let socket = try peer.connect()
                defer { socket.close() }
                try socket.write(Request.size, first: Request.once)
                guard try socket.readToEnd() == Request.reply else { throw BenchSocket.Failure("reply") }
                latencies.append(monotonicNanoseconds() - start)
            } catch {
                failures += 1
            }
        }
        all.withLock {
            $0.latencies += latencies
            $0.failures += failures
        }
    }
    let spent = monotonicNanoseconds() - begin
    all.withLock { report($0.latencies, failures: $0.failures, nanoseconds: spent) }
}

/// Requests and replies over one connection.
func runTrips(_ peer: Peer, count: Int) throws {
    let socket = try peer.connect()
    var latencies: [UInt64] = []
    let begin = monotonicNanoseconds()
    for _ in 0..<count {
        let start = monotonicNanoseconds()
        try socket.write(Request.size, first: Request.trips)
        try socket.readAll(Request.reply)
        latencies.append(monotonicNanoseconds() - start)
    }
    report(latencies, failures: 0, nanoseconds: monotonicNanoseconds() - begin)
}

/// Connections that have exchanged something, and then are silent.
func runIdle(_ peer: Peer, count: Int) throws {
    raiseDescriptorLimit()
    for _ in 0..<count {
        let socket = try peer.connect()
        try socket.write(Request.size, first: Request.idle)
        try socket.readAll(Request.reply)
    }
    say("ready")
    while getchar() != EOF {}
}

/// Bulk data one way.
func runBulk(_ peer: Peer, megabytes: Int, streams: Int, isUpload: Bool) throws {
    let failures = Atomic(0)
    let begin = monotonicNanoseconds()
    inParallel(streams) { _ in
        do {
            let socket = try peer.connect()
            defer { socket.close() }
            if isUpload {
                try socket.write(Request.size, first: Request.upload)
                for _ in 0..<megabytes / streams { try socket.write(1 << 20) }
                socket.end()
                try socket.readAll(Request.reply)
            } else {
                var request = [UInt8](repeating: 0, count: Request.size)
                request[0] = Request.download
                let each = megabytes / streams
                for index in 1...4 { request[index] = UInt8(truncatingIfNeeded: each >> ((4 - index) * 8)) }
                guard send(socket.number, request, request.count, 0) == request.count,
                    try socket.readToEnd() == each << 20
                else { throw BenchSocket.Failure("download") }
            }
        } catch {
            failures.add(1, ordering: .relaxed)
        }
    }
    let seconds = Double(monotonicNanoseconds() - begin) / 1e9
    let gigabits = Double(megabytes) * 1_048_576 * 8 / 1e9
    let line = String(format: "gbps=%.2f failures=%d", gigabits / seconds, failures.load(ordering: .relaxed))
    say(line)
}
