// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Testing

/// The mapping of 6rd, with the numbers that providers use.
@Suite struct TunnelDomainTests {
    private func domain(_ prefix: String, _ length: Int, _ common: String, _ bits: Int) throws -> TunnelDomain {
        let prefix = IPv6Prefix(try #require(IPv6Address(prefix)), length: length)
        let common = IPv4Prefix(try #require(IPv4Address(common)), length: bits)
        return try #require(TunnelDomain(prefix: prefix, common: common))
    }

    @Test(arguments: [
        ("2002::", 16, "0.0.0.0", 0, "133.4.5.6", "2002:8504:506::/48"),
        ("2001:db8::", 32, "0.0.0.0", 0, "192.0.2.2", "2001:db8:c000:202::/64"),
        ("2602::", 24, "0.0.0.0", 0, "1.2.3.4", "2602:1:203:400::/56"),
        ("2a02:1200::", 28, "0.0.0.0", 0, "193.5.29.1", "2a02:120c:1051:d010::/60"),
        ("2001::", 16, "192.0.2.1", 16, "192.0.2.1", "2001:201::/32"),
        ("2001:db8::", 32, "10.0.0.0", 8, "10.1.2.3", "2001:db8:102:300::/56"),
        ("2001:db8::", 32, "192.0.2.0", 31, "192.0.2.1", "2001:db8:8000::/33"),
        ("2001:db8::", 32, "192.0.2.1", 32, "192.0.2.1", "2001:db8::/32"),
    ])
    func `a site has its prefix, and the prefix its site`(
        prefix: String, length: Int, common: String, bits: Int, address: String, site: String
    ) throws {
        let domain = try domain(prefix, length, common, bits)
        let address = try #require(IPv4Address(address))
        #expect(domain.site(of: address).description == site)
        #expect(domain.embedded(in: domain.site(of: address).address) == address)
        var inside = domain.site(of: address).address
        inside.low = .max
        #expect(domain.embedded(in: inside) == address)
    }

    @Test(arguments: [(33, 0, false), (32, 0, true), (40, 8, true), (41, 8, false), (64, 32, true), (65, 32, false)])
    func `prefix and embedded bits fit a network prefix`(length: Int, bits: Int, fits: Bool) throws {
        let prefix = IPv6Prefix(try #require(IPv6Address("2001:db8::")), length: length)
        let common = IPv4Prefix(try #require(IPv4Address("10.0.0.0")), length: bits)
        #expect((TunnelDomain(prefix: prefix, common: common) != nil) == fits)
    }

    @Test func `outside the prefix there is no site`() throws {
        let domain = try domain("2001:db8::", 32, "10.0.0.0", 8)
        #expect(domain.embedded(in: try #require(IPv6Address("2001:db9:102:300::1"))) == nil)
    }
}
