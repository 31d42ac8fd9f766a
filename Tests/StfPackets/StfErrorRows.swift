// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf
import TestSupport

/// Rows for ICMPv4 errors: one about a packet of ours becomes an ICMPv6 error to its sender.
extension StfPacket {
    /// What this site sends to 198.51.100.7.
    private static let inner = Packet.ipv6(from: "2002:c000:201::1", to: "2002:c633:6407::1")
    private static let sent = Packet.ipv4(from: "192.0.2.1", to: "198.51.100.7", inner)

    /// From a router on the way.
    private static func message(
        type: UInt8 = 3, code: UInt8 = 1, value: UInt16 = 0, proto: UInt8 = 1, about quote: [UInt8] = sent
    ) -> [UInt8] {
        Packet.icmpv4Error(
            from: "203.0.113.1", to: "192.0.2.1", type: type, code: code, value: value, proto: proto, about: quote)
    }

    static let errorRows: [StfPacket] =
        [
            error("network unreachable", message(code: 0), .tells(.unreachable(.address))),
            error("host unreachable", message(code: 1), .tells(.unreachable(.address))),
            error("protocol unreachable", message(code: 2), .tells(.unreachable(.address))),
            error("network prohibited", message(code: 9), .tells(.unreachable(.prohibited))),
            error("host prohibited", message(code: 10), .tells(.unreachable(.prohibited))),
            error("filtered", message(code: 13), .tells(.unreachable(.prohibited))),
            error("fragmentation needed", message(code: 4, value: 1400), .tells(.packetTooBig(mtu: 1380))),
            error("fragmentation needed, very small", message(code: 4, value: 576), .tells(.packetTooBig(mtu: 1280))),
            error("fragmentation needed, no size", message(code: 4, value: 0), .tells(.packetTooBig(mtu: 1280))),
            error("time exceeded", message(type: 11, code: 0), .tells(.unreachable(.address))),
            error("reassembly time exceeded", message(type: 11, code: 1), .ignored),
            error("parameter problem", message(type: 12, code: 0), .tells(.unreachable(.address))),
            error("echo", message(type: 8, code: 0), .ignored),
            error("not ICMP", message(proto: 17), .ignored),
            error(
                "about UDP", message(about: Packet.ipv4(from: "192.0.2.1", to: "198.51.100.7", proto: 17, inner)),
                .ignored),
            error("a cut IPv4 header", message(about: Array(sent.prefix(19))), .ignored),
            error("as little as RFC 792 asks", message(about: Array(sent.prefix(28))), .dies(.errorTruncated)),
            error("39 bytes of IPv6", message(about: Array(sent.prefix(59))), .dies(.errorTruncated)),
            error("40 bytes of IPv6", message(about: Array(sent.prefix(60))), .tells(.unreachable(.address))),
            // Whether this is an error itself the header alone does not say.
            error("40 bytes of ICMPv6", message(about: Array(echo.prefix(60))), .dies(.errorTruncated)),
            error("41 bytes of ICMPv6", message(about: Array(echo.prefix(61))), .tells(.unreachable(.address))),
            error("41 bytes behind options", message(about: Array(optional.prefix(61))), .dies(.errorTruncated)),
            error(
                "48 bytes of ICMPv6 behind options", message(about: Array(optional.prefix(68))), .dies(.errorTruncated)),
            error("49 bytes of ICMPv6 behind options", message(about: optional), .tells(.unreachable(.address))),
            error(
                "from another address", message(about: Packet.ipv4(from: "192.0.2.9", to: "198.51.100.7", inner)),
                .dies(.errorAboutOthers)),
            error(
                "to an address that we would not send it to",
                message(about: Packet.ipv4(from: "192.0.2.1", to: "198.51.100.8", inner)), .dies(.errorAboutOthers)),
            error(
                "about a packet that we would not send",
                message(
                    about: Packet.ipv4(
                        from: "192.0.2.1", to: "198.51.100.7",
                        Packet.ipv6(from: "2002:c633:6408::1", to: "2002:c633:6407::1"))),
                .dies(.errorAboutOthers)),
        ] + receiverRows

    /// Who would be told, and by which way.
    private static let receiverRows: [StfPacket] = [
        error("to a native host behind this relay", message(about: sent(from: native)), .tells(.unreachable(.address))),
        error("to a native host by the tunnel", message(about: sent(from: native)), .dies(.errorAboutOthers)) {
            $0.nativeRoutesLeadTo = 9
        },
        error("to a native host without a route", message(about: sent(from: native)), .dies(.errorAboutOthers)) {
            $0.nativeRoutesLeadTo = nil
        },
        error("to a subnet of the site that is not here", message(), .dies(.errorAboutOthers)) {
            $0.nativeRoutesLeadTo = 9
        },
        error("to another site, unchecked", message(about: sent(from: "2002:c633:6408::1")), .dies(.errorAboutOthers)) {
            $0.checksPairing = false
            $0.nativeRoutesLeadTo = 9
        },
        error("to a link-local address", message(about: sent(from: "fe80::1")), .dies(.errorAboutOthers)),
        error("to a group", message(about: sent(from: "ff02::1")), .dies(.errorAboutOthers)),
        error("to nobody", message(about: sent(from: "::")), .dies(.errorAboutOthers)),
    ]

    private static func tunnelled(nextHeader: UInt8, _ payload: [UInt8]) -> [UInt8] {
        Packet.ipv4(
            from: "192.0.2.1", to: "198.51.100.7",
            Packet.ipv6(
                from: "2002:c000:201::1", to: "2002:c633:6407::1", nextHeader: nextHeader, payload: payload))
    }

    private static let echo = tunnelled(nextHeader: 58, [128, 0, 0, 0, 0, 1, 0, 1])
    private static let optional = tunnelled(nextHeader: 60, [58, 0, 1, 4, 0, 0, 0, 0, 128])

    private static let native = "2001:db8:77::1"

    private static func sent(from source: String) -> [UInt8] {
        Packet.ipv4(from: "192.0.2.1", to: "198.51.100.7", Packet.ipv6(from: source, to: "2002:c633:6407::1"))
    }

    /// For the tests of what becomes of damaged ones.
    public static let wholeError = message()
}
