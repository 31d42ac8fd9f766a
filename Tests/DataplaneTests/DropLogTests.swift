// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Relay
import Stf
import TestSupport
import Testing

@testable import Dataplane

/// Of all drops one in an interval is logged, and the rest are counted.
@Suite struct DropLogTests {
    private let log: DropLog
    private let start = ContinuousClock.now
    private let packet = Packet.ipv4(
        from: "198.51.100.7", to: "192.0.2.1", Packet.ipv6(from: "2002:c633:6407::1", to: "2002:c000:201::1"))

    init() throws {
        log = try DropLog()
    }

    private func note(_ packet: [UInt8]? = nil, after seconds: Double) {
        let packet = packet ?? self.packet
        log.note(StfDrop.ingress, of: packet.span.bytes, on: 7, at: start + .seconds(seconds))
    }

    @Test func `the first of an interval is logged`() throws {
        #expect(log.take() == nil)
        note(after: 0)
        let addresses = "198.51.100.7 > 192.0.2.1: 2002:c633:6407::1 > 2002:c000:201::1"
        let entry = DropLog.Entry(interface: 7, text: "dropped on input: ingress: \(addresses)", others: 0)
        #expect(log.take() == entry)
        #expect(entry.line("stf0") == "stf0: dropped on input: ingress: \(addresses)")
        for _ in 0..<1000 { note(after: 4.9) }
        #expect(log.take() == nil)
        note(after: 5)
        #expect(log.take()?.others == 1000)
        note(after: 10)
        #expect(log.take()?.others == 0)
    }

    /// Refused clients and dropped packets have their turns together.
    @Test func `a refused client is logged with what it asked for`() throws {
        let request = RelayRequest(
            client: IPv6Endpoint(try #require(IPv6Address("2001:db8::1")), port: 4711),
            destination: IPv6Endpoint(try #require(IPv6Address("2001:db8:64::c000:201")), port: 80))
        note(after: 0)
        _ = log.take()
        log.note(.serverRefused, of: request, on: 8, at: start + .seconds(1))
        #expect(log.take() == nil)
        log.note(.serverRefused, of: request, on: 8, at: start + .seconds(5))
        let text = "refused: server-refused: [2001:db8::1]:4711 > [2001:db8:64::c000:201]:80"
        #expect(log.take() == DropLog.Entry(interface: 8, text: text, others: 1))
    }

    /// Nobody waits for a slow log.
    @Test func `what is not yet logged keeps its place`() {
        note(after: 0)
        note(after: 6)
        #expect(log.take()?.others == 0)
        note(after: 12)
        #expect(log.take()?.others == 1)
    }

    @Test func `an interval of zero logs nothing`() {
        log.set(interval: .zero)
        note(after: 0)
        #expect(log.take() == nil)
        log.set(interval: .seconds(1))
        note(after: 0)
        note(after: 1)
        #expect(log.take()?.others == 1)
        note(after: 2)
        #expect(log.take() != nil)
    }

    @Test func `any bytes can be logged`() {
        var random = SeededGenerator(seed: 6540)
        log.set(interval: .nanoseconds(1))
        for round in 1...20_000 {
            var bytes = Array(packet.prefix(Int.random(in: 0...packet.count, using: &random)))
            for _ in 0..<3 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            note(bytes, after: Double(round))
            #expect(log.take() != nil)
        }
    }
}
