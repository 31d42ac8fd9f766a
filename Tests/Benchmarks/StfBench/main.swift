// SPDX-License-Identifier: BSD-2-Clause
import CHeap
import Glibc
import Stf
import StfPackets

/// Carries each packet of stf's table so often, and says what one costs: time, and requests for memory.
///
///     usage: StfBench [TIMES]
///            StfBench agree [PACKETS [SEED]]    holds the engine in the kernel against that over random packets

/// One row, ready to be carried again and again.
struct Load {
    var engine: SwiftStf
    var packet: [UInt8]
    let direction: StfPacket.Direction
    private(set) var passes: Bool

    init(_ row: StfPacket) {
        engine = SwiftStf(row.site)
        packet = row.packet
        direction = row.direction
        passes = false
        var outer = [UInt8](repeating: 0, count: 20)
        passes = carry(behind: &outer)
    }

    mutating func carry(behind outer: inout [UInt8]) -> Bool {
        switch engine.carry(&packet, direction, behind: &outer) {
        case .range, .told(.some): true
        case .told(nil), .dropped: false
        }
    }
}

func measure(_ name: String, _ times: Int, _ choose: (Load) -> Bool) {
    var loads = StfPacket.all.map(Load.init).filter(choose)
    var outer = [UInt8](repeating: 0, count: 20)
    let carryAll = { for at in loads.indices { _ = loads[at].carry(behind: &outer) } }
    // Whatever is made the first time that it is used is there afterwards.
    carryAll()
    let clock = ContinuousClock(), requests = heap_requests(), start = clock.now
    for _ in 0..<times { carryAll() }
    let duration = clock.now - start, asked = heap_requests() - requests, packets = times * loads.count
    let nanoseconds = Int(duration / .nanoseconds(1)) / max(packets, 1)
    print("\(name): \(packets) packets, \(nanoseconds) ns each, \(asked) requests for memory")
}

/// Holds the engines against each other; the same seed makes the same packets.
func agree(_ packets: Int, _ seed: UInt64) throws -> Int32 {
    for size in try KernelStf.sizes() {
        print("\(size.name): \(size.instructions) instructions, of which the verifier looked at \(size.verified)")
    }
    let agreement = try StfAgreement(packets: packets, seed: seed)
    for disagreement in agreement.disagreements.prefix(100) { print(disagreement) }
    print(
        "seed \(seed): \(agreement.decided) packets decided, \(agreement.left) left, \(agreement.reasons.count) reasons, "
            + "\(agreement.disagreements.count) disagreements")
    return agreement.disagreements.isEmpty ? 0 : 1
}

let words = Array(CommandLine.arguments.dropFirst())
if words.first == "agree" {
    exit(
        try agree(
            words.dropFirst().first.flatMap { Int($0) } ?? 10_000_000,
            words.dropFirst(2).first.flatMap { UInt64($0) } ?? .random(in: 0 ... .max)))
}
let times = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000
measure("output that passes", times) { $0.direction == .output && $0.passes }
measure("output that dies", times) { $0.direction == .output && !$0.passes }
measure("input that passes", times) { $0.direction == .input && $0.passes }
measure("input that dies", times) { $0.direction == .input && !$0.passes }
measure("errors", times) { $0.direction == .error }
