// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf
import Testing

/// The outer source of a 6rd interface: what stfv4net names, or else what the inet6 address embeds (stf(4)). So a border
/// relay sends from an anycast address, whatever its inet6 address is (RFC 5969 §7.2).
@Suite struct SixRDSourceTests {
    @Test(arguments: [
        ("10.255.0.1/8", "2001:db8::1", "10.255.0.1"), ("10.255.0.1/8", "2001:db8:0:100::1", "10.255.0.1"),
        ("0.0.0.0/32", "2001:db8:c000:201::1", "192.0.2.1"),
        // With a 6to4 address the parameters of 6rd say nothing.
        ("10.255.0.1/8", "2002:c000:201::1", "192.0.2.1"),
    ])
    func stfv4netNamesTheSource(net: String, address: String, source: String) throws {
        let sixRD = try #require(SixRD(net: net)), address = try #require(IPv6Address(address))
        let domain = try #require(sixRD.domain(of: address, prefixLength: 32))
        #expect(sixRD.source(of: address, in: domain) == IPv4Address(source))
    }
}
