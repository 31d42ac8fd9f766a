// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Testing

/// DHCP's option 212 as clients write it down, within the bounds of RFC 5969 §7.1.1.
@Suite struct SixRDOptionTests {
    private static let raw = "0820" + "20010db8" + String(repeating: "0", count: 24) + "0aff0001" + "0aff0002"
    private static let colons =
        "8:20:20:1:d:b8:0:0:0:0:0:0:0:0:0:0:0:0:a:ff:0:1:a:ff:0:2"

    @Test(arguments: [
        "8 32 2001:db8:: 10.255.0.1 10.255.0.2", "8 32 2001:db8:0:0:0:0:0:0 10.255.0.1,10.255.0.2",
        "option_6rd=8 32 2001:db8:: 10.255.0.1 10.255.0.2", "new_option_6rd='8 32 2001:db8:: 10.255.0.1 10.255.0.2'",
        "option option-6rd 8, 32, 2001:db8::, 10.255.0.1, 10.255.0.2;",
        "ip6rd=8 32 2001:db8:: 10.255.0.1 10.255.0.2", "SIXRD=8 32 2001:db8:: 10.255.0.1 10.255.0.2",
        // Bits behind the prefix do not count, and a relay is one however often it is named.
        "8 32 2001:db8:ffff::1 10.255.0.1 10.255.0.2 10.255.0.1",
        raw, raw.uppercased(), "opt212=\(raw)", "OPTION_212=\(raw)", colons, "option unknown-212 \(colons);",
        "new_unknown_212=\"\(colons)\"",
    ])
    func `each form is read`(text: String) throws {
        let option = try SixRDOption(text)
        #expect(option.commonLength == 8)
        #expect(option.prefix == IPv6Address("2001:db8::").map { IPv6Prefix($0, length: 32) })
        #expect(option.relays == ["10.255.0.1", "10.255.0.2"].compactMap { IPv4Address($0) })
        let own = try #require(IPv4Address("10.0.0.1"))
        #expect(option.net(of: own) == "10.0.0.1/8")
        #expect(option.site(of: own)?.description == "2001:db8:0:100::/56")
    }

    @Test func `no common bits are 32 for stfv4net`() throws {
        let option = try SixRDOption("0 32 2001:db8:: 192.0.2.254")
        let own = try #require(IPv4Address("192.0.2.1"))
        #expect(option.net(of: own) == "192.0.2.1/32")
        #expect(option.site(of: own)?.description == "2001:db8:c000:201::/64")
    }

    @Test(arguments: [
        ("", "wants two lengths, a prefix, and border relays"), ("x", "not an option of DHCP"),
        ("8 32 2001:db8::", "wants two lengths, a prefix, and border relays"),
        ("8 32 10.0.0.1 10.255.0.1", "wants two lengths, a prefix, and border relays"),
        ("8 32 2001:db8:: 10.255.0", "a border relay is no IPv4 address"),
        ("33 32 2001:db8:: 10.255.0.1", "the mask length of IPv4 is 33, not 0..32"),
        ("-1 32 2001:db8:: 10.255.0.1", "wants two lengths, a prefix, and border relays"),
        ("0 97 2001:db8:: 10.255.0.1", "prefix length 97 and 32 bits of IPv4 exceed 128"),
        ("32 129 2001:db8:: 10.255.0.1", "prefix length 129 and 0 bits of IPv4 exceed 128"),
        ("0 33 2001:db8:: 10.255.0.1", "prefix length 33 and 32 bits of IPv4 leave no network of 64 bits"),
        ("32 56 2001:db8:: 10.255.0.1", "all 32 bits of IPv4 are common: a domain of one site"),
        ("8 32 2001:db8:: 0.0.0.0", "the border relay 0.0.0.0 is in 0.0.0.0/8"),
        ("8 32 2001:db8:: 10.255.0.1 224.0.0.1", "the border relay 224.0.0.1 is in 224.0.0.0/4"),
        ("0820", "2 bytes, where 22 are wanted, or more by fours"),
        (String(raw.dropLast(2)), "25 bytes, where 22 are wanted, or more by fours"),
        (String(raw.prefix(36)), "18 bytes, where 22 are wanted, or more by fours"),
        ("8:20:200:1", "not an option of DHCP"), ("8::20", "not an option of DHCP"),
    ])
    func `what is out of bounds is refused`(text: String, reason: String) {
        let error = #expect(throws: SixRDOption.Failure.self) { try SixRDOption(text) }
        #expect(error?.reason == reason)
    }
}
