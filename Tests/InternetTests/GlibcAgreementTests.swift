// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// This module and the C library take the same texts for the same addresses. They print alike too, but for one form:
/// glibc writes the obsolete IPv4-compatible addresses with dots, `::192.0.2.1`, where RFC 5952 §5 has `::c000:201`.
@Suite struct GlibcAgreementTests {
    @Test func `both print addresses alike`() {
        var generator = SeededGenerator(seed: 5952)
        var refuted: [String] = []
        for _ in 0..<20_000 {
            let address = IPv6Address.random(using: &generator)
            let theirs = GlibcOracle.text(of: address)
            let isCompatible = address.high == 0 && address.low >> 32 == 0 && address.low >> 16 != 0
            let expected =
                isCompatible ? "::\(IPv4Address(bits: UInt32(truncatingIfNeeded: address.low)))" : address.description
            if theirs != expected || GlibcOracle.ipv6(address.description) != address { refuted.append(expected) }
        }
        #expect(refuted == [])
    }

    @Test func `both read their printed addresses`() {
        var generator = SeededGenerator(seed: 2553)
        let refuted = (0..<20_000).compactMap { _ -> String? in
            let address = IPv6Address.random(using: &generator)
            guard let theirs = GlibcOracle.text(of: address) else { return address.description }
            return IPv6Address(theirs) == address ? nil : theirs
        }
        #expect(refuted == [])
    }

    @Test func `both take and refuse the same IPv6 text`() {
        var generator = SeededGenerator(seed: 4291)
        var refuted: [String] = []
        var accepted = 0
        for _ in 0..<20_000 {
            let text = mutated(ipv6Text(using: &generator), using: &generator)
            let address = IPv6Address(text)
            if address != GlibcOracle.ipv6(text) { refuted.append(text) }
            if address != nil { accepted += 1 }
        }
        #expect(refuted == [])
        // Otherwise the mutations are too tame or too wild to tell anything.
        #expect((2000...18_000).contains(accepted))
    }

    @Test func `both take and refuse the same IPv4 text`() {
        var generator = SeededGenerator(seed: 791)
        var refuted: [String] = []
        var accepted = 0
        for _ in 0..<20_000 {
            let text = mutated(IPv4Address.random(using: &generator).description, using: &generator)
            let address = IPv4Address(text)
            if address != GlibcOracle.ipv4(text) { refuted.append(text) }
            if address != nil { accepted += 1 }
        }
        #expect(refuted == [])
        #expect((2000...18_000).contains(accepted))
    }

    /// Any of the ways to write an address: shortened, in full, with zeros in front, with a dotted end.
    private func ipv6Text(using generator: inout SeededGenerator) -> String {
        let address = IPv6Address.random(using: &generator)
        let groups = [address.high, address.low].flatMap { half in
            [48, 32, 16, 0].map { half >> UInt64($0) & 0xFFFF }
        }
        let short = groups.map { String($0, radix: 16, uppercase: generator.oneIn(4)) }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return short.joined(separator: ":")
        case 1: return short.map { String("000\($0)".suffix(4)) }.joined(separator: ":")
        case 2:
            let tail = IPv4Address(bits: UInt32(truncatingIfNeeded: address.low))
            return "\(short[..<6].joined(separator: ":")):\(tail)"
        default: return address.description
        }
    }

    /// One to three edits, of the kind that typing makes.
    private func mutated(_ text: String, using generator: inout SeededGenerator) -> String {
        let alphabet = Array("0123456789abcdefABCDEF::::...%/ gx-+٣１".unicodeScalars)
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard !scalars.isEmpty else { break }
            let at = Int.random(in: 0..<scalars.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: scalars[at] = generator.pick(alphabet)
            case 1: scalars.insert(generator.pick(alphabet), at: at)
            case 2: scalars.remove(at: at)
            case 3: scalars.insert(scalars[at], at: at)
            case 4: scalars.swapAt(at, Int.random(in: 0..<scalars.count, using: &generator))
            // A group or an octet less.
            default:
                let end = scalars[at...].firstIndex { $0 == ":" || $0 == "." } ?? scalars.count - 1
                scalars.removeSubrange(at...end)
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
