// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet
import Testing

/// The header of HAProxy's proxy-protocol.txt §2.2, byte for byte.
@Suite struct ProxyHeaderTests {
    @Test func `a header has these bytes`() throws {
        let client = IPv6Endpoint(try #require(IPv6Address("2001:db8:1:2:3:4:5:6")), port: 49_153)
        let asked = IPv6Endpoint(try #require(IPv6Address("64:ff9b::192.0.2.33")), port: 443)
        let expected =
            "0d0a0d0a000d0a515549540a"  // signature
            + "21210024"  // version 2 and PROXY; TCP over IPv6; 36 bytes follow
            + "20010db8000100020003000400050006" + "0064ff9b0000000000000000c0000221" + "c001" + "01bb"
        #expect(ProxyHeader.bytes(from: client, to: asked).hexadecimal == expected)
    }

    @Test func `extremes have their place`() {
        let header = ProxyHeader.bytes(
            from: IPv6Endpoint(IPv6Address(high: .max, low: .max), port: .max),
            to: IPv6Endpoint(.unspecified, port: 0))
        #expect(header.count == 52)
        #expect(header[16..<32].allSatisfy { $0 == 0xFF })
        #expect(header[32..<48].allSatisfy { $0 == 0 })
        #expect(Array(header[48...]) == [0xFF, 0xFF, 0, 0])
    }
}
