// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// A prefix holds the addresses whose first `length` bits are its own, and nothing after those bits counts.
@Suite struct PrefixTests {
    @Test(arguments: [
        ("::", 0, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("8000::", 1, "ffff::", true),
        ("8000::", 1, "7fff::", false),
        ("2002::", 16, "2002:c000:201::1", true),
        ("2002::", 16, "2003::", false),
        ("2001:db8:0:2::", 63, "2001:db8:0:3::1", true),
        ("2001:db8:0:2::", 63, "2001:db8:0:4::1", false),
        ("2001:db8:0:2::", 64, "2001:db8:0:2:ffff::", true),
        ("2001:db8:0:2::", 64, "2001:db8:0:3::", false),
        ("2001:db8:0:2:8000::", 65, "2001:db8:0:2:8000::1", true),
        ("2001:db8:0:2:8000::", 65, "2001:db8:0:2:7fff::1", false),
        ("2001:db8::2", 127, "2001:db8::3", true),
        ("2001:db8::2", 127, "2001:db8::4", false),
        ("2001:db8::2", 128, "2001:db8::2", true),
        ("2001:db8::2", 128, "2001:db8::3", false),
    ])
    func `a prefix contains its addresses`(prefix: String, length: Int, address: String, isInside: Bool) throws {
        let block = IPv6Prefix(try #require(IPv6Address(prefix)), length: length)
        #expect(block.contains(try #require(IPv6Address(address))) == isInside)
        #expect(block.description == "\(prefix)/\(length)")
    }

    @Test(arguments: [
        ("0.0.0.0", 0, "255.255.255.255", true),
        ("128.0.0.0", 1, "255.0.0.0", true),
        ("128.0.0.0", 1, "127.255.255.255", false),
        ("9.1.0.0", 16, "9.1.255.1", true),
        ("9.1.0.0", 16, "9.2.0.0", false),
        ("192.0.2.2", 31, "192.0.2.3", true),
        ("192.0.2.2", 31, "192.0.2.4", false),
        ("192.0.2.2", 32, "192.0.2.2", true),
        ("192.0.2.2", 32, "192.0.2.3", false),
    ])
    func `a block contains its addresses`(prefix: String, length: Int, address: String, isInside: Bool) throws {
        let block = IPv4Prefix(try #require(IPv4Address(prefix)), length: length)
        #expect(block.contains(try #require(IPv4Address(address))) == isInside)
        #expect(block.description == "\(prefix)/\(length)")
    }

    @Test(arguments: [
        ("192.0.2.0", 24, "192.0.2.255"), ("9.1.0.0", 16, "9.1.255.255"), ("192.0.2.4", 30, "192.0.2.7"),
        ("0.0.0.0", 0, "255.255.255.255"), ("192.0.2.4", 31, nil), ("192.0.2.4", 32, nil),
    ])
    func `the last address of a network is its broadcast`(network: String, length: Int, broadcast: String?) throws {
        let block = IPv4Prefix(try #require(IPv4Address(network)), length: length)
        #expect(block.broadcast?.description == broadcast)
    }

    @Test(arguments: 0...128)
    func `flipping a bit leaves the prefix only if it counts`(length: Int) {
        var generator = SeededGenerator(seed: UInt64(length))
        let address = IPv6Address.random(using: &generator)
        let prefix = IPv6Prefix(address, length: length)
        let counting = (0..<128).filter { bit in
            let flip = UInt64(1) << UInt64(63 - bit % 64)
            return bit < 64
                ? !prefix.contains(IPv6Address(high: address.high ^ flip, low: address.low))
                : !prefix.contains(IPv6Address(high: address.high, low: address.low ^ flip))
        }
        #expect(counting == Array(0..<length))
    }

    @Test(arguments: 0...32)
    func `flipping a bit leaves the block only if it counts`(length: Int) {
        let block = IPv4Prefix(IPv4Address(bits: 0xA5C3_0F69), length: length)
        let counting = (0..<32).filter { bit in
            !block.contains(IPv4Address(bits: 0xA5C3_0F69 ^ UInt32(1) << UInt32(31 - bit)))
        }
        #expect(counting == Array(0..<length))
    }

    @Test func `bits after the prefix do not tell prefixes apart`() throws {
        let host = try #require(IPv6Address("2001:db8::1"))
        let network = try #require(IPv6Address("2001:db8::"))
        #expect(IPv6Prefix(host, length: 64) == IPv6Prefix(network, length: 64))
        #expect(IPv6Prefix(host, length: 64) != IPv6Prefix(network, length: 63))
        #expect(IPv6Prefix(host, length: 64).address == network)
    }
}
