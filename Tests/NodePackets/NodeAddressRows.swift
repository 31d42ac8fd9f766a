// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
import TestSupport

/// Rows for source_address_validation, hdrnestlimit, use_deprecated and redirect, and for what is not forwarded.
extension NodePacket {
    static let inputRows = sourceRows + headerRows + deprecatedRows

    // MARK: source_address_validation

    private static let sourceRows: [NodePacket] = [
        input("from a neighbour", datagram()),
        input("from our own address", datagram(from: own), .dies(.sourceIsOwn)),
        input("from our address on another link", datagram(from: "2001:db8:2::1"), .dies(.sourceIsOwn)),
        input("from our deprecated address", datagram(from: old), .dies(.sourceIsOwn)),
        input("to our deprecated address, from our own", datagram(from: own, to: old), .dies(.sourceIsOwn)),
        input("from our own address, not validated", datagram(from: own)) {
            $0.limits.sourceAddressValidation = false
        },
        input("from our own address, before we have any", datagram(from: own)) { $0.addresses = [] },
        // fe80::1 may be ours on one link and a neighbour's on another.
        input("from our link-local address", datagram(from: "fe80::1"), .dies(.sourceIsOwn)),
        input("from our link-local address of another link", datagram(from: "fe80::1")) {
            $0.addresses = [Address(text: own), Address(text: "fe80::1", isHere: false)]
        },
        // What we send to a group comes back from whoever mirrors it.
        input("from our own address to a group", datagram(from: own, to: group)),
        input("from our own address, forwarded", datagram(from: own, to: host)) { $0.forwards = true },
    ]

    // MARK: hdrnestlimit

    private static let headerRows: [NodePacket] =
        [
            input("15 headers", nested(14)),
            input("15 headers, and options for every hop", nested(14, hopByHop: true)),
            input("16 headers", nested(15), .dies(.tooManyHeaders)),
            input("16 headers to a group", nested(15, to: group), .dies(.tooManyHeaders)),
            input("16 headers, forwarded", nested(15, to: host)) { $0.forwards = true },
            // More than can be walked: something might hide behind.
            input("129 headers", nested(128), .dies(.tooManyHeaders)),
            input("129 headers without a limit", nested(128), .dies(.endlessHeaders)) { $0.limits.hdrnestlimit = 0 },
            input("129 headers to a group", nested(128, to: group), .dies(.endlessHeaders)) {
                $0.limits.hdrnestlimit = 0
            },
            input("129 headers of 1000", nested(128), .dies(.endlessHeaders)) { $0.limits.hdrnestlimit = 1000 },
            input("a routing header is one", with(43, [17, 0, 0, 0, 0, 0, 0, 0]), .dies(.tooManyHeaders)) {
                $0.limits.hdrnestlimit = 1
            },
            // Four words of 4 bytes and two more; read in words of 8 it would end elsewhere, in zeros.
            input(
                "an authentication header is one", with(51, [60, 4] + [UInt8](repeating: 0, count: 22)),
                .dies(.tooManyHeaders)
            ) { $0.limits.hdrnestlimit = 2 },
            input("a fragment header is one", fragment(at: 0, more: false), .dies(.tooManyHeaders)) {
                $0.limits.hdrnestlimit = 1
            },
            input("options cut off", Packet.ipv6(from: peer, to: own, nextHeader: 60, payload: [60])) {
                $0.limits.hdrnestlimit = 1
            },
            input(
                "options beyond the end", Packet.ipv6(from: peer, to: own, nextHeader: 60, payload: [60, 9, 1, 0]),
                .dies(.tooManyHeaders)
            ) { $0.limits.hdrnestlimit = 1 },
        ]
        + ([
            (1, 0, true), (1, 1, false), (3, 2, true), (3, 3, false), (128, 127, true), (0, 127, true), (-1, 127, true),
        ]
        as [(Int32, Int, Bool)]).map { limit, options, passes in
            input(
                "\(options + 1) headers of \(limit)", nested(options), passes ? .passes : .dies(.tooManyHeaders)
            ) { $0.limits.hdrnestlimit = limit }
        }

