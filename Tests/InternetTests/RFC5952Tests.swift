// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Testing

/// Addresses print as RFC 5952 recommends; the examples are the RFC's, under the section that makes the rule.
@Suite struct RFC5952Tests {
    @Test(arguments: [
        ("2001:0db8::0001", "2001:db8::1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"),
        ("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"),
    ])
    func `§4.1: leading zeros go`(text: String, printed: String) throws {
        #expect(try #require(IPv6Address(text)).description == printed)
    }

    @Test(arguments: [
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8::0:1", "2001:db8::1"),
        ("2001:db8:0:0:0::1", "2001:db8::1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("1:0:0:0:0:0:0:0", "1::"),
        ("ff02:0:0:0:0:0:0:0", "ff02::"),
    ])
    func `§4.2.1: the gap is as long as it can be`(text: String, printed: String) throws {
        #expect(try #require(IPv6Address(text)).description == printed)
    }

    @Test(arguments: [
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("1:0:3:0:5:0:7:0", "1:0:3:0:5:0:7:0"),
    ])
    func `§4.2.2: one zero group is written out`(text: String, printed: String) throws {
        #expect(try #require(IPv6Address(text)).description == printed)
    }

    @Test(arguments: [
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"),
        ("0:0:0:1:0:0:0:0", "0:0:0:1::"),
        ("0:0:0:0:1:0:0:0", "::1:0:0:0"),
        ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"),
    ])
    func `§4.2.3: the longest run is shortened, of equals the first`(text: String, printed: String) throws {
        #expect(try #require(IPv6Address(text)).description == printed)
    }

    @Test(arguments: [
        ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"),
        ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:AaAa", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"),
        ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
    ])
    func `§4.3: letters are lower case`(text: String, printed: String) throws {
        #expect(try #require(IPv6Address(text)).description == printed)
    }

    @Test(arguments: [
        ("0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:c000:201", "::ffff:192.0.2.1"),
        ("::ffff:0:0", "::ffff:0.0.0.0"),
        ("::ffff:ffff:ffff", "::ffff:255.255.255.255"),
        ("::fffe:c000:201", "::fffe:c000:201"),
        ("::1:ffff:c000:201", "::1:ffff:c000:201"),
        ("::192.0.2.1", "::c000:201"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("::ffff:0:192.0.2.1", "::ffff:0:c000:201"),
    ])
    func `§5: dots are only for the well-known mapped prefix`(text: String, printed: String) throws {
        #expect(try #require(IPv6Address(text)).description == printed)
    }
}
