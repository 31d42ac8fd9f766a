// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Internet
import TestSupport
import Testing

@testable import Dataplane

/// An ICMPv4 error becomes an ICMPv6 error to the sender of the packet it is about, if it is about one of ours.
@Suite struct StfErrorTests {
    enum Outcome: Equatable, Sendable {
        case tells(ICMPv6Error)
        case dies(StfDrop)
        case ignored
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var type: UInt8 = 3
        var code: UInt8 = 1
        var value: UInt16 = 0
        var proto: UInt8 = 1
        var quote: [UInt8] = StfErrorTests.sent
        let outcome: Outcome

        var testDescription: String { name }
    }

    /// What this site sends to 198.51.100.7.
    private static let inner = Packet.ipv6(from: "2002:c000:201::1", to: "2002:c633:6407::1")
    static let sent = Packet.ipv4(from: "192.0.2.1", to: "198.51.100.7", inner)

    static let rows: [Row] = [
        Row(name: "network unreachable", code: 0, outcome: .tells(.unreachable(.address))),
        Row(name: "host unreachable", code: 1, outcome: .tells(.unreachable(.address))),
        Row(name: "protocol unreachable", code: 2, outcome: .tells(.unreachable(.address))),
        Row(name: "network prohibited", code: 9, outcome: .tells(.unreachable(.prohibited))),
        Row(name: "host prohibited", code: 10, outcome: .tells(.unreachable(.prohibited))),
        Row(name: "filtered", code: 13, outcome: .tells(.unreachable(.prohibited))),
        Row(name: "fragmentation needed", code: 4, value: 1400, outcome: .tells(.packetTooBig(mtu: 1380))),
        Row(name: "fragmentation needed, very small", code: 4, value: 576, outcome: .tells(.packetTooBig(mtu: 1280))),
        Row(name: "fragmentation needed, no size", code: 4, value: 0, outcome: .tells(.packetTooBig(mtu: 1280))),
        Row(name: "time exceeded", type: 11, code: 0, outcome: .tells(.unreachable(.address))),
        Row(name: "reassembly time exceeded", type: 11, code: 1, outcome: .ignored),
        Row(name: "parameter problem", type: 12, code: 0, outcome: .tells(.unreachable(.address))),
        Row(name: "echo", type: 8, code: 0, outcome: .ignored),
        Row(name: "not ICMP", proto: 17, outcome: .ignored),
        Row(
            name: "about UDP", quote: Packet.ipv4(from: "192.0.2.1", to: "198.51.100.7", proto: 17, inner),
            outcome: .ignored),
        Row(name: "a cut IPv4 header", quote: Array(sent.prefix(19)), outcome: .ignored),
        Row(name: "as little as RFC 792 asks", quote: Array(sent.prefix(28)), outcome: .dies(.errorTruncated)),
        Row(name: "39 bytes of IPv6", quote: Array(sent.prefix(59)), outcome: .dies(.errorTruncated)),
        Row(name: "40 bytes of IPv6", quote: Array(sent.prefix(60)), outcome: .tells(.unreachable(.address))),
        Row(
            name: "from another address", quote: Packet.ipv4(from: "192.0.2.9", to: "198.51.100.7", inner),
            outcome: .dies(.errorAboutOthers)),
        Row(
            name: "to an address that we would not send it to",
            quote: Packet.ipv4(from: "192.0.2.1", to: "198.51.100.8", inner), outcome: .dies(.errorAboutOthers)),
        Row(
            name: "about a packet that we would not send",
            quote: Packet.ipv4(
                from: "192.0.2.1", to: "198.51.100.7", Packet.ipv6(from: "2002:c633:6408::1", to: "2002:c633:6407::1")),
            outcome: .dies(.errorAboutOthers)),
    ]

    @Test(arguments: rows)
    func outcome(of row: Row) {
        let packet = Packet.icmpv4Error(
            from: "203.0.113.1", to: "192.0.2.1", type: row.type, code: row.code, value: row.value, proto: row.proto,
            about: row.quote)
        #expect(decide(packet) == row.outcome)
    }

    @Test func `a damaged error is ignored`() {
        let whole = Packet.icmpv4Error(from: "203.0.113.1", to: "192.0.2.1", about: StfErrorTests.sent)
        #expect(decide(whole) == .tells(.unreachable(.address)))
        for at in 20..<whole.count {
            var damaged = whole
            damaged[at] ^= 0x10
            #expect(decide(damaged) == .ignored, "byte \(at)")
        }
    }

    @Test func `no part of an error traps`() {
        let whole = Packet.icmpv4Error(from: "203.0.113.1", to: "192.0.2.1", about: StfErrorTests.sent)
        for length in 0..<whole.count { _ = decide(Array(whole.prefix(length))) }
    }

    private func decide(_ packet: [UInt8]) -> Outcome {
        do throws(StfDrop) {
            guard let error = try StfPacket.Site().rules.error(packet.span.bytes) else { return .ignored }
            return .tells(error.meaning)
        } catch {
            return .dies(error)
        }
    }
}
