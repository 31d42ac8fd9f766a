// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import TestSupport
import Testing

@testable import Dataplane

/// Where the kernel has no programs for the node variables, packets of our interfaces die of the same reasons.
@Suite struct NodeRulesTests {
    private static let own = "2002:c000:201::1"
    private static let old = "2002:c000:201::2"
    private static let peer = "2002:c633:6407::1"

    private func rules(_ change: (inout NodeLimits) -> Void = { _ in }) throws -> NodeRules {
        var rules = NodeRules()
        rules.addresses = [
            try #require(IPv6Address(NodeRulesTests.own)): false, try #require(IPv6Address(NodeRulesTests.old)): true,
        ]
        change(&rules.limits)
        return rules
    }

    private func verdict(_ packet: [UInt8], _ rules: NodeRules) -> NodeReason? {
        var ledger = FragmentLedger()
        return rules.input(packet.span.bytes, &ledger)
    }

    /// Destination options, `count` headers of 8 bytes, and then no next header.
    private static func nested(_ count: Int, to destination: String = own) -> [UInt8] {
        let headers = (0..<count).flatMap { [$0 == count - 1 ? 59 : 60, 0, 1, 4, 0, 0, 0, 0] as [UInt8] }
        return Packet.ipv6(from: peer, to: destination, nextHeader: count > 0 ? 60 : 59, payload: headers)
    }

    private static func syn(from source: String, to destination: String, flags: UInt8 = 2) -> [UInt8] {
        let header: [UInt8] = [0, 1, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]
        return Packet.ipv6(from: source, to: destination, nextHeader: 6, payload: header)
    }

    @Test func `what claims to be from us is dropped`() throws {
        let forged = Packet.ipv6(from: NodeRulesTests.old, to: NodeRulesTests.own)
        #expect(verdict(forged, try rules()) == .sourceIsOwn)
        #expect(verdict(forged, try rules { $0.sourceAddressValidation = false }) == nil)
        #expect(verdict(Packet.ipv6(from: NodeRulesTests.own, to: "2001:db8::1"), try rules()) == nil)
    }

    @Test(arguments: [(14, 15, false), (15, 15, true), (0, 1, false), (1, 1, true), (127, 0, false), (300, 0, false)])
    func `headers are counted`(extensions: Int, limit: Int32, dies: Bool) throws {
        let rules = try rules { $0.hdrnestlimit = limit }
        #expect(verdict(NodeRulesTests.nested(extensions), rules) == (dies ? .tooManyHeaders : nil))
        // What is forwarded is not looked at.
        #expect(verdict(NodeRulesTests.nested(extensions, to: "2001:db8::1"), rules) == nil)
    }

    @Test func `nothing new with a deprecated address`() throws {
        let (own, old, peer) = (NodeRulesTests.own, NodeRulesTests.old, NodeRulesTests.peer)
        let strict = try rules { $0.useDeprecated = false }
        #expect(verdict(NodeRulesTests.syn(from: peer, to: old), strict) == .deprecatedDestination)
        #expect(verdict(NodeRulesTests.syn(from: peer, to: old), try rules()) == nil)
        #expect(verdict(NodeRulesTests.syn(from: peer, to: own), strict) == nil)
        #expect(verdict(NodeRulesTests.syn(from: peer, to: old, flags: 0x12), strict) == nil)
        let leaving = NodeRulesTests.syn(from: old, to: peer)
        #expect(strict.output(leaving.span.bytes) == .deprecatedSource)
        #expect(try rules().output(leaving.span.bytes) == nil)
    }

    @Test func `redirects stay here`() throws {
        let redirect = Packet.ipv6(
            from: NodeRulesTests.own, to: NodeRulesTests.peer, nextHeader: 58, payload: [137, 0, 0, 0])
        #expect(try rules { $0.redirect = false }.output(redirect.span.bytes) == .redirect)
        #expect(try rules().output(redirect.span.bytes) == nil)
    }

    // MARK: fragments

