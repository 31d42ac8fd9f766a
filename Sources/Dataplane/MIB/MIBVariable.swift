// SPDX-License-Identifier: BSD-2-Clause
import Control

/// The variables of the MIB in the order of their numbers, each declared once: its name here, all else in `declaration`.
enum MIBVariable: String, CaseIterable, Sendable {
    case permitPrivate = "net.link.stf.permit_rfc1918"
    case loopCheck = "net.link.stf.loop_check"
    case pairing = "net.link.stf.pairing"
    case permitLinkLocal = "net.link.stf.permit_linklocal"
    case permitReserved = "net.link.stf.permit_reserved"
    case permitShared = "net.link.stf.permit_shared"
    case ttl = "net.link.stf.ttl"
    case logInterval = "net.inet6.ip6.log_interval"
    case gifhlim = "net.inet6.ip6.gifhlim"
    case errppslimit = "net.inet6.icmp6.errppslimit"

    var declaration: MIBDeclaration {
        switch self {
        case .permitPrivate:
            .boolean(1000, .freeBSD, false, "Permit the use of private IPv4 addresses", isTunable: true)
        case .loopCheck:
            .boolean(1001, .hydrangea, true, "Refuse packets that would come straight back (RFC 6324)")
        case .pairing:
            .boolean(
                1002, .hydrangea, true,
                "Refuse 6to4 addresses that embed another IPv4 address than the outer one (RFC 3964)")
        case .permitLinkLocal:
            .boolean(1003, .hydrangea, false, "Permit the use of link-local IPv4 addresses (169.254.0.0/16)")
        case .permitReserved:
            .boolean(1004, .hydrangea, false, "Permit the use of reserved IPv4 addresses (240.0.0.0/4)")
        case .permitShared:
            .boolean(
                1005, .hydrangea, false,
                "Permit the use of IPv4 addresses shared by a provider's customers (100.64.0.0/10)")
        case .ttl:
            .integer(
                1006, .hydrangea, 40, in: 1...255, unit: "hops", "Time to live of IPv4 packets that stf sends")
        case .logInterval:
            .integer(
                14, .freeAndNetBSD, 5, in: 0...86_400, unit: "seconds",
                "Between two log lines about packets that do not go on; 0 for none")
        case .gifhlim:
            .integer(
                19, .freeAndNetBSD, 30, in: 1...255, unit: "hops",
                "Hop limit of IPv6 packets that tunnels send themselves")
        case .errppslimit:
            .integer(
                14, .freeAndNetBSD, 100, in: -1...1_000_000, unit: "messages a second",
                "ICMPv6 errors that tunnels send at most; 0 for none, -1 for no limit")
        }
    }

    /// The numbers of the node, and then the variable's own: `[4, 28, 41, 19]`.
    var oid: [Int] {
        (MIBNode.above(rawValue)?.declaration.oid ?? []) + [declaration.number]
    }
}