    /// One header, and options behind it that lead to UDP.
    private static func with(_ proto: UInt8, _ header: [UInt8]) -> [UInt8] {
        Packet.ipv6(from: peer, to: own, nextHeader: proto, payload: header + [17, 0, 1, 4, 0, 0, 0, 0])
    }

    // MARK: use_deprecated

    private static let deprecatedRows: [NodePacket] = [
        input("a connection to a deprecated address", connection(from: peer, to: old)),
        input("a connection to a deprecated address, unused", connection(from: peer, to: old), dies, unused),
        input("a connection to a preferred address", connection(from: peer, to: own), .passes, unused),
        input("what goes on with a deprecated address", connection(from: peer, to: old, isSYNACK), .passes, unused),
        input("a datagram to a deprecated address", datagram(to: old), .passes, unused),
        input(
            "a connection behind options",
            Packet.ipv6(from: peer, to: old, nextHeader: 60, payload: [6, 0, 1, 4, 0, 0, 0, 0] + tcp(isSYN)), dies,
            unused),
        // Its data is the whole header, so the kernel would see a SYN as soon as the rest has come.
        input(
            "a connection in a first fragment",
            Packet.ipv6(
                from: peer, to: old, nextHeader: 44, payload: [6, 0, 0, 1, 0, 0, 0, 1] + tcp(isSYN) + [0, 0, 0, 0]),
            dies, unused),
        input(
            "a connection cut before its flags",
            Packet.ipv6(from: peer, to: old, nextHeader: 6, payload: Array(tcp(isSYN).prefix(13))), .passes, unused),
    ]

    private static let dies = Outcome.dies(.deprecatedDestination)

    private static func unused(_ row: inout NodePacket) {
        row.limits.useDeprecated = false
    }

    // MARK: output

    static let outputRows: [NodePacket] = [
        output("a datagram", datagram(from: own, to: peer)),
        output("a redirect", redirect()),
        output("a redirect, not sent", redirect(), .dies(.redirect)) { $0.limits.redirect = false },
        output("a redirect from a link-local address", redirect(from: "fe80::1"), .dies(.redirect)) {
            $0.limits.redirect = false
        },
        output(
            "a redirect behind options",
            Packet.ipv6(
                from: own, to: peer, nextHeader: 60, payload: [58, 0, 1, 4, 0, 0, 0, 0, 137, 0, 0, 0, 0, 0, 0, 0]),
            .dies(.redirect)
        ) { $0.limits.redirect = false },
        output(
            "an echo request, without redirects",
            Packet.ipv6(from: own, to: peer, nextHeader: 58, payload: [128, 0, 0, 0, 0, 0, 0, 0])
        ) { $0.limits.redirect = false },
        output("a connection from a deprecated address", connection(from: old, to: peer)),
        output(
            "a connection from a deprecated address, unused", connection(from: old, to: peer),
            .dies(.deprecatedSource), unused),
        output("a connection from a preferred address", connection(from: own, to: peer), .passes, unused),
        output("an answer from a deprecated address", connection(from: old, to: peer, isSYNACK), .passes, unused),
    ]

    private static func redirect(from source: String = own) -> [UInt8] {
        Packet.ipv6(from: source, to: peer, nextHeader: 58, payload: [137, 0, 0, 0, 0, 0, 0, 0])
    }

    // MARK: log_cannot_forward

    static let forwardedRows: [NodePacket] = [
        input("an unspecified source, forwarded", datagram(from: "::", to: host), .dies(.unspecifiedNotForwarded)) {
            $0.forwards = true
            $0.engines = [.kernel]
        },
        input("a link-local source, forwarded", datagram(from: "fe80::9", to: host), .dies(.scopeNotForwarded)) {
            $0.forwards = true
            $0.engines = [.kernel]
        },
    ]
}
