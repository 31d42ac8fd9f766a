// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import KernelPrograms

/// The variables of the MIB in the order of their numbers, each declared once: its name here, all else in `declaration`.
enum MIBVariable: String, CaseIterable, Sendable {
    case permitPrivate = "net.link.stf.permit_rfc1918"
    case loopCheck = "net.link.stf.loop_check"
    case pairing = "net.link.stf.pairing"
    case permitLinkLocal = "net.link.stf.permit_linklocal"
    case permitReserved = "net.link.stf.permit_reserved"
    case permitShared = "net.link.stf.permit_shared"
    case ttl = "net.link.stf.ttl"

    case forwarding = "net.inet6.ip6.forwarding"
    case redirect = "net.inet6.ip6.redirect"
    case hlim = "net.inet6.ip6.hlim"
    case maxfragpackets = "net.inet6.ip6.maxfragpackets"
    case acceptRtadv = "net.inet6.ip6.accept_rtadv"
    case keepfaith = "net.inet6.ip6.keepfaith"
    case logInterval = "net.inet6.ip6.log_interval"
    case hdrnestlimit = "net.inet6.ip6.hdrnestlimit"
    case dadCount = "net.inet6.ip6.dad_count"
    case autoFlowlabel = "net.inet6.ip6.auto_flowlabel"
    case defmcasthlim = "net.inet6.ip6.defmcasthlim"
    case gifhlim = "net.inet6.ip6.gifhlim"
    case kameVersion = "net.inet6.ip6.kame_version"
    case useDeprecated = "net.inet6.ip6.use_deprecated"
    case rrPrune = "net.inet6.ip6.rr_prune"
    case v6only = "net.inet6.ip6.v6only"
    case anonportmin = "net.inet6.ip6.anonportmin"
    case anonportmax = "net.inet6.ip6.anonportmax"
    case useTempaddr = "net.inet6.ip6.use_tempaddr"
    case temppltime = "net.inet6.ip6.temppltime"
    case tempvltime = "net.inet6.ip6.tempvltime"
    case autoLinklocal = "net.inet6.ip6.auto_linklocal"
    case preferTempaddr = "net.inet6.ip6.prefer_tempaddr"
    case maxfrags = "net.inet6.ip6.maxfrags"
    case noRadr = "net.inet6.ip6.no_radr"
    case rfc6204w3 = "net.inet6.ip6.rfc6204w3"
    case maxfragsperpacket = "net.inet6.ip6.maxfragsperpacket"
    case maxfragbucketsize = "net.inet6.ip6.maxfragbucketsize"
    case logCannotForward = "net.inet6.ip6.log_cannot_forward"
    case sourceAddressValidation = "net.inet6.ip6.source_address_validation"
    case fragmentLifetime = "net.inet6.ip6.fraglifetime_ms"
    case fragments = "net.inet6.ip6.frag6_nfrags"
    case fragmentedPackets = "net.inet6.ip6.frag6_nfragpackets"

    case rediraccept = "net.inet6.icmp6.rediraccept"
    case nd6Delay = "net.inet6.icmp6.nd6_delay"
    case nd6Umaxtries = "net.inet6.icmp6.nd6_umaxtries"
    case nd6Mmaxtries = "net.inet6.icmp6.nd6_mmaxtries"
    case errppslimit = "net.inet6.icmp6.errppslimit"
    case nd6Maxqueuelen = "net.inet6.icmp6.nd6_maxqueuelen"
    case nd6Gctimer = "net.inet6.icmp6.nd6_gctimer"

    /// The numbers of the node, and then the variable's own: `[4, 28, 41, 19]`.
    var oid: [Int] {
        (MIBNode.above(rawValue)?.declaration.oid ?? []) + [declaration.number]
    }
}

