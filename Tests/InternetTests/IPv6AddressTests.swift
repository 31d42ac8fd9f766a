// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// IPv6 text is what RFC 4291 §2.2 allows, without zone and prefix length.
@Suite struct IPv6AddressTests {
    @Test(arguments: [
        ("::", 0, 0),
        ("::1", 0, 1),
        ("1::", 0x0001_0000_0000_0000, 0),
        ("0:0:0:0:0:0:0:0", 0, 0),
        ("00:000:0000::0", 0, 0),
        ("2001:DB8:0:0:8:800:200C:417A", 0x2001_0DB8_0000_0000, 0x0008_0800_200C_417A),
        ("2001:db8::8:800:200c:417a", 0x2001_0DB8_0000_0000, 0x0008_0800_200C_417A),
        ("2001:0db8::0001", 0x2001_0DB8_0000_0000, 1),
        ("FF01::101", 0xFF01_0000_0000_0000, 0x101),
        ("2002:c000:201::1", 0x2002_C000_0201_0000, 1),
        ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004, 0x0005_0006_0007_0008),
        // "::" may stand for one group, at either end too.
        ("1:2:3::5:6:7:8", 0x0001_0002_0003_0000, 0x0005_0006_0007_0008),
        ("::2:3:4:5:6:7:8", 0x0000_0002_0003_0004, 0x0005_0006_0007_0008),
        ("1:2:3:4:5:6:7::", 0x0001_0002_0003_0004, 0x0005_0006_0007_0000),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UInt64.max, UInt64.max),
    ])
    func `groups read as numbers`(text: String, high: UInt64, low: UInt64) {
        #expect(IPv6Address(text) == IPv6Address(high: high, low: low))
    }

    @Test(arguments: [
        ("::13.1.68.3", 0, 0x0D01_4403),
        ("::FFFF:129.144.52.38", 0, 0xFFFF_8190_3426),
        ("0:0:0:0:0:0:13.1.68.3", 0, 0x0D01_4403),
        ("64:ff9b::192.0.2.1", 0x0064_FF9B_0000_0000, 0xC000_0201),
        ("1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004, 0x0005_0006_0102_0304),
        ("1:2:3:4:5::1.2.3.4", 0x0001_0002_0003_0004, 0x0005_0000_0102_0304),
        ("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", UInt64.max, UInt64.max),
    ])
    func `the last two groups may be a dotted quad`(text: String, high: UInt64, low: UInt64) {
        #expect(IPv6Address(text) == IPv6Address(high: high, low: low))
    }

    @Test(arguments: [
        "", ":", ":::", "::::", ":1", "1:", "::1:", ":1::", "1:::2", "1::2::3", "::1::", "1",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8",
        "12345::", "00001::", "::10000", "g::", "0x1::", "-1::", "+1::", "::1 ", " ::1", "1: :2", "::1\n", "::1\0",
        "fe80::1%eth0", "fe80::1%", "::1/128", "[::1]", "::1]:80",
    ])
    func `malformed groups are refused`(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test(arguments: [
        "1.2.3.4", ":1.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "1.2.3.4:5::", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256",
        "::1.2.3.04", "::.1.2.3", "::1.2.3.4.", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1:2:3:4:5:6::7:1.2.3.4",
        "::a.2.3.4", "::1.2.3.a", "::1.2.3.4/96", "::ffff:１.2.3.4",
    ])
    func `misplaced dotted quads are refused`(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test(arguments: ["１::", "٣::1", "::Ａ", "1\u{301}::", ":\u{301}:1", "::1\u{200D}", "：：1", "\u{FEFF}::1"])
    func `digits and colons are ASCII only`(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    /// Reading must not take time that grows with the square of what a stranger sends.
    @Test(arguments: [":", "1:", "0", ".", "1.", "::"])
    func `long text is refused at once`(piece: String) {
        let text = String(repeating: piece, count: 30_000)
        let time = ContinuousClock().measure {
            #expect(IPv6Address(text) == nil)
            #expect(IPv4Address(text) == nil)
        }
        #expect(time < .seconds(5))
    }

    @Test func `every printed address reads back`() {
        var generator = SeededGenerator(seed: 6)
        let refuted = (0..<20_000).map { _ in IPv6Address.random(using: &generator) }
            .filter { IPv6Address($0.description) != $0 }
        #expect(refuted == [])
    }

    @Test(arguments: [
        (0, 0, 0),
        (1, 0x8000_0000_0000_0000, 0),
        (16, 0xFFFF_0000_0000_0000, 0),
        (63, 0xFFFF_FFFF_FFFF_FFFE, 0),
        (64, UInt64.max, 0),
        (65, UInt64.max, 0x8000_0000_0000_0000),
        (127, UInt64.max, 0xFFFF_FFFF_FFFF_FFFE),
        (128, UInt64.max, UInt64.max),
    ])
    func `masking keeps the first bits`(length: Int, high: UInt64, low: UInt64) {
        let ones = IPv6Address(high: .max, low: .max)
        #expect(ones.masked(to: length) == IPv6Address(high: high, low: low))
        #expect(IPv6Address.unspecified.masked(to: length) == .unspecified)
    }
}
