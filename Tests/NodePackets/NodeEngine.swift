// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import KernelPrograms
import NodeBed
import TestSupport

@testable import Dataplane

/// What enforces the node variables: the rules in Swift on the packets of our own interfaces, or the programs of
/// `node.bpf.c` on every packet of the kernel.
enum NodeEngine: CaseIterable, Sendable {
    case swift, kernel

    /// What the engine does with the packets of a row, one by one.
    func run(_ row: NodePacket) throws -> Run {
        switch self {
        case .swift: try SwiftNode(row).run(row.steps)
        case .kernel: try KernelNode.run(row)
        }
    }

    struct Run {
        var outcomes: [NodePacket.Outcome] = []
        var waiting: [UInt64] = []
    }
}

/// So many packets are a flood, whatever the buckets that they fall in.
let floodLimit: UInt32 = 100_000

// MARK: Swift

private struct SwiftNode {
    private let rules: NodeRules
    private let lifetime: Duration
    private let counters = NodeCounters()
    private var ledger = FragmentLedger()
    private var now = ContinuousClock.now

    /// Packets come and go by interface 2.
    init(_ row: NodePacket) throws {
        lifetime = row.limits.fragmentLifetime
        rules = NodeRules(
            limits: row.limits,
            addresses: try row.addresses.map {
                NodeAddress(try address($0.text), interface: $0.isHere ? 2 : 3, isDeprecated: $0.isDeprecated)
            })
    }

    func run(_ steps: [NodePacket.Step]) throws -> NodeEngine.Run {
        var node = self
        var run = NodeEngine.Run()
        for step in steps {
            let before = node.counts
            let reason = node.take(step)
            let moved = node.counts.filter { $0.value != before[$0.key] }.map(\.key)
            guard moved == [reason].compactMap(\.self) else {
                throw CommandFailure(description: "\(reason?.name ?? "passed"), but counted \(moved.map(\.name))")
            }
            if case .lifetime = step { continue }
            run.outcomes.append(reason.map(NodePacket.Outcome.dies) ?? .passes)
        }
        run.waiting = node.ledger.waiting
        return run
    }

    private mutating func take(_ step: NodePacket.Step) -> NodeReason? {
        var reason: NodeReason?
        switch step {
        case .input(let packet, _): reason = rules.input(packet.span.bytes, on: 2, &ledger, at: now)
        case .output(let packet, _): reason = rules.output(packet.span.bytes, by: 2)
        case .flood:
            for identification in 0..<floodLimit where reason == nil {
                let packet = NodePacket.fragment(identification, at: 0, more: true)
                reason = rules.input(packet.span.bytes, on: 2, &ledger, at: now)
            }
        case .lifetime: now += lifetime
        }
        if let reason { counters.count(reason) }
        return reason
    }

    private var counts: [NodeReason: UInt64] {
        Dictionary(uniqueKeysWithValues: NodeReason.all.map { ($0, counters[$0]) })
    }
}

// MARK: kernel

/// A node in a network namespace. What passes is counted by netfilter itself, behind the programs.
private struct KernelNode {
    private let bed: NodeBed
    private let sender: TestSocket

    private static let counting = """
        table ip6 behind {
            counter passed { }
            chain input { type filter hook input priority 2147483647; ip6 nexthdr != icmpv6 counter name passed; }
            chain forward { type filter hook forward priority 2147483647; counter name passed; }
        }
        """

    static func run(_ row: NodePacket) throws -> NodeEngine.Run {
        var run = NodeEngine.Run()
        try NodeBed.with({ $0 = row.limits }) { bed throws in
            if row.forwards { try bed.node.set("net/ipv6/conf/all/forwarding", "1") }
            let nft = try bed.node.run(["nft", "-f", "-"], input: counting)
            guard nft.status == 0 else { throw CommandFailure(description: "\(nft)") }
            let links = (here: try bed.index("ne0"), other: try bed.index("ne1"))
            try bed.filter?.set(
                addresses: row.addresses.map {
                    NodeAddress(
                        try address($0.text), interface: $0.isHere ? links.here : links.other,
                        isDeprecated: $0.isDeprecated)
                })
            let sender = try TestSocket(in: bed.node, type: SOCK_RAW, proto: Int32(IPPROTO_RAW))
            let node = KernelNode(bed: bed, sender: sender)
            for step in row.steps {
                if let outcome = try node.take(step) { run.outcomes.append(outcome) }
            }
            run.waiting = try bed.waiting()
        }
        return run
    }

    /// Nil: the step has no outcome.
    private func take(_ step: NodePacket.Step) throws -> NodePacket.Outcome? {
        let before = try bed.counts()
        let isDropped: Bool
        switch step {
        case .input(let packet, _):
            let passed = try passed()
            try bed.send(packet)
            isDropped = try self.passed() == passed
        case .output(let packet, _):
            let status = sender.send(packet, to: IPv6Header(packet.span.bytes).destination.description)
            guard status == 0 || status == EPERM else { throw CommandFailure(description: "sendto: errno \(status)") }
            isDropped = status == EPERM
        case .flood:
            let passed = try passed()
            for identification in 0..<floodLimit {
                try bed.send(NodePacket.fragment(identification, at: 0, more: true))
                guard try bed.counts() == before else { break }
            }
            isDropped = try self.passed() - passed == bed.waiting()[1]
        case .lifetime:
            guard try eventually({ try bed.waiting() == [0, 0] }) else {
                throw CommandFailure(description: "it waits for ever")
            }
            return nil
        }
        return try outcome(isDropped, since: before)
    }

    private func outcome(_ isDropped: Bool, since before: [String: UInt64]) throws -> NodePacket.Outcome {
        let moved = try bed.counts().filter { $0.value != before[$0.key, default: 0] }
        guard isDropped else {
            guard moved.isEmpty else { throw CommandFailure(description: "it passes, but counts as \(moved)") }
            return .passes
        }
        guard moved.count == 1, let (name, count) = moved.first, count - before[name, default: 0] == 1,
            let reason = NodeReason(name)
        else { throw CommandFailure(description: "it dies, and counts as \(moved)") }
        return .dies(reason)
    }

    /// Packets that netfilter had behind the programs.
    private func passed() throws -> UInt64 {
        let text = try bed.node.succeed("nft list counter ip6 behind passed")
        let words = text.split { $0.isWhitespace }
        guard let at = words.firstIndex(of: "packets"), let count = UInt64(words[at + 1]) else {
            throw CommandFailure(description: text)
        }
        return count
    }
}
