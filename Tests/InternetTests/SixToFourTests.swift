// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// The mapping of RFC 3056 §2 takes an IPv4 address to its 2002:V4ADDR::/48 and back.
@Suite struct SixToFourTests {
    @Test(arguments: [
        ("133.4.5.6", "2002:8504:506::/48"),
        ("192.0.2.1", "2002:c000:201::/48"),
        ("9.1.0.0", "2002:901::/48"),
        ("0.0.0.0", "2002::/48"),
        ("255.255.255.255", "2002:ffff:ffff::/48"),
    ])
    func `a site is named by its IPv4 address`(address: String, site: String) throws {
        #expect(SixToFour.site(of: try #require(IPv4Address(address))).description == site)
    }

    @Test(arguments: [
        ("2002:8504:506::1", "133.4.5.6"),
        ("2002:c000:201:ffff:ffff:ffff:ffff:ffff", "192.0.2.1"),
        ("2002::", "0.0.0.0"),
        ("2001:8504:506::1", nil),
        ("2003:8504:506::1", nil),
        ("2001:db8::1", nil),
        ("::ffff:133.4.5.6", nil),
        ("::", nil),
    ])
    func `only 6to4 addresses embed one`(address: String, embedded: String?) throws {
        #expect(SixToFour.embedded(in: try #require(IPv6Address(address)))?.description == embedded)
    }

    @Test func `the mapping is a bijection`() {
        var generator = SeededGenerator(seed: 3056)
        var refuted: [IPv4Address] = []
        for _ in 0..<20_000 {
            let address = IPv4Address.random(using: &generator)
            let site = SixToFour.site(of: address)
            let host = IPv6Address(high: site.address.high | generator.next() & 0xFFFF, low: generator.next())
            let isRight =
                SixToFour.embedded(in: host) == address && site.contains(host) && SixToFour.prefix.contains(host)
            if !isRight { refuted.append(address) }
        }
        #expect(refuted == [])
    }

    @Test func `the prefix is 2002::/16`() {
        #expect(SixToFour.prefix.description == "2002::/16")
    }
}
