// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// Headers are laid out as RFC 791 §3.1 and RFC 8200 §3 have them; an IPv4 header that lies about its size is none.
@Suite struct HeaderTests {
    /// A UDP datagram's header, from a wire.
    private static let known: [UInt8] = [
        0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xB8, 0x61,
        0xC0, 0xA8, 0x00, 0x01, 0xC0, 0xA8, 0x00, 0xC7,
    ]

    @Test func `a known header reads`() throws {
        let header = try #require(read(HeaderTests.known + [UInt8](repeating: 0, count: 95)))
        let expected = IPv4Header(
            typeOfService: 0, totalLength: 115, timeToLive: 64, proto: InternetProtocol.udp,
            source: try #require(IPv4Address("192.168.0.1")), destination: try #require(IPv4Address("192.168.0.199")))
        #expect(header == expected)
    }

    @Test func `a header writes as known bytes`() throws {
        let header = IPv4Header(
            typeOfService: 0x02, totalLength: 1300, timeToLive: 30, proto: InternetProtocol.ipv6,
            source: try #require(IPv4Address("192.0.2.1")), destination: try #require(IPv4Address("192.88.99.1")))
        let expected: [UInt8] = [
            0x45, 0x02, 0x05, 0x14, 0x00, 0x00, 0x00, 0x00, 0x1E, 0x29, 0xB2, 0x64,
            0xC0, 0x00, 0x02, 0x01, 0xC0, 0x58, 0x63, 0x01,
        ]
        #expect(written(header) == expected)
    }

    @Test func `what is written reads back and sums to all ones`() {
        var generator = SeededGenerator(seed: 791)
        for _ in 0..<2000 {
            let header = IPv4Header(
                typeOfService: .random(in: .min ... .max, using: &generator),
                totalLength: .random(in: 20...1500, using: &generator),
                timeToLive: .random(in: .min ... .max, using: &generator),
                proto: .random(in: .min ... .max, using: &generator),
                source: .random(using: &generator), destination: .random(using: &generator))
            let bytes = written(header)
            var checksum = Checksum()
            bytes.withRaw { checksum.add($0) }
            #expect(checksum.folded == 0xFFFF)
            #expect(read(bytes + [UInt8](repeating: 0, count: 1480)) == header)
        }
    }

    @Test
    func `whatever was in the buffer is written over`() {
        let header = IPv4Header(
            typeOfService: 0, totalLength: 20, timeToLive: 0, proto: 0,
            source: IPv4Address(bits: 0), destination: IPv4Address(bits: 0))
        #expect(written(header, over: 0xAA) == written(header, over: 0))
    }

    @Test(arguments: [
        ("version 6", 0, 0x65),
        ("version 0", 0, 0x05),
        ("version 5", 0, 0x55),
        ("no header at all", 0, 0x40),
        ("a header of 16 bytes", 0, 0x44),
        ("a header longer than the total", 0, 0x4F),
        ("a total longer than the packet", 3, 41),
        ("a total much longer than the packet", 2, 0xFF),
        ("a total shorter than the header", 3, 19),
        ("no total", 3, 0),
    ])
    func `a header that cannot be one is refused`(what: String, offset: Int, value: UInt8) {
        var bytes = HeaderTests.known + [UInt8](repeating: 0, count: 20)
        bytes[3] = 40
        #expect(read(bytes) != nil, "the header was right before")
        bytes[offset] = value
        #expect(read(bytes) == nil, "\(what)")
    }

    @Test(arguments: 0..<20)
    func `fewer bytes than a header are none`(count: Int) {
        #expect(read(Array(HeaderTests.known.prefix(count))) == nil)
    }

    @Test(arguments: 5...15)
    func `options belong to the header`(words: Int) {
        var bytes = [UInt8](repeating: 0, count: 60)
        bytes[0] = 0x40 | UInt8(words)
        bytes[3] = 60
        #expect(read(bytes)?.size == words * 4)
        bytes[3] = UInt8(words * 4 - 1)
        #expect(read(bytes) == nil, "the total ends inside the options")
    }

    @Test(arguments: [
        (0x0000, false), (0x4000, false), (0x8000, false), (0xC000, false),
        (0x2000, true), (0x0001, true), (0x1FFF, true), (0x6000, true), (0x00B9, true),
    ])
    func `more fragments or an offset makes a fragment`(field: UInt16, isFragment: Bool) {
        var bytes = HeaderTests.known
        bytes[3] = 20
        bytes[6] = UInt8(field >> 8)
        bytes[7] = UInt8(field & 0xFF)
        #expect(read(bytes)?.isFragment == isFragment)
    }

    @Test func `random bytes read or are refused`() {
        var generator = SeededGenerator(seed: 760)
        for _ in 0..<20_000 {
            var bytes = generator.bytes(Int.random(in: 0...64, using: &generator))
            if bytes.count > 3, generator.oneIn(2) {
                bytes[0] = 0x40 | bytes[0] & 0x0F
                bytes[2] = 0
            }
            if let header = read(bytes) {
                #expect(20...60 ~= header.size && header.size...bytes.count ~= header.totalLength)
            }
        }
    }

    @Test func `the fields of an IPv6 header are read`() throws {
        let bytes: [UInt8] =
            [0x6A, 0xB1, 0x23, 0x45, 0x05, 0xDC, 0x3A, 0x40]
            + [0x20, 0x02, 0xC0, 0x00, 0x02, 0x01] + [UInt8](repeating: 0, count: 9) + [1]
            + [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [2]
        let header = bytes.withRaw { IPv6Header($0) }
        #expect(bytes.count == IPv6Header.size)
        #expect(header.trafficClass == 0xAB)
        #expect(header.payloadLength == 1500)
        #expect(header.nextHeader == InternetProtocol.icmpv6)
        #expect(header.hopLimit == 64)
        #expect(header.source == IPv6Address("2002:c000:201::1"))
        #expect(header.destination == IPv6Address("2001:db8::2"))
    }

    @Test func `changing the traffic class changes nothing else`() {
        for trafficClass in UInt8.min ... .max {
            var bytes: [UInt8] = [0x6A, 0xB1, 0x23, 0x45] + [UInt8](repeating: 0xC3, count: 36)
            bytes.withMutableRaw { IPv6Header.set(trafficClass: trafficClass, in: &$0) }
            #expect(bytes.withRaw { IPv6Header($0) }.trafficClass == trafficClass)
            bytes.withMutableRaw { IPv6Header.set(trafficClass: 0xAB, in: &$0) }
            #expect(bytes == [0x6A, 0xB1, 0x23, 0x45] + [UInt8](repeating: 0xC3, count: 36))
        }
    }

    private func read(_ bytes: [UInt8]) -> IPv4Header? {
        bytes.withRaw { IPv4Header($0) }
    }

    private func written(_ header: IPv4Header, over filler: UInt8 = 0) -> [UInt8] {
        var bytes = [UInt8](repeating: filler, count: IPv4Header.minimumSize)
        bytes.withMutableRaw { header.write(to: &$0) }
        return bytes
    }
}
