// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Stf
import StfPackets
import TestSupport
import Testing

@testable import Dataplane

/// What `explain` says of a packet in words.
@Suite struct StfExplainTests {
    private static let here = "192.0.2.1"
    private static let inner = Packet.ipv6(from: "2002:c633:6407::1", to: "2002:c000:201::1")
    private static let answer = Packet.ipv6(from: "2002:c000:201::1", to: "2002:c633:6407::1")

    @Test(
        arguments: [
            (
                Direction.input, Packet.ipv4(from: "198.51.100.7", to: here, inner),
                "passes: arrives as 2002:c633:6407::1 > 2002:c000:201::1, traffic class 0"
            ),
            (.input, Packet.ipv4(from: "10.0.0.1", to: here, inner), "dropped: the IPv4 source is private"),
            (.input, Packet.ipv4(from: "198.51.100.7", to: here, proto: 17, inner), "ignored: protocol 17, not 41"),
            (.input, inner, "ignored: not a whole IPv4 packet"),
            (.input, [], "ignored: not a whole IPv4 packet"),
            (
                .input, Packet.ipv4(from: "198.51.100.1", to: here, proto: 1, [8, 0, 0, 0, 0, 0, 0, 0]),
                "ignored: not an ICMP error about a packet of protocol 41"
            ),
            (
                .input,
                Packet.icmpv4Error(
                    from: "198.51.100.1", to: here, code: 4, value: 1400,
                    about: Packet.ipv4(from: here, to: "198.51.100.7", answer)),
                "passes: 2002:c000:201::1 is told: packet too big, mtu 1380"
            ),
            (
                .input,
                Packet.ipv4(
                    from: "198.51.100.1", to: here, proto: 1,
                    // Without its checksum.
                    [3, 4, 0, 0, 0, 0, 0x05, 0x78] + Packet.ipv4(from: here, to: "198.51.100.7", answer)),
                "ignored: not an ICMP error about a packet of protocol 41, or a damaged one"
            ),
            (.output, answer, "passes: leaves as 192.0.2.1 > 198.51.100.7, ttl 40, tos 0"),
            (
                .output, Packet.ipv6(from: "2002:c000:2ff::1", to: "2002:c633:6407::1"),
                "dropped: the IPv6 source is not of our site; the sender is told: source address failed policy"
            ),
            (.output, [], "dropped: not an IPv6 packet"),
        ] as [(Direction, [UInt8], String)])
    func `a packet is explained in words`(direction: Direction, packet: [UInt8], words: String) {
        let rules = StfPacket.Site().rules
        var routes = SiteRoutes(native: 3)
        let reply = ExplainReply(
            direction == .output
                ? rules.explainOutput(packet.span.bytes)
                : rules.explainInput(packet.span.bytes, on: 2, routes: &routes))
        #expect("\(reply.verdict): \(reply.text)".hasPrefix(words))
    }
}