    private static func fragment(_ number: UInt32, at offset: Int, of bytes: Int, more: Bool) -> [UInt8] {
        let place = UInt16(offset) | (more ? 1 : 0)
        let header: [UInt8] =
            [59, 0, UInt8(place >> 8), UInt8(place & 255)] + (0..<4).map { UInt8(number >> (24 - 8 * $0) & 255) }
        return Packet.ipv6(
            from: peer, to: own, nextHeader: 44, payload: header + [UInt8](repeating: 0, count: bytes))
    }

    private func verdicts(
        _ packets: [[UInt8]], _ rules: NodeRules, _ ledger: inout FragmentLedger, after seconds: Int = 0
    ) -> [NodeReason?] {
        let now = ContinuousClock.now + .seconds(seconds)
        var verdicts: [NodeReason?] = []
        for packet in packets { verdicts.append(rules.input(packet.span.bytes, &ledger, at: now)) }
        return verdicts
    }

    @Test func `fragments wait up to their limit`() throws {
        let rules = try rules { $0.maxfrags = 2 }
        var ledger = FragmentLedger()
        let firsts = (1...3).map { NodeRulesTests.fragment($0, at: 0, of: 8, more: true) }
        #expect(verdicts(firsts, rules, &ledger) == [nil, nil, .maxfrags])
        // When their time is over there is room again.
        #expect(verdicts([firsts[2]], rules, &ledger, after: 61) == [nil])
    }

    @Test func `what completes a packet frees its place`() throws {
        let rules = try rules { $0.maxfragpackets = 1 }
        var ledger = FragmentLedger()
        let first = NodeRulesTests.fragment(1, at: 0, of: 8, more: true)
        let last = NodeRulesTests.fragment(1, at: 8, of: 3, more: false)
        let other = NodeRulesTests.fragment(2, at: 0, of: 8, more: true)
        #expect(verdicts([first, other, last, other], rules, &ledger) == [nil, .maxfragpackets, nil, nil])
    }

    @Test func `a packet in too many fragments never completes`() throws {
        let rules = try rules { $0.maxfragsperpacket = 2 }
        var ledger = FragmentLedger()
        let many = (0..<4).map { NodeRulesTests.fragment(1, at: 8 * $0, of: 8, more: $0 < 3) }
        #expect(verdicts(many, rules, &ledger) == [nil, nil, .maxfragsperpacket, .maxfragsperpacket])
    }

    @Test(arguments: [(0 as Int32, true), (-1, false)])
    func `zero is none and below zero is no limit`(limit: Int32, dies: Bool) throws {
        let first = NodeRulesTests.fragment(1, at: 0, of: 8, more: true)
        #expect(verdict(first, try rules { $0.maxfrags = limit }) == (dies ? .maxfrags : nil))
        #expect(verdict(first, try rules { $0.maxfragpackets = limit }) == (dies ? .maxfragpackets : nil))
        // A fragment that is a whole packet is none.
        let whole = NodeRulesTests.fragment(1, at: 0, of: 8, more: false)
        #expect(verdict(whole, try rules { $0.maxfrags = limit }) == nil)
    }

    @Test func `any bytes are looked at without a trap`() throws {
        var random = SeededGenerator(seed: 8200)
        let rules = try rules {
            $0.useDeprecated = false
            $0.redirect = false
            $0.hdrnestlimit = 0
        }
        var ledger = FragmentLedger()
        let seeds = [
            NodeRulesTests.nested(3), NodeRulesTests.syn(from: NodeRulesTests.old, to: NodeRulesTests.own),
            NodeRulesTests.fragment(7, at: 8, of: 8, more: true),
        ]
        for round in 0..<100_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<4 {
                // The addresses stay, so that the rest is looked at.
                bytes[Int.random(in: 40..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            bytes[6] = [0, 6, 43, 44, 51, 58, 60][Int.random(in: 0..<7, using: &random)]
            bytes = Array(bytes.prefix(Int.random(in: 40...bytes.count, using: &random)))
            _ = rules.input(bytes.span.bytes, &ledger)
            _ = rules.output(bytes.span.bytes)
        }
    }
}
