// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf

/// What must hold of StfRules.error(), and of what the sender is told, whatever ICMPv4 error arrives.
enum ErrorTarget {
    static func run(_ bytes: borrowing RawSpan, heap: () -> UInt) throws(Violation) -> StfDrop? {
        guard let site = FuzzSite(bytes) else { return nil }
        let packet = bytes.extracting(droppingFirst: FuzzSite.size)
        let rules = site.rules
        var routes = site.routes
        let decision = try decided(heap) { () throws(StfDrop) in
            try rules.error(packet, routes: &routes).map { Told(meaning: $0.meaning, quote: $0.quote) }
        }
        switch decision {
        case .success(nil): return nil
        case .failure(let drop):
            try require(drop.isOfInput, "an input dropped as an output: \(drop)")
            return drop
        case .success(let told?):
            try check(told, in: packet, rules)
            try require(site.routes.native != rules.index, "told through the tunnel that it was about")
            guard let source = rules.address else { return nil }
            try ErrorMessage.check(told.meaning, about: packet.extracting(told.quote), from: source, heap)
            return nil
        }
    }

    private struct Told: Equatable {
        let meaning: ICMPv6Error
        let quote: Range<Int>
    }

    /// What is quoted is a packet that we could have sent: to and from where its IPv4 header says.
    private static func check(_ told: Told, in packet: borrowing RawSpan, _ rules: StfRules) throws(Violation) {
        try require(rules.isUp, "believed by an interface that is down")
        try require(told.quote.upperBound <= Int(packet.uint16(at: 2)), "beyond the IPv4 packet")
        try require(told.quote.upperBound <= packet.byteCount, "beyond what came")
        try require(told.quote.count >= IPv6Header.size, "less than a header")
        let outer = 4 * Int(packet.byte(at: 0) & 15) + 8
        try require(packet.byte(at: outer + 9) == 41, "about another protocol")
        try require(packet.ipv4Address(at: outer + 12) == rules.own, "about a packet from somebody else")
        let inner = packet.extracting(told.quote)
        try require(inner.byte(at: 0) >> 4 == 6, "about what is not IPv6")
        let destination = packet.ipv4Address(at: outer + 16)
        try require(rules.broken(by: destination) == nil, "about a packet to \(destination)")
        do throws(StfDrop) {
            let header = try rules.output(inner, length: inner.byteCount)
            guard header.destination != destination else { return }
        } catch {
            throw Violation(description: "about a packet that we drop: \(error)")
        }
        throw Violation(description: "about a packet that we would not have sent to \(destination)")
    }
}

/// What must hold of each ICMPv6 error that goes to a sender.
enum ErrorMessage {
    static func check(
        _ error: ICMPv6Error, about packet: borrowing RawSpan, from source: IPv6Address, _ heap: () -> UInt
    ) throws(Violation) {
        if case .packetTooBig(let mtu) = error { try require(mtu >= 1280, "no link may be as small as \(mtu)") }
        var message = InlineArray<1280, UInt8>(repeating: 0)
        var span = message.mutableSpan
        var bytes = span.mutableBytes
        // Written twice into the same place.
        let first = error.write(about: packet, from: source, hopLimit: 30, to: &bytes)
        let before = heap()
        let written = error.write(about: packet, from: source, hopLimit: 30, to: &bytes)
        try require(heap() == before, "writing an ICMPv6 error asked for memory")
        try require(first == written, "an ICMPv6 error of two sizes")
        guard let written else { return }
        try require(isWarranted(about: packet), "an error that RFC 4443 forbids")
        try require(written <= 1280 && written == min(1280, 48 + packet.byteCount), "an error of \(written) bytes")
        let text = bytes.bytes.extracting(first: written)
        try require(text.byte(at: 0) >> 4 == 6 && text.byte(at: 6) == 58, "not ICMPv6")
        try require(Int(text.uint16(at: 4)) == written - 40, "of another length than it says")
        try require(text.ipv6Address(at: 24) == packet.ipv6Address(at: 8), "not to the sender")
        try require(text.byte(at: 40) < 128, "not an error")
        try require(sum(text) == 0xFFFF, "a wrong checksum")
        for at in 48..<written { try require(text.byte(at: at) == packet.byte(at: at - 48), "a wrong quote") }
    }

    /// RFC 4443 §2.4(e), on the bytes themselves.
    private static func isWarranted(about packet: borrowing RawSpan) -> Bool {
        let isError = packet.byteCount > 40 && packet.byte(at: 6) == 58 && packet.byte(at: 40) < 128
        return !isError && packet.byte(at: 8) != 0xFF && packet.byte(at: 24) != 0xFF
            && packet.ipv6Address(at: 8) != .unspecified
    }

    /// RFC 1071 as it is written there, over the pseudo-header and the message: 0xFFFF if the checksum in there is right.
    private static func sum(_ text: borrowing RawSpan) -> UInt16 {
        var sum = UInt32(58 + text.byteCount - 40)
        for at in 8..<text.byteCount {
            sum += at % 2 == 0 ? UInt32(text.byte(at: at)) << 8 : UInt32(text.byte(at: at))
            if sum > 0xFFFF { sum = sum & 0xFFFF + 1 }
        }
        return UInt16(sum)
    }
}
