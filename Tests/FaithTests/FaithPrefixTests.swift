// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet
import TestSupport
import Testing

/// The mappings of faithd(8) (RFC 3142) and RFC 6052, both ways.
@Suite struct FaithPrefixTests {
    /// RFC 6052 §2.4, tables 2 and 3; then the same for other lengths and addresses.
    @Test(arguments: [
        ("2001:db8::/32", "192.0.2.33", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "192.0.2.33", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "192.0.2.33", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "192.0.2.33", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "192.0.2.33", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "192.0.2.33", "2001:db8:122:344::192.0.2.33"),
        ("64:ff9b::/96", "192.0.2.33", "64:ff9b::192.0.2.33"),
        ("3ffe:501:ffff::/96", "123.4.5.6", "3ffe:501:ffff::7b04:506"),
        ("2001:db8:0:0:ff00::/96", "192.0.2.1", "2001:db8::ff00:0:192.0.2.1"),
        ("2001:db8::7b00:0/104", "123.4.5.6", "2001:db8::7b04:506"),
        ("2001:db8::c000:201/128", "192.0.2.1", "2001:db8::192.0.2.1"),
        ("2001:db8::/32", "255.255.255.255", "2001:db8:ffff:ffff::"),
        ("2001:db8:100::/40", "255.255.255.255", "2001:db8:1ff:ffff:ff::"),
        ("2001:db8::/64", "0.0.0.1", "2001:db8::100:0"),
        ("2001:db8::/48", "0.0.0.0", "2001:db8::"),
        ("64:ff9b:1::/48", "10.0.0.1", "64:ff9b:1:a00:0:100::"),
    ])
    func `an IPv4 address has one IPv6 address, and back`(prefix: String, address: String, mapped: String) throws {
        let prefix = try FaithPrefix(prefix)
        let mapped = try #require(IPv6Address(mapped))
        #expect(try prefix.map(try #require(IPv4Address(address))) == mapped)
        #expect(try prefix.embedded(in: mapped).description == address)
    }

    @Test(arguments: [
        ("2001:db8::", FaithPrefixError.notPrefix),
        ("2001:db8::/", .notPrefix),
        ("2001:db8::/129", .notPrefix),
        ("2001:db8::/032", .notPrefix),
        ("2001:db8::/+32", .notPrefix),
        ("2001:db8::/32/32", .notPrefix),
        ("2001:db8::%lo/32", .notPrefix),
        ("192.0.2.0/32", .notPrefix),
        ("", .notPrefix),
        ("::/0", .badLength(0)),
        ("2001:db8::/31", .badLength(31)),
        ("2001:db8::/33", .badLength(33)),
        ("2001:db8::/72", .badLength(72)),
        ("2001:db8::/95", .badLength(95)),
    ])
    func `what is no prefix for IPv4 addresses is refused`(text: String, error: FaithPrefixError) {
        #expect(throws: error) { try FaithPrefix(text) }
    }

    @Test func `a mapping takes only the lengths it knows`() throws {
        let address = try #require(IPv6Address("2001:db8::"))
        let taken = { (mapping: FaithPrefix.Mapping) in
            (0...128).filter { length in
                (try? FaithPrefix(IPv6Prefix(address, length: length), mapping: mapping)) != nil
            }
        }
        #expect(taken(.rfc6052) == [32, 40, 48, 56, 64, 96])
        #expect(taken(.lastBits) == Array(64...128))
    }

