// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf

/// What must hold of StfRules.output(), and of the errors that the sender gets instead, whatever the kernel hands over.
enum OutputTarget {
    static func run(_ bytes: borrowing RawSpan, heap: () -> UInt) throws(Violation) -> StfDrop? {
        guard let site = FuzzSite(bytes) else { return nil }
        let packet = bytes.extracting(droppingFirst: FuzzSite.size)
        let rules = site.rules
        let decision = try decided(heap) { () throws(StfDrop) in
            try rules.output(packet, length: packet.byteCount)
        }
        switch decision {
        case .success(let header):
            try check(header, before: packet, rules)
            try checkPeer(header, before: packet, rules)
            try checkSegments(of: packet, heap)
            return nil
        case .failure(let drop):
            try require(!drop.isOfInput, "an output dropped as an input: \(drop)")
            if let error = drop.error, let source = rules.address {
                try ErrorMessage.check(error, about: packet, from: source, heap)
            }
            return drop
        }
    }

    private static func check(
        _ header: IPv4Header, before packet: borrowing RawSpan, _ rules: StfRules
    ) throws(Violation) {
        try require(rules.isUp, "sent by an interface that is down")
        try require(header.source == rules.own, "from \(header.source), which is not ours")
        try require(rules.broken(by: header.destination) == nil, "to \(header.destination)")
        try require(!rules.checksLoops || header.destination != rules.own, "to ourselves")
        try require(header.proto == 41 && header.timeToLive == rules.timeToLive, "another protocol or time to live")
        try require(header.totalLength == IPv4Header.minimumSize + packet.byteCount, "of another length")
        let trafficClass = UInt8(truncatingIfNeeded: packet.uint16(at: 0) >> 4)
        try require(header.typeOfService >> 2 == trafficClass >> 2, "another class of service")
        try require(rules.link1 || header.typeOfService == trafficClass, "another congestion mark without link1")
        try require(!rules.link1 || header.typeOfService & 3 != 3, "congestion that was not met outside")
        guard packet.uint16(at: 24) == 0x2002, rules.prefix?.length == 16, rules.domain == SixToFour.domain else {
            return
        }
        try require(header.destination.bits == packet.uint32(at: 26), "not to the site that the destination names")
    }

    /// The peer, who has the address that the packet goes to, a route back to us, and all checks on, accepts it.
    private static func checkPeer(
        _ header: IPv4Header, before packet: borrowing RawSpan, _ rules: StfRules
    ) throws(Violation) {
        guard rules.checksPairing, rules.checksLoops, OutputTarget.isCredible(packet, rules) else { return }
        guard let prefix = rules.prefix, let domain = rules.domain else { return }
        let destination = packet.ipv6Address(at: 24)
        var peer = rules
        peer.own = header.destination
        peer.link0 = false
        peer.link1 = false
        if domain == SixToFour.domain {
            // A site outside our prefix, reached by a gateway within: he needs to have his pairing check off.
            guard prefix.contains(destination) || !domain.prefix.contains(destination) else { return }
            peer.prefix = IPv6Prefix(domain.site(of: header.destination).address, length: 16)
        } else {
            peer.relay = header.destination == rules.relay ? nil : rules.relay ?? rules.own
        }
        var outer = [UInt8](repeating: 0, count: IPv4Header.minimumSize + packet.byteCount)
        var span = outer.mutableSpan
        var bytes = span.mutableBytes
        header.write(to: &bytes)
        for at in 0..<packet.byteCount { bytes.put(packet.byte(at: at), at: IPv4Header.minimumSize + at) }
        var routes = FuzzRoutes(native: 3)
        let range: Range<Int>
        do throws(StfDrop) {
            range = try peer.input(bytes.bytes, on: 2, routes: &routes).range
        } catch {
            throw Violation(
                description: "\(header.destination) refuses \(packet.ipv6Address(at: 8)) > \(destination): \(error)")
        }
        try require(range == IPv4Header.minimumSize..<bytes.byteCount, "other bytes arrive: \(range)")
    }

    /// Whether a kernel would route the packet out of an interface that `stfctl check` has nothing against: a whole
    /// packet, from a source that a node may have, and our own IPv4 address one that others may send to.
    private static func isCredible(_ packet: borrowing RawSpan, _ rules: StfRules) -> Bool {
        guard let own = rules.own, rules.broken(by: own) == nil, packet.byteCount <= 65515,
            Int(packet.uint16(at: 4)) == packet.byteCount - IPv6Header.size
        else { return false }
        let source = packet.ipv6Address(at: 8)
        let site = SixToFour.embedded(in: source)
        return IPv6Rule.broken(by: source) == nil && site.flatMap(rules.broken) == nil
    }

    /// A large TCP packet, cut: the segments are the payload, whole and in order.
    private static func checkSegments(of packet: borrowing RawSpan, _ heap: () -> UInt) throws(Violation) {
        let segmentSize = 1 + Int(packet.byte(at: 7))
        guard let cut = try repeatable(heap, { SegmentedPacket(packet, transport: 40, segmentSize: segmentSize) })
        else { return }
        try require(cut.headerSize >= 60 && cut.headerSize <= 100, "headers of \(cut.headerSize) bytes")
        var at = cut.headerSize
        var header = InlineArray<100, UInt8>(repeating: 0)
        for index in 0..<cut.segments {
            let payload = cut.payload(of: index)
            try require(payload.lowerBound == at && payload.count <= segmentSize, "segment \(index) is \(payload)")
            at = payload.upperBound
            var span = header.mutableSpan
            var bytes = span.mutableBytes
            cut.writeHeader(of: index, packet: packet, to: &bytes)
        }
        try require(at == packet.byteCount, "segments end at \(at)")
    }
}
