// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// An address and a port as text.
@Suite struct EndpointTests {
    @Test(arguments: [
        ("192.0.2.1:80", 0xC000_0201, 80), ("0.0.0.0:0", 0, 0), ("255.255.255.255:65535", 0xFFFF_FFFF, 65535),
    ])
    func `an IPv4 endpoint is read and written`(text: String, address: UInt32, port: UInt16) {
        let endpoint = IPv4Endpoint(IPv4Address(bits: address), port: port)
        #expect(IPv4Endpoint(text) == endpoint)
        #expect(endpoint.description == text)
    }

    @Test(arguments: [
        ("[2001:db8::1]:80", 0x2001_0DB8_0000_0000, 1, 80), ("[::]:0", 0, 0, 0),
        ("[::ffff:192.0.2.1]:65535", 0, 0xFFFF_C000_0201, 65535),
    ])
    func `an IPv6 endpoint is read and written`(text: String, high: UInt64, low: UInt64, port: UInt16) {
        let endpoint = IPv6Endpoint(IPv6Address(high: high, low: low), port: port)
        #expect(IPv6Endpoint(text) == endpoint)
        #expect(endpoint.description == text)
    }

    @Test(arguments: [
        "", ":", "192.0.2.1", "192.0.2.1:", ":80", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:+80",
        "192.0.2.1:080", "192.0.2.1: 80", "192.0.2.1:80 ", "192.0.2:80", "192.0.2.1:80:80", "[192.0.2.1]:80",
        "192.0.2.1:８０", "192.0.2.1:0x50",
    ])
    func `what is no IPv4 endpoint is not read`(text: String) {
        #expect(IPv4Endpoint(text) == nil)
    }

    @Test(arguments: [
        "", ":", "[]", "[]:80", "[::1]", "[::1]:", "[::1]80", "::1:80", "[::1:80", "::1]:80", "[::1]:65536",
        "[::1]:+80", "[::1]:080", "[::1]:-0", "[[::1]]:80", "[::1%lo]:80", "[192.0.2.1]:80", " [::1]:80", "[", "[:80",
        "]:80",
    ])
    func `what is no IPv6 endpoint is not read`(text: String) {
        #expect(IPv6Endpoint(text) == nil)
    }

    @Test func `any endpoint reads back`() {
        var generator = SeededGenerator(seed: 80)
        for _ in 0..<1000 {
            let port = UInt16(truncatingIfNeeded: generator.next())
            let old = IPv4Endpoint(IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next())), port: port)
            #expect(IPv4Endpoint(old.description) == old)
            #expect(IPv6Endpoint(old.description) == nil)
            let new = IPv6Endpoint(IPv6Address(high: generator.next(), low: generator.next()), port: port)
            #expect(IPv6Endpoint(new.description) == new)
            #expect(IPv4Endpoint(new.description) == nil)
        }
    }
}
