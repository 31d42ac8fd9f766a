// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// IPv4 text is four decimal octets without leading zeros, and nothing else.
@Suite struct IPv4AddressTests {
    @Test(arguments: [
        ("0.0.0.0", 0x0000_0000),
        ("0.0.0.1", 0x0000_0001),
        ("9.1.0.0", 0x0901_0000),
        ("127.0.0.1", 0x7F00_0001),
        ("133.4.5.6", 0x8504_0506),
        ("192.0.2.1", 0xC000_0201),
        ("255.255.255.255", 0xFFFF_FFFF),
    ])
    func `dotted quads read and print the same`(text: String, bits: UInt32) throws {
        let address = try #require(IPv4Address(text))
        #expect(address.bits == bits)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ".", "...", "1", "10.1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1.2.3.4.5",
        "010.0.0.1", "00.0.0.0", "1.2.3.04", "256.0.0.0", "1.2.3.999", "1.2.3.0004", "1.2.3.99999999999999999999",
        "+1.2.3.4", "-1.2.3.4", "1.2.3.0x4", "1.2.3.a", "3232235777", " 1.2.3.4", "1.2.3.4 ", "1. 2.3.4", "1.2.3.4\n",
        "1.2.3.4/24", "1.2.3.4:80", "1.2.3.4%lo", "1,2,3,4", "::1", "1.2.3.4\0",
        "１.2.3.4", "١.2.3.4", "1\u{301}.2.3.4", "1.\u{301}2.3.4", "1。2。3。4",
    ])
    func `anything else is refused`(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test func `a part of a larger text reads as well`() {
        #expect(IPv4Address("192.0.2.1/24".prefix(9)) == IPv4Address(bits: 0xC000_0201))
    }

    @Test func `every printed address reads back`() {
        var generator = SeededGenerator(seed: 4)
        let refuted = (0..<20_000).map { _ in IPv4Address.random(using: &generator) }
            .filter { IPv4Address($0.description) != $0 }
        #expect(refuted == [])
    }
}
