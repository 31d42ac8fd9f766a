// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

@testable import Dataplane

/// What the kernel tells of itself is told from all that somebody sends.
@Suite struct ListenerReportTests {
    /// A Hop-by-Hop Options header with a Router Alert (RFC 2711), and a message behind it.
    private static func packet(
        from source: String = "::", to destination: String = "ff02::16", options: [UInt8] = [58, 0, 5, 2, 0, 0, 1, 0],
        type: UInt8 = 143, hopLimit: UInt8 = 1, header: UInt8 = 0
    ) -> [UInt8] {
        var packet = Packet.ipv6(
            from: source, to: destination, nextHeader: header, payload: options + [type, 0, 0, 0, 0, 0, 0, 1])
        packet[7] = hopLimit
        return packet
    }

    private static let reports = [
        packet(), packet(from: "fe80::1"), packet(to: "ff02::2", type: 131), packet(to: "ff02::2", type: 132),
    ]

    private static let others = [
        // By somebody who has an address, or to somebody.
        packet(from: "2001:db8::1"), packet(to: "2002:c000:201::1"), packet(to: "ff05::16"),
        // Forwarded; a query; a neighbor solicitation; a longer header; another; none.
        packet(hopLimit: 64), packet(type: 130), packet(type: 135), packet(options: [58, 1, 5, 2, 0, 0, 1, 0]),
        packet(options: [60, 0, 5, 2, 0, 0, 1, 0]), packet(header: 58),
    ]

    private func isReport(_ packet: [UInt8]) -> Bool { packet.span.bytes.isListenerReport }

    @Test(arguments: reports)
    func `a report is one`(_ packet: [UInt8]) {
        #expect(isReport(packet))
        for length in 0..<49 { #expect(!isReport(Array(packet[..<length]))) }
    }

    @Test(arguments: others)
    func `nothing else is one`(_ packet: [UInt8]) {
        #expect(!isReport(packet))
    }
}