extension MIBVariable {
    var declaration: MIBDeclaration {
        switch self {
        case .permitPrivate:
            .flag(
                1000, .freeBSD, .interfaces, false, isTunable: true, type: .boolean,
                "Permit the use of private IPv4 addresses")
        case .loopCheck:
            .flag(
                1001, .hydrangea, .interfaces, true, type: .boolean,
                "Refuse packets that would come straight back (RFC 6324)")
        case .pairing:
            .flag(
                1002, .hydrangea, .interfaces, true, type: .boolean,
                "Refuse 6to4 addresses that embed another IPv4 address than the outer one (RFC 3964)")
        case .permitLinkLocal:
            .flag(
                1003, .hydrangea, .interfaces, false, type: .boolean,
                "Permit the use of link-local IPv4 addresses (169.254.0.0/16)")
        case .permitReserved:
            .flag(
                1004, .hydrangea, .interfaces, false, type: .boolean,
                "Permit the use of reserved IPv4 addresses (240.0.0.0/4)")
        case .permitShared:
            .flag(
                1005, .hydrangea, .interfaces, false, type: .boolean,
                "Permit the use of IPv4 addresses shared by a provider's customers (100.64.0.0/10)")
        case .ttl:
            MIBDeclaration(
                1006, .hydrangea, .interfaces, 40, in: 1...255, unit: "hops",
                "Time to live of IPv4 packets that stf sends")

        case .forwarding:
            .flag(
                1, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/conf/*/forwarding", .all)), false,
                "Forward IPv6 packets: be a router, not a host")
        case .redirect:
            .flag(2, .freeAndNetBSD, .node, true, "Send ICMPv6 redirects")
        case .hlim:
            MIBDeclaration(
                3, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/conf/*/hop_limit", .each)), 64, in: 1...255,
                unit: "hops",
                "Hop limit of packets sent, unless their socket or a router says otherwise")
        case .maxfragpackets:
            MIBDeclaration(
                9, .freeAndNetBSD, .node, 16_384, in: -1...Int(Int32.max), unit: "packets",
                "Packets that may wait for their other fragments; 0 for none, -1 for no limit")
        case .acceptRtadv:
            .flag(
                12, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/conf/*/accept_ra", .new, .level(1))), true,
                isTunable: true, "Accept router advertisements on interfaces to come")
        case .keepfaith:
            .flag(13, .netBSD, .interfaces, false, "Capture TCP that is routed to faith interfaces")
        case .logInterval:
            MIBDeclaration(
                14, .freeAndNetBSD, .interfaces, 5, in: 0...86_400, unit: "seconds",
                "Between two log lines about packets that do not go on; 0 for none")
        case .hdrnestlimit:
            MIBDeclaration(
                15, .freeAndNetBSD, .node, 15, in: 0...NodeLimits.walk, unit: "headers",
                "Headers of a packet for this node; 0 for no limit")
        case .dadCount:
            MIBDeclaration(
                16, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/conf/*/dad_transmits", .each)), 1, in: 0...1000,
                unit: "packets", "Probes for a duplicate of an address before it is used; 0 for none")
        case .autoFlowlabel:
            MIBDeclaration(
                17, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/auto_flowlabels")), 1, in: 0...3,
                "Fill in flow labels: 0 never, 1 unless a socket declines, 2 if a socket asks, 3 always")
        case .defmcasthlim:
            MIBDeclaration(
                18, .freeAndNetBSD, .constant("1"), nil, in: 1...1, unit: "hops",
                "Hop limit of multicast packets, which Linux leaves to sockets (IPV6_MULTICAST_HOPS)")
        case .gifhlim:
            MIBDeclaration(
                19, .freeAndNetBSD, .interfaces, 30, in: 1...255, unit: "hops",
                "Hop limit of IPv6 packets that tunnels send themselves")
        case .kameVersion:
            MIBDeclaration(
                20, .freeAndNetBSD, .constant("Hydrangea \(Hydrangea.version)"), nil, in: 0...0, type: .string,
                "Version of the KAME stack")
        case .useDeprecated:
            .flag(21, .freeAndNetBSD, .node, true, "Let new connections use deprecated addresses")
        case .rrPrune:
            MIBDeclaration(
                22, .freeAndNetBSD, .obsolete, 5, in: 0...Int(Int32.max), unit: "seconds",
                "Between looks at renumbered prefixes: obsolete, no BSD does anything with it")
        case .v6only:
            .flag(
                24, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/bindv6only")), false,
                "Let new IPv6 sockets have nothing to do with IPv4")
        case .anonportmin:
            MIBDeclaration(
                28, .netBSD, .kernel(KernelKey("net/ipv4/ip_local_port_range", .node, .word(0))), nil, in: 1...65535,
                "Lowest port that is given to sockets without one")
        case .anonportmax:
            MIBDeclaration(
                29, .netBSD, .kernel(KernelKey("net/ipv4/ip_local_port_range", .node, .word(1))), nil, in: 1...65535,
                "Highest port that is given to sockets without one")
        case .useTempaddr:
            .flag(
                32, .freeBSD, .kernel(KernelKey("net/ipv6/conf/*/use_tempaddr", .each, .level(1))), false,
                "Make temporary addresses (RFC 8981)")
        case .temppltime:
            MIBDeclaration(
                33, .freeBSD, .kernel(KernelKey("net/ipv6/conf/*/temp_prefered_lft", .each)), 86_400,
                in: 1...Int(Int32.max), unit: "seconds", "Preferred lifetime of temporary addresses")
        case .tempvltime:
            MIBDeclaration(
                34, .freeBSD, .kernel(KernelKey("net/ipv6/conf/*/temp_valid_lft", .each)), 604_800,
                in: 1...Int(Int32.max), unit: "seconds", "Valid lifetime of temporary addresses")
        case .autoLinklocal:
            .flag(
                35, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/conf/*/addr_gen_mode", .new, .opposite)), true,
                isTunable: true, "Give interfaces to come a link-local address")
        case .preferTempaddr:
            .flag(
                37, .freeBSD, .kernel(KernelKey("net/ipv6/conf/*/use_tempaddr", .each, .level(2))), false,
                "Prefer temporary addresses as source, if there are any (use_tempaddr)")
        case .maxfrags:
            MIBDeclaration(
                41, .freeAndNetBSD, .node, 16_384, in: -1...Int(Int32.max), unit: "fragments",
                "Fragments that may wait for others of their packet; 0 for none, -1 for no limit")
        case .noRadr:
            .flag(
                48, .freeBSD, .kernel(KernelKey("net/ipv6/conf/*/accept_ra_defrtr", .new, .opposite)), false,
                isTunable: true, "Take no default router from advertisements on interfaces to come")
        case .rfc6204w3:
            .flag(
                51, .freeBSD, .kernel(KernelKey("net/ipv6/conf/*/accept_ra", .new, .level(2))), false,
                "Accept router advertisements while forwarding, if at all (accept_rtadv)")
        case .maxfragsperpacket:
            MIBDeclaration(
                53, .freeBSD, .node, 64, in: 0...Int(Int32.max), unit: "fragments",
                "Fragments that may wait for others of one packet")
        case .maxfragbucketsize:
            MIBDeclaration(
                54, .freeBSD, .node, 32, in: 0...NodeLimits.bucketPlaces, unit: "packets",
                "Packets of one of 1024 hash buckets that may wait for their other fragments")
        case .logCannotForward:
            .flag(
                1000, .freeBSD, .program, true, type: .boolean,
                "Log packets that cannot be forwarded for their source address")
        case .sourceAddressValidation:
            .flag(
                1001, .freeBSD, .node, true, type: .boolean,
                "Refuse packets for this node that claim to be from it")
        case .fragmentLifetime:
            MIBDeclaration(
                1002, .freeBSD, .kernel(KernelKey("net/ipv6/ip6frag_time", .node, .milliseconds)), 60_000,
                in: 1000...3_600_000, unit: "milliseconds", "How long fragments wait for others of their packet")
        case .fragments:
            MIBDeclaration(
                1003, .freeBSD, .count(.fragments), nil, in: 0...Int(Int32.max), unit: "fragments", type: .unsigned,
                "Fragments that wait for others of their packet")
        case .fragmentedPackets:
            MIBDeclaration(
                1004, .freeBSD, .count(.fragmentedPackets), nil, in: 0...Int(Int32.max), unit: "packets",
                type: .unsigned,
                "Packets that wait for their other fragments")

        case .rediraccept:
            .flag(
                2, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/conf/*/accept_redirects", .each)), true,
                "Accept ICMPv6 redirects, unless the node forwards")
        case .nd6Delay:
            MIBDeclaration(
                8, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/neigh/*/delay_first_probe_time", .each)), 5,
                in: 0...3600, unit: "seconds", "Before a neighbour is probed that may be gone")
        case .nd6Umaxtries:
            MIBDeclaration(
                9, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/neigh/*/ucast_solicit", .each)), 3, in: 0...1000,
                unit: "packets", "Probes of a neighbour that may be gone")
        case .nd6Mmaxtries:
            MIBDeclaration(
                10, .freeAndNetBSD, .kernel(KernelKey("net/ipv6/neigh/*/mcast_solicit", .each)), 3, in: 0...1000,
                unit: "packets", "Questions for the link address of a neighbour")
        case .errppslimit:
            MIBDeclaration(
                14, .freeAndNetBSD, .interfaces, 100, in: -1...1_000_000, unit: "messages a second",
                "ICMPv6 errors that tunnels send at most; 0 for none, -1 for no limit")
        case .nd6Maxqueuelen:
            MIBDeclaration(
                24, .freeBSD, .kernel(KernelKey("net/ipv6/neigh/*/unres_qlen", .each)), nil, in: 0...65_535,
                unit: "packets",
                "Packets that wait for the link address of one neighbour")
        case .nd6Gctimer:
            MIBDeclaration(
                1000, .freeBSD, .kernel(KernelKey("net/ipv6/neigh/*/gc_stale_time", .each)), 60,
                in: 0...Int(Int32.max), unit: "seconds", "How long an unused neighbour is remembered")
        }
    }
}
