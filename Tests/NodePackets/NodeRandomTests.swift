// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
import NodeBed
import TestSupport
import Testing

@testable import Dataplane

/// Whatever comes, the rules in Swift decide without a trap. Seeded, so a failure comes again.
@Suite struct NodeRandomTests {
    @Test func `any bytes are looked at`() throws {
        var random = SeededGenerator(seed: 8200)
        var limits = NodeLimits()
        limits.useDeprecated = false
        limits.redirect = false
        limits.hdrnestlimit = 0
        let rules = NodeRules(
            limits: limits,
            addresses: [
                NodeAddress(try address(NodePacket.own), interface: 2),
                NodeAddress(try address(NodePacket.old), interface: 2, isDeprecated: true),
            ])
        var ledger = FragmentLedger()
        let seeds = [
            NodePacket.nested(3), NodePacket.connection(from: NodePacket.old, to: NodePacket.own),
            NodePacket.fragment(7, at: 8, more: true),
        ]
        for round in 0..<100_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<4 {
                // The addresses stay, so that the rest is looked at.
                bytes[Int.random(in: 40..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            bytes[6] = [0, 6, 43, 44, 51, 58, 60][Int.random(in: 0..<7, using: &random)]
            bytes = Array(bytes.prefix(Int.random(in: 40...bytes.count, using: &random)))
            _ = rules.input(bytes.span.bytes, on: 2, &ledger)
            _ = rules.output(bytes.span.bytes, by: 2)
        }
    }
}
