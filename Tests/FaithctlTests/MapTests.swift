// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import faithctl

/// The address that stands for another, without asking the daemon.
@Suite struct MapTests {
    /// RFC 6052 §2.4's examples among them.
    @Test(arguments: [
        ("2001:db8:64::/96", "192.0.2.1", "2001:db8:64::c000:201"),
        ("2001:db8::/32", "192.0.2.33", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "192.0.2.33", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "192.0.2.33", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:344::/64", "192.0.2.33", "2001:db8:122:344:c0:2:2100:0"),
        ("64:ff9b::/96", "192.0.2.33", "64:ff9b::c000:221"),
        ("2001:db8:64::a00:0/104", "10.1.2.3", "2001:db8:64::a01:203"),
        // What is behind the length does not count.
        ("2001:db8:64::1/96", "192.0.2.1", "2001:db8:64::c000:201"),
        ("2001:db8:64::/64 last32", "192.0.2.1", "2001:db8:64::c000:201"),
    ])
    func `both ways`(prefix: String, ipv4: String, ipv6: String) throws {
        let words = prefix.split(separator: " ").map(String.init)
        let answer = MapCommand.Answer(ipv4: ipv4, ipv6: ipv6)
        for address in [ipv4, ipv6] {
            let command = try MapCommand(([words[0], address] + words.dropFirst())[...])
            #expect(try command.answer() == answer)
        }
    }

    /// Of an IPv6 address, only what holds the IPv4 address counts; it is shown in full all the same.
    @Test func `a suffix does not count`() throws {
        let command = try MapCommand(["2001:db8:122::/48", "2001:DB8:122:c000:2:2100::7"])
        #expect(try command.answer() == .init(ipv4: "192.0.2.33", ipv6: "2001:db8:122:c000:2:2100:0:7"))
    }

    @Test(arguments: [
        ("2001:db8::", "192.0.2.1", "not an IPv6 prefix"),
        ("2001:db8::/129", "192.0.2.1", "not an IPv6 prefix"),
        ("10.0.0.0/8", "192.0.2.1", "not an IPv6 prefix"),
        ("2001:db8::/33", "192.0.2.1", "no IPv4 address has a place behind a prefix of length 33"),
        ("2001:db8::/96", "192.0.2", "not an address"),
        ("2001:db8::/96", "example.org", "not an address"),
        ("2001:db8::/96", "2001:db9::c000:201", "not within the prefix"),
        ("2001:db8::a00:0/104", "11.0.0.1", "not within the part of the IPv4 Internet that the prefix is for"),
        ("2001:db8::/48", "2001:db8:0:c000:102:100::", "bits 64 to 71 must be zero (RFC 6052)"),
        ("64:ff9b::/96", "10.0.0.1", "10.0.0.1 is not global, as all behind 64:ff9b::/96 must be (RFC 6052)"),
    ])
    func `what has no place is refused`(prefix: String, address: String, reason: String) throws {
        let command = try MapCommand([prefix, address])
        #expect(refusal { _ = try command.answer() } == "map: \(prefix): \(address): \(reason)")
    }

    @Test func `without the last 32 bits there is another place`() throws {
        #expect(refusal { _ = try MapCommand(["2001:db8::/48", "192.0.2.1", "last32"]).answer() } != nil)
        #expect(try MapCommand(["2001:db8::/64", "192.0.2.1"]).answer().ipv6 == "2001:db8::c0:2:100:0")
    }

    @Test(arguments: [
        [], ["2001:db8::/96"], ["last32"], ["2001:db8::/96", "last32"], ["::/96", "1.2.3.4", "5.6.7.8"],
    ])
    func `it wants two`(_ words: [String]) {
        #expect(refusal { _ = try MapCommand(words[...]) } == "map: wants prefix/length address [last32]")
    }
}
