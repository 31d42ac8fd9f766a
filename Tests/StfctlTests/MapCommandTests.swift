// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Testing
import Tool

@testable import stfctl

/// IPv4 addresses and the prefixes of their sites, both ways. What an interface says is asked of a daemon elsewhere.
@Suite struct MapCommandTests {
    private func answer(_ words: String) throws -> MapCommand.Answer {
        let command = try MapCommand(words.split(separator: " ").map(String.init)[...])
        return try command.answer(in: try #require(try command.described()))
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", "2002:c000:201::/48"), ("2002:c000:201::/48", "192.0.2.1", "2002:c000:201::/48"),
        ("2002:c000:201:5::1", "192.0.2.1", "2002:c000:201::/48"),
        ("inet6 2001:db8::/32 192.0.2.1", "192.0.2.1", "2001:db8:c000:201::/64"),
        ("inet6 2001:db8::/32 stfv4net 10.0.0.1/8 10.1.2.3", "10.1.2.3", "2001:db8:102:300::/56"),
        ("stfv4net 10.0.0.1/8 inet6 2001:db8::1/32 2001:db8:102:3ff::9", "10.1.2.3", "2001:db8:102:300::/56"),
        ("inet6 2002::/16 192.0.2.1", "192.0.2.1", "2002:c000:201::/48"),
    ])
    func `a site has a prefix`(words: String, ipv4: String, ipv6: String) throws {
        #expect(try answer(words) == MapCommand.Answer(ipv4: ipv4, ipv6: ipv6))
    }

    @Test(arguments: [
        ("2001:db8::1", "map: 2001:db8::1: not in 2002::/16"), ("x", "map: x: bad value"),
        ("2002::/16", "map: 2002::/16: more than one site, each with a /48"),
        ("inet6 2001:db8::/32 stfv4net 10.0.0.1/8 192.0.2.1", "map: 192.0.2.1: not in 10.0.0.0/8"),
        ("inet6 2001:db8::/40 192.0.2.1", "map: 2001:db8::/40: prefix length + 32 exceeds 64"),
        ("inet6 2001:db8:: 192.0.2.1", "map: inet6 2001:db8::: bad value (prefix/length)"),
        (
            "inet6 2001:db8::/32 stfv4net 10.0.0.1/0 10.1.2.3",
            "map: stfv4net 10.0.0.1/0: bad value (address/length, 1..32; 32 is no common bits)"
        ),
        ("", "map: wants [interface | inet6 address/length [stfv4net address/length]] address"),
        ("stf0 stf1 192.0.2.1", "map: wants [interface | inet6 address/length [stfv4net address/length]] address"),
        ("stfv4net 10.0.0.1/8 10.1.2.3", "map: stfv4net: needs inet6 address/length"),
    ])
    func `what has no place is refused`(words: String, line: String) {
        let error = #expect(throws: ToolError.self) { try answer(words) }
        #expect(error?.line == line)
    }
}
