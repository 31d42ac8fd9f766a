// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf
import TestSupport

/// Rows for 6rd (RFC 5969): a customer edge at 10.0.0.1, a neighbour at 10.0.0.2 and the border relay at 10.255.0.1, in the
/// domain 2001:db8::/32 whose sites have 10.0.0.0/8 in common. So 10.0.0.1 is 2001:db8:0:100::/56.
extension StfPacket {
    private static let site = "2001:db8:0:100::1"
    private static let neighbour = "2001:db8:0:200::1"
    private static let native = "2001:db9::9"

    static let sixRDRows: [StfPacket] = edgeRows + relayRows

    private static func edge(_ site: inout Site) {
        site.own = "10.0.0.1"
        site.prefixLength = 32
        site.domain = domain
        site.relay = IPv4Address("10.255.0.1")
        site.gateways = [:]
    }

    private static func borderRelay(_ site: inout Site) {
        edge(&site)
        site.own = "10.255.0.1"
        site.relay = nil
    }

    private static let domain: TunnelDomain? = {
        guard let prefix = IPv6Address("2001:db8::"), let common = IPv4Address("10.0.0.0") else { return nil }
        return TunnelDomain(prefix: IPv6Prefix(prefix, length: 32), common: IPv4Prefix(common, length: 8))
    }()

    private static let edgeRows: [StfPacket] = [
        output(
            "6rd: to a neighbour", leaving(to: neighbour), .passes(tunnelled(to: "10.0.0.2", leaving(to: neighbour))),
            edge),
        output(
            "6rd: to a native host", leaving(to: native), .passes(tunnelled(to: "10.255.0.1", leaving(to: native))),
            edge),
        output(
            "6rd: to a 6to4 site that cannot be", leaving(to: "2002:7f00:1::1"),
            .dies(.outputInnerDestinationEmbeds(.loopback)), edge),
        output("6rd: to ourselves", leaving(to: "2001:db8:0:1ff::1"), .dies(.outputToSelf), edge),
        output("6rd: from a neighbour", Packet.ipv6(from: neighbour, to: native), .dies(.outputSourceMismatch), edge),
        output(
            "6rd: from a native host", Packet.ipv6(from: "2001:db9::1", to: neighbour), .dies(.outputSourceMismatch),
            edge),
        input("6rd: from a neighbour", arriving(from: "10.0.0.2", neighbour), .passes(inner(neighbour)), edge),
        input("6rd: from a native host", arriving(from: "10.255.0.1", native), .passes(inner(native)), edge),
        input(
            "6rd: from a neighbour by the relay", arriving(from: "10.255.0.1", neighbour), .passes(inner(neighbour)),
            edge),
        input(
            "6rd: from a native host by the second relay", arriving(from: "10.255.0.2", native), .passes(inner(native))
        ) {
            edge(&$0)
            $0.otherRelays = Set([IPv4Address("10.255.0.2")].compactMap(\.self))
        },
        output(
            "6rd: by the relay of a route", leaving(to: native),
            .passes(tunnelled(to: "10.255.0.2", leaving(to: native)))
        ) {
            edge(&$0)
            $0.gateways = ["2001:db9::/32": "::10.255.0.2"]
        },
        output(
            "6rd: a route by a neighbour", leaving(to: native),
            .passes(tunnelled(to: "10.255.0.1", leaving(to: native)))
        ) {
            edge(&$0)
            $0.gateways = ["2001:db9::/32": "2001:db8:0:200::1"]
        },
        input(
            "6rd: a native source, not by the relay", arriving(from: "10.0.0.2", native), .dies(.innerSourceMismatch),
            edge),
        input("6rd: a neighbour's source", arriving(from: "10.0.0.3", neighbour), .dies(.innerSourceMismatch), edge),
        input(
            "6rd: a neighbour's destination",
            Packet.ipv4(from: "10.255.0.1", to: "10.0.0.1", Packet.ipv6(from: native, to: neighbour)),
            .dies(.innerDestinationMismatch), edge),
        input(
            "6rd: to a native host",
            Packet.ipv4(from: "10.0.0.2", to: "10.0.0.1", Packet.ipv6(from: neighbour, to: native)),
            .dies(.notRelay), edge),
    ]

    private static let relayRows: [StfPacket] = [
        output(
            "6rd relay: to a site", Packet.ipv6(from: native, to: site),
            .passes(Packet.ipv4(from: "10.255.0.1", to: "10.0.0.1", Packet.ipv6(from: native, to: site))), borderRelay),
        output(
            "6rd relay: native to native", Packet.ipv6(from: native, to: "2001:db9::1"), .dies(.outputNativeToNative),
            borderRelay),
        input(
            "6rd relay: from a site", toRelay(from: "10.0.0.1", site), .passes(Packet.ipv6(from: site, to: native)),
            borderRelay),
        input(
            "6rd relay: another site's source", toRelay(from: "10.0.0.2", site), .dies(.innerSourceMismatch),
            borderRelay),
        input(
            "6rd relay: a native source", toRelay(from: "10.0.0.2", "2001:db9::1"), .dies(.inputNativeToNative),
            borderRelay),
        input("6rd relay: whose route leads back", toRelay(from: "10.0.0.1", site), .dies(.wouldComeBack)) {
            borderRelay(&$0)
            $0.nativeRoutesLeadTo = 9
        },
    ]

    private static func leaving(to destination: String) -> [UInt8] {
        Packet.ipv6(from: site, to: destination)
    }

    private static func inner(_ source: String) -> [UInt8] {
        Packet.ipv6(from: source, to: site)
    }

    private static func tunnelled(to destination: String, _ inner: [UInt8]) -> [UInt8] {
        Packet.ipv4(from: "10.0.0.1", to: destination, inner)
    }

    private static func arriving(from outer: String, _ source: String) -> [UInt8] {
        Packet.ipv4(from: outer, to: "10.0.0.1", inner(source))
    }

    private static func toRelay(from outer: String, _ source: String) -> [UInt8] {
        Packet.ipv4(from: outer, to: "10.255.0.1", Packet.ipv6(from: source, to: native))
    }
}
