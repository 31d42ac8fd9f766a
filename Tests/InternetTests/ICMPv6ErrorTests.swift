// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// An error tells the sender what became of its packet, and nobody else (RFC 4443 §2.4).
@Suite struct ICMPv6ErrorTests {
    private let router = IPv6Address(high: 0x2002_C000_0201_0000, low: 1)

    private func message(about packet: [UInt8]) -> [UInt8]? {
        var message = [UInt8](repeating: 0xEE, count: ICMPv6Error.capacity)
        var span = message.mutableSpan
        var bytes = span.mutableBytes
        let size = ICMPv6Error.unreachable(.address)
            .write(about: packet.span.bytes, from: router, hopLimit: 64, to: &bytes)
        return size.map { Array(message[..<$0]) }
    }

    @Test(arguments: [0, 1, 8, 1191, 1192, 1193, 5000])
    func `it quotes as much as fits the minimum MTU`(payload: Int) throws {
        let packet = Packet.ipv6(
            from: "2001:db8::1", to: "2001:db8:1::1", nextHeader: 17, payload: Array(repeating: 7, count: payload))
        let written = message(about: packet)
        let message = try #require(written)
        #expect(message.count == min(48 + packet.count, 1280))
        #expect(Array(message[48...]) == Array(packet.prefix(message.count - 48)))
        let header = IPv6Header(message.span.bytes)
        #expect(header.source == router && header.destination == IPv6Address("2001:db8::1"))
        #expect(header.nextHeader == 58 && header.payloadLength == message.count - 40)
        #expect(message[40] == 1 && message[41] == 3)
        #expect(Packet.transportSum(of: message, proto: 58) == 0xFFFF)
    }

    /// Packets that are answered with an error, and packets that must not be.
    @Test(arguments: [
        ("2001:db8::1", "2001:db8:1::1", 58, 128, true),
        ("2001:db8::1", "2001:db8:1::1", 58, 1, false),
        ("2001:db8::1", "2001:db8:1::1", 58, 127, false),
        ("2001:db8::1", "2001:db8:1::1", 58, 137, false),
        ("2001:db8::1", "2001:db8:1::1", 6, 1, true),
        ("::", "2001:db8:1::1", 17, 0, false),
        ("ff02::1", "2001:db8:1::1", 17, 0, false),
        ("2001:db8::1", "ff02::1", 17, 0, false),
    ])
    func `errors are not answered with errors`(
        source: String, destination: String, nextHeader: Int, type: Int, isAnswered: Bool
    ) {
        let packet = Packet.ipv6(
            from: source, to: destination, nextHeader: UInt8(nextHeader), payload: [UInt8(type), 0, 0, 0])
        #expect((message(about: packet) != nil) == isAnswered)
    }

    /// What is behind other headers counts, as far as it is there (RFC 4443 §2.4(e)).
    @Test(
        arguments: [
            (60, [58, 0, 1, 4, 0, 0, 0, 0, 128], .given), (60, [58, 0, 1, 4, 0, 0, 0, 0, 1], .refused),
            (60, [58, 0, 1, 4, 0, 0, 0, 0, 137], .refused), (60, [58, 0, 1, 4, 0, 0, 0, 0], .unknown),
            (60, [58], .unknown), (60, [], .unknown), (58, [], .unknown), (6, [], .given), (59, [], .given),
            (0, [43, 0, 1, 4, 0, 0, 0, 0, 58, 0, 0, 0, 0, 0, 0, 0, 3], .refused),
            (51, [58, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3], .refused),
            (51, [58, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 129], .given),
            (44, [58, 0, 0, 1, 0, 0, 0, 0, 3], .refused), (44, [58, 0, 0, 9, 0, 0, 0, 0, 3], .given),
            (44, [58, 0, 0, 1, 0, 0, 0], .unknown), (60, [58, 255, 0], .unknown),
        ] as [(UInt8, [UInt8], ICMPv6Error.Permission)])
    func `errors are known behind other headers`(
        nextHeader: UInt8, payload: [UInt8], permission: ICMPv6Error.Permission
    ) {
        let packet = Packet.ipv6(
            from: "2001:db8::1", to: "2001:db8:1::1", nextHeader: nextHeader, payload: payload)
        #expect(ICMPv6Error.permission(about: packet.span.bytes) == permission)
        #expect((message(about: packet) != nil) == (permission == .given))
    }

    @Test func `what has no whole header is not answered`() {
        let packet = Packet.ipv6(from: "2001:db8::1", to: "2001:db8:1::1")
        #expect(message(about: Array(packet.prefix(39))) == nil)
        #expect(message(about: Packet.ipv6(from: "2001:db8::1", to: "2001:db8::2", nextHeader: 58, payload: [])) == nil)
    }
}
