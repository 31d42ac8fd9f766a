// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf

/// What must hold of StfRules.input() whatever arrives.
enum InputTarget {
    static func run(_ bytes: borrowing RawSpan, heap: () -> UInt) throws(Violation) -> StfDrop? {
        guard let site = FuzzSite(bytes) else { return nil }
        let packet = bytes.extracting(droppingFirst: FuzzSite.size)
        let rules = site.rules
        var routes = site.routes
        let decision = try decided(heap) { () throws(StfDrop) in
            try rules.input(packet, on: site.arrivesOn, routes: &routes)
        }
        switch decision {
        case .success(let inner):
            try check(inner, of: packet, site)
            try checkOffload(packet.extracting(inner.range), heap)
            return nil
        case .failure(let drop):
            try require(drop.isOfInput, "an input dropped as an output: \(drop)")
            return drop
        }
    }

    /// What is delivered lies within what came, from whom it says, to us.
    private static func check(
        _ inner: Decapsulated, of packet: borrowing RawSpan, _ site: FuzzSite
    ) throws(Violation) {
        let rules = site.rules
        try require(rules.isUp && !rules.link0, "accepted by a closed interface")
        try require(inner.range.lowerBound >= IPv4Header.minimumSize, "the IPv4 header is delivered")
        try require(inner.range.upperBound <= Int(packet.uint16(at: 2)), "beyond the IPv4 packet")
        try require(inner.range.upperBound <= packet.byteCount, "beyond what came")
        try require(inner.range.count >= IPv6Header.size, "less than a header")
        let at = inner.range.lowerBound
        try require(packet.byte(at: at) >> 4 == 6, "not IPv6")
        try require(Int(packet.uint16(at: at + 4)) == inner.range.count - IPv6Header.size, "not the whole packet")
        let source = packet.ipv4Address(at: 12)
        try require(packet.ipv4Address(at: 16) == rules.own, "to \(packet.ipv4Address(at: 16)) instead of us")
        try require(rules.broken(by: source) == nil, "from \(source)")
        try require(rules.link2 || site.arrivesOn == 2, "by an interface that the route does not take")
        try checkClass(inner.trafficClass, was: packet.uint16(at: at) >> 4, rules)
        try checkPairing(packet, at: at, from: source, rules)
    }

    private static func checkClass(
        _ trafficClass: UInt8, was before: UInt16, _ rules: StfRules
    ) throws(Violation) {
        let before = UInt8(truncatingIfNeeded: before)
        try require(trafficClass >> 2 == before >> 2, "the class of service is changed")
        try require(rules.link1 || trafficClass == before, "the congestion mark is changed without link1")
    }

    /// RFC 3964 §5.1.2, on the bytes themselves: 2002:V4ADDR inside is the V4ADDR outside.
    private static func checkPairing(
        _ packet: borrowing RawSpan, at: Int, from source: IPv4Address, _ rules: StfRules
    ) throws(Violation) {
        let inner = (source: packet.ipv6Address(at: at + 8), destination: packet.ipv6Address(at: at + 24))
        for address in [inner.source, inner.destination] {
            try require(IPv6Rule.broken(by: address) == nil, "\(address) came through")
        }
        guard rules.checksPairing, rules.domain == SixToFour.domain, let own = rules.own else { return }
        if packet.uint16(at: at + 8) == 0x2002 {
            try require(packet.uint32(at: at + 10) == source.bits, "\(inner.source) from \(source)")
        }
        guard packet.uint16(at: at + 24) == 0x2002 else { return }
        try require(packet.uint32(at: at + 26) == own.bits, "\(inner.destination) is not ours")
        guard packet.uint16(at: at + 8) == 0x2002, rules.checksLoops else { return }
        try checkAnswer(from: inner.destination, to: inner.source, goesTo: source, rules)
    }

    /// Who reached us from his site can be answered.
    private static func checkAnswer(
        from source: IPv6Address, to destination: IPv6Address, goesTo peer: IPv4Address, _ rules: StfRules
    ) throws(Violation) {
        var answer = InlineArray<40, UInt8>(repeating: 0)
        var span = answer.mutableSpan
        var bytes = span.mutableBytes
        bytes.put(0x6000_0000 as UInt32, at: 0)
        bytes.put(source, at: 8)
        bytes.put(destination, at: 24)
        do throws(StfDrop) {
            let header = try rules.output(bytes.bytes, length: IPv6Header.size)
            guard header.destination != peer else { return }
        } catch {
            throw Violation(description: "no answer from \(source) to \(destination): \(error)")
        }
        throw Violation(description: "the answer to \(destination) does not go to \(peer)")
    }

    /// What the device is told about a delivered packet lies within it.
    private static func checkOffload(_ inner: borrowing RawSpan, _ heap: () -> UInt) throws(Violation) {
        let mtu = 1280
        guard let offload = try repeatable(heap, { ReceivedOffload(inner, mtu: mtu) }) else { return }
        try require(offload.start + offload.field + 2 <= inner.byteCount, "a checksum field outside the packet")
        guard let segments = offload.segments else { return }
        try require(segments.segmentSize > 0, "segments of nothing")
        try require(segments.headerSize + segments.segmentSize <= mtu, "segments larger than the MTU")
        try require(inner.byteCount > mtu, "a packet that fits is cut")
    }
}
