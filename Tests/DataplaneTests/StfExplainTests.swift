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
            (.input, inner, "ignored: not an IPv4 packet"),
            (.input, [], "ignored: not an IPv4 packet"),
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
        #expect(explained(direction, CapturedPacket(packet)).hasPrefix(words))
    }

    private func explained(
        _ direction: Direction, _ packet: CapturedPacket, routedTo way: UInt32? = 9, mtu: Int = 1280,
        sendsErrors: Bool = true, takesSourceRoutes: Bool = false
    ) -> String {
        let site = StfPacket.Site()
        var routes = SiteRoutes(native: 3)
        var surroundings = site.surroundings
        surroundings.mtu = mtu
        surroundings.sendsErrors = sendsErrors
        surroundings.takesSourceRoutes = takesSourceRoutes
        let reply = ExplainReply(
            direction == .output
                ? site.rules.explainOutput(packet.bytes.span.bytes, captured: packet.captured, by: way, surroundings)
                : site.rules.explainInput(
                    packet.bytes.span.bytes, captured: packet.captured, on: 2, surroundings, routes: &routes))
        return "\(reply.verdict): \(reply.text)"
    }

    /// What decides are the first bytes; of an ICMP error all of them, since its checksum is over all.
    @Test func `nothing is decided over bytes that nobody captured`() {
        let arriving = Packet.ipv4(from: "198.51.100.7", to: StfExplainTests.here, StfExplainTests.inner)
        for captured in 0..<arriving.count {
            let words = explained(.input, CapturedPacket(Array(arriving.prefix(captured)), of: arriving.count))
            let decided = captured >= 60 ? "passes: arrives" : "ignored: only \(captured) of 68 bytes were captured"
            #expect(words.hasPrefix(decided), "\(captured): \(words)")
        }
        for captured in 1..<StfExplainTests.answer.count {
            let packet = CapturedPacket(Array(StfExplainTests.answer.prefix(captured)), of: 48)
            let decided = captured >= 40 ? "passes: leaves" : "ignored: only \(captured) of 48 bytes were captured"
            #expect(explained(.output, packet).hasPrefix(decided), "\(captured)")
        }
        let error = StfPacket.wholeError
        for captured in 20..<error.count {
            let words = explained(.input, CapturedPacket(Array(error.prefix(captured)), of: error.count))
            #expect(words == "ignored: only \(captured) of \(error.count) bytes were captured")
        }
        // Pasted digits do not say how long the packet was, but it does.
        #expect(explained(.input, CapturedPacket(Array(arriving.prefix(60)))).hasPrefix("passes: arrives"))
        #expect(explained(.input, CapturedPacket(Array(arriving.prefix(44)))).hasPrefix("ignored: only 44 of 68"))
    }

    @Test(
        arguments: [
            ([0x94, 4, 0, 0], "passes"), ([1, 1, 1, 0], "passes"), ([0, 9, 9, 9], "passes"),
            ([7, 7, 4, 0, 0, 0, 0, 0], "passes"), ([7, 7, 8, 0, 0, 0, 0, 0], "passes"),
            ([7, 7, 3, 0, 0, 0, 0, 0], "malformed"), ([7, 7, 6, 0, 0, 0, 0, 0], "malformed"),
            ([7, 3, 4, 7, 3, 4, 0, 0], "malformed"), ([7, 9, 4, 0], "malformed"), ([7, 1, 4, 0], "malformed"),
            ([1, 1, 1, 7], "malformed"), ([0x94, 3, 0, 0], "malformed"),
            ([68, 8, 5, 0, 0, 0, 0, 0], "passes"), ([68, 8, 5, 1, 0, 0, 0, 0], "malformed"),
            ([68, 4, 5, 0xF0], "malformed"), ([68, 4, 5, 0xE0], "passes"), ([68, 4, 4, 0], "malformed"),
            ([0x83, 3, 4, 0], "source route"), ([0x89, 7, 4, 0, 0, 0, 0, 0], "source route"),
            ([0x83, 3, 3, 0], "malformed"), ([0x83, 3, 4, 0x89, 3, 4, 0, 0], "malformed"),
        ] as [([UInt8], String)])
    func `what the kernel drops is not judged`(options: [UInt8], outcome: String) {
        let packet = CapturedPacket(
            Packet.ipv4(
                from: "198.51.100.7", to: StfExplainTests.here, options: options, StfExplainTests.inner))
        let words = explained(.input, packet)
        #expect(words.contains(outcome), "\(words)")
        #expect(words.hasPrefix(outcome == "passes" ? "passes: " : "ignored: the kernel drops it: "), "\(words)")
        if outcome == "source route" { #expect(explained(.input, packet, takesSourceRoutes: true).hasPrefix("passes")) }
    }

    @Test func `what is damaged is not judged`() {
        let whole = Packet.ipv4(from: "198.51.100.7", to: StfExplainTests.here, StfExplainTests.inner)
        var wrong = whole
        wrong[11] ^= 1
        #expect(
            explained(.input, CapturedPacket(wrong))
                == "ignored: the kernel drops it: the IPv4 header checksum is wrong")
        let short = "ignored: the kernel drops it: shorter than its header says"
        #expect(explained(.input, CapturedPacket(Array(whole.dropLast()), of: whole.count - 1)) == short)
        var header = whole
        header[0] = 0x44
        #expect(explained(.input, CapturedPacket(header)) == short)
        #expect(explained(.output, CapturedPacket(Array(StfExplainTests.answer.dropLast()), of: 47)) == short)
    }

    @Test func `our own packets are not judged as others'`() {
        let sent = Packet.ipv4(from: StfExplainTests.here, to: "198.51.100.7", StfExplainTests.answer)
        #expect(explained(.input, CapturedPacket(sent)) == "ignored: sent by this host")
        let forged = Packet.ipv4(from: StfExplainTests.here, to: StfExplainTests.here, StfExplainTests.answer)
        #expect(explained(.input, CapturedPacket(forged)) == "dropped: the IPv4 source is our own address")
        let inward = CapturedPacket(StfExplainTests.inner)
        #expect(explained(.output, inward, routedTo: 1) == "ignored: the route to its destination leads elsewhere")
        #expect(explained(.output, CapturedPacket(StfExplainTests.answer), routedTo: nil).hasPrefix("passes"))
    }

    /// Only TCP comes larger than the MTU, to be cut by the kernel.
    @Test func `nothing above the MTU passes but what is cut`() {
        let packet = { (proto: UInt8, count: Int) in
            CapturedPacket(
                Packet.ipv6(
                    from: "2002:c000:201::1", to: "2002:c633:6407::1", nextHeader: proto,
                    payload: [UInt8](repeating: 0, count: count)))
        }
        #expect(explained(.output, packet(17, 1240)).hasPrefix("passes: leaves"))
        let refused = "dropped: larger than the MTU, which is 1280: the kernel refuses it; the sender is told: "
        #expect(explained(.output, packet(17, 1241)) == refused + "packet too big, mtu 1280")
        #expect(explained(.output, packet(17, 1241), mtu: 1480).hasPrefix("passes: leaves"))
        #expect(explained(.output, packet(6, 60_000)).hasSuffix(", tos 0, cut into segments that fit the MTU"))
        #expect(!explained(.output, packet(6, 1240)).contains("segments"))
        #expect(
            explained(.output, packet(58, 1300)) == "dropped: larger than the MTU, which is 1280: the kernel refuses it"
        )
    }

    /// RFC 4443 §2.4(e).
    @Test func `nobody is told of errors`() {
        let lost = { (proto: UInt8, payload: [UInt8]) in
            Packet.ipv6(from: "2002:c000:201::1", to: "2002:a00:1::1", nextHeader: proto, payload: payload)
        }
        let reason = "dropped: the IPv4 destination would be private (RFC 1918)"
        let told = "; the sender is told: address unreachable"
        #expect(explained(.output, CapturedPacket(lost(17, [0, 0]))) == reason + told)
        #expect(explained(.output, CapturedPacket(lost(58, [128, 0]))) == reason + told)
        #expect(explained(.output, CapturedPacket(lost(58, [1, 0]))) == reason)
        #expect(explained(.output, CapturedPacket(lost(17, [0, 0])), sendsErrors: false) == reason)
        let cut = CapturedPacket(Array(lost(58, [128, 0]).prefix(40)), of: 42)
        #expect(
            explained(.output, cut)
                == reason + "; the sender is told, unless it is an error itself: address unreachable")
        let quote = Packet.ipv6(
            from: "2002:c000:201::1", to: "2002:c633:6407::1", nextHeader: 58, payload: [1, 0, 0, 0])
        let error = Packet.icmpv4Error(
            from: "203.0.113.1", to: StfExplainTests.here,
            about: Packet.ipv4(from: StfExplainTests.here, to: "198.51.100.7", quote))
        #expect(explained(.input, CapturedPacket(error)).hasPrefix("ignored: nobody is told: "))
    }
}