    @Test func `the last bits may follow anything, but in RFC 6052 bits 64 to 71 are zero`() throws {
        let prefix = IPv6Prefix(try #require(IPv6Address("2001:db8:0:0:100::")), length: 96)
        #expect(throws: FaithPrefixError.reservedBits) { try FaithPrefix(prefix, mapping: .rfc6052) }
        let relaxed = try FaithPrefix(prefix, mapping: .lastBits)
        #expect(try relaxed.map(IPv4Address(bits: 0xC000_0201)).description == "2001:db8::100:0:c000:201")
        // RFC 3142 §4: of C6::/64, all but the first 64 and the last 32 bits may be anything.
        let network = IPv6Prefix(try #require(IPv6Address("2001:db8::")), length: 64)
        let wide = try FaithPrefix(network, mapping: .lastBits)
        let dirty = try #require(IPv6Address("2001:db8::ffff:ffff:c000:201"))
        #expect(try wide.embedded(in: dirty) == IPv4Address(bits: 0xC000_0201))
        #expect(try wide.map(IPv4Address(bits: 0xC000_0201)).description == "2001:db8::c000:201")
    }

    @Test(arguments: [
        // The suffix does not count (RFC 6052 §2.2), the reserved bits and the prefix do.
        ("2001:db8::/32", "2001:db8:c000:221:ff:ffff:ffff:ffff", nil),
        ("2001:db8::/32", "2001:db8:c000:221:100::", FaithPrefixError.reservedBits),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:21ff:ffff", nil),
        ("2001:db8:122:344::/64", "2001:db8:122:344:80c0:2:2100::", .reservedBits),
        ("2001:db8::/32", "2001:db9:c000:221::", .outsidePrefix),
        ("2001:db8:122:344::/96", "2001:db8:122:344:0:1:c000:221", .outsidePrefix),
        ("2001:db8::7b00:0/104", "2001:db8::7c04:506", .outsidePrefix),
    ])
    func `only what must be zero is checked`(prefix: String, mapped: String, error: FaithPrefixError?) throws {
        let prefix = try FaithPrefix(prefix)
        let mapped = try #require(IPv6Address(mapped))
        guard let error else {
            #expect(try prefix.embedded(in: mapped).description == "192.0.2.33")
            return
        }
        #expect(throws: error) { try prefix.embedded(in: mapped) }
    }

    @Test func `a long prefix is for a part of the IPv4 Internet`() throws {
        let prefix = try FaithPrefix("2001:db8::7b00:0/104")
        #expect(throws: FaithPrefixError.otherBlock) { try prefix.map(IPv4Address(bits: 0x7C04_0506)) }
    }

    /// The first and last address of each block, and the neighbours that pass.
    @Test(arguments: [
        ("0.0.0.0", false), ("0.255.255.255", false), ("1.0.0.0", true),
        ("9.255.255.255", true), ("10.0.0.0", false), ("10.255.255.255", false), ("11.0.0.0", true),
        ("100.63.255.255", true), ("100.64.0.0", false), ("100.127.255.255", false), ("100.128.0.0", true),
        ("126.255.255.255", true), ("127.0.0.0", false), ("127.255.255.255", false), ("128.0.0.0", true),
        ("169.253.255.255", true), ("169.254.0.0", false), ("169.254.255.255", false), ("169.255.0.0", true),
        ("172.15.255.255", true), ("172.16.0.0", false), ("172.31.255.255", false), ("172.32.0.0", true),
        ("191.255.255.255", true), ("192.0.0.0", false), ("192.0.0.255", false), ("192.0.1.0", true),
        ("192.167.255.255", true), ("192.168.0.0", false), ("192.168.255.255", false), ("192.169.0.0", true),
        ("198.17.255.255", true), ("198.18.0.0", false), ("198.19.255.255", false), ("198.20.0.0", true),
        ("192.0.2.1", true), ("198.51.100.1", true), ("203.0.113.1", true),
        ("223.255.255.255", true), ("224.0.0.0", false), ("255.255.255.255", false),
    ])
    func `only global addresses are behind the well-known prefix`(text: String, isGlobal: Bool) throws {
        let address = try #require(IPv4Address(text))
        let mapped = IPv6Address(high: 0x64_FF9B << 32, low: UInt64(address.bits))
        let wellKnown = try FaithPrefix("64:ff9b::/96")
        let other = try FaithPrefix("64:ff9b:0:0:0:1::/96")
        #expect((try? wellKnown.map(address)) == (isGlobal ? mapped : nil))
        #expect((try? wellKnown.embedded(in: mapped)) == (isGlobal ? address : nil))
        #expect(try other.embedded(in: try other.map(address)) == address)
        if !isGlobal {
            #expect(throws: FaithPrefixError.notGlobal(address)) { try wellKnown.map(address) }
            #expect(throws: FaithPrefixError.notGlobal(address)) { try wellKnown.embedded(in: mapped) }
        }
    }

    /// The address decides, not the prefix that it was routed by: `64:ff9b::/64` with `last32` has `64:ff9b::/96` within.
    @Test(arguments: [64, 72, 80, 95])
    func `a shorter prefix does not open the well-known one`(length: Int) throws {
        let prefix = try FaithPrefix(IPv6Prefix(FaithPrefix.wellKnown.address, length: length), mapping: .lastBits)
        let (local, global) = (IPv4Address(bits: 0x0A00_0001), IPv4Address(bits: 0x0808_0808))
        let within = { (address: IPv4Address) in IPv6Address(high: 0x64_FF9B << 32, low: UInt64(address.bits)) }
        let beside = { (address: IPv4Address) in
            IPv6Address(high: 0x64_FF9B << 32, low: 1 << 32 | UInt64(address.bits))
        }
        #expect(throws: FaithPrefixError.notGlobal(local)) { try prefix.embedded(in: within(local)) }
        #expect(throws: FaithPrefixError.notGlobal(local)) { try prefix.map(local) }
        #expect(try prefix.embedded(in: within(global)) == global)
        #expect(try prefix.map(global) == within(global))
        // What is behind the other addresses of the prefix is its owner's matter.
        #expect(try prefix.embedded(in: beside(local)) == local)
    }

    @Test(arguments: FaithPrefix.rfc6052Lengths)
    func `mapping and back is the same address, whatever the suffix`(length: Int) throws {
        var generator = SeededGenerator(seed: UInt64(length))
        var refuted: [IPv4Address] = []
        for _ in 0..<2_000 {
            let network = IPv6Address(high: generator.next(), low: generator.next() >> 8)
            let prefix = try FaithPrefix(IPv6Prefix(network, length: length), mapping: .rfc6052)
            let address = IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next()))
            var mapped = try prefix.map(address)
            guard mapped.low >> 56 == 0, prefix.prefix.contains(mapped) else {
                refuted.append(address)
                continue
            }
            if length < 96 { mapped.low |= generator.next() & (1 << UInt64(88 - length) - 1) & 0xFF_FFFF }
            if try prefix.embedded(in: mapped) != address { refuted.append(address) }
        }
        #expect(refuted == [])
    }

    @Test func `an error says what is wrong`() {
        #expect(
            FaithPrefixError.badLength(33).description == "no IPv4 address has a place behind a prefix of length 33")
        #expect(FaithPrefixError.notGlobal(IPv4Address(bits: 0x0A00_0001)).description.hasPrefix("10.0.0.1 is not"))
    }
}
