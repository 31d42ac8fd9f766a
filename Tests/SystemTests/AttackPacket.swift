// SPDX-License-Identifier: BSD-2-Clause
import TestSupport

/// A packet that somebody sends to the router of `AttackedSite`, and what must become of it.
struct AttackPacket: Sendable {
    enum Way: Sendable {
        /// From the attacker: the wire that routes lead back to, and the one where the kernel lets martians in.
        case front, side
        /// From a host of the LAN, to be sent out.
        case lan
    }

    enum Fate: Sendable, Equatable {
        /// It dies of this reason, and no other counter moves.
        case dies(String)
        /// The router's kernel drops it before stf sees it: nothing passes, and no counter moves.
        case dropsInKernel
        /// It passes, though its neighbours in the table do not: so many bytes of IPv6.
        case passes(Int)
        /// It is an ICMP error that its receiver on the LAN is told of; nothing is counted.
        case isTold

        /// Whether what it carries reaches the other side.
        var arrives: Bool {
            switch self {
            case .passes, .isTold: true
            case .dies, .dropsInKernel: false
            }
        }
    }

    let name: String
    var way = Way.front
    var interface = "stf0"
    let fate: Fate
    /// The packet around a payload, by which it is known wherever it turns up.
    let packet: @Sendable (_ payload: [UInt8]) -> [UInt8]

    var direction: String { way == .lan ? "output" : "input" }

    init(
        _ name: String, _ fate: Fate, by way: Way = .front, on interface: String = "stf0",
        _ packet: @escaping @Sendable (_ payload: [UInt8]) -> [UInt8]
    ) {
        self.name = name
        self.fate = fate
        self.way = way
        self.interface = interface
        self.packet = packet
    }

    /// An address in the site of an IPv4 address: of 192.0.2.1, `2002:c000:201::a`.
    static func siteAddress(at ipv4: String, host: String = "a") -> String {
        let octets = ipv4.split(separator: ".").compactMap { Int($0) }
        let words = [octets[0] << 8 | octets[1], octets[2] << 8 | octets[3]].map { String($0, radix: 16) }
        return "2002:\(words.joined(separator: ":"))::\(host)"
    }

    /// An address in a subnet that is reached through stf1 and a gateway.
    static func subnetAddress(at ipv4: String) -> String {
        siteAddress(at: ipv4).split(separator: "::").joined(separator: ":9::")
    }

    /// A native address that is reached through the interface with the address of that number in `unusable`.
    static func nativeBehind(_ number: Int) -> String { "2001:db8:44::\(number + 1)" }

    static let here = "192.0.2.1"
    static let peer = "198.51.100.7"
    static let theirs = "2002:c633:6407::1"
    static let relay = "192.88.99.1"
    static let native = "2001:db8:8::8"
    static let lan = "2002:c000:201:1::2"
    static let lanNative = "2001:db8:9::2"

    /// An address for each rule of stf(4) for IPv4 addresses.
    static let badIPv4 = [
        ("this-network", "0.0.0.1"), ("loopback", "127.0.0.1"), ("multicast", "224.0.0.1"),
        ("limited-broadcast", "255.0.0.1"), ("reserved", "240.0.0.1"), ("link-local", "169.254.0.1"),
        ("private", "10.0.0.1"), ("private", "172.16.0.1"), ("private", "192.168.0.1"), ("shared", "100.64.0.1"),
        // Of the wires to the attacker: nobody said that these are broadcast addresses.
        ("subnet-broadcast", "192.0.2.255"), ("subnet-broadcast", "198.18.1.255"),
    ]

    static let badIPv6 = [
        ("unspecified", "::"), ("loopback", "::1"), ("mapped", "::ffff:192.0.2.7"), ("compatible", "::192.0.2.7"),
        ("link-local", "fe80::7"), ("site-local", "fec0::7"), ("multicast", "ff0e::7"),
    ]

    /// What holds an IPv6 packet from the peer, or another sender, to the router.
    static func outer(from source: String = peer, to destination: String = here, _ inner: [UInt8]) -> [UInt8] {
        Packet.ipv4(from: source, to: destination, inner)
    }

    static let all = outerPackets + innerPackets + pairingPackets + strayPackets + errorPackets + outgoingPackets
}

// MARK: the outside

extension AttackPacket {
    /// Each is from a native host by a relay, to which nothing but its outer addresses could be an objection.
    static let outerPackets: [AttackPacket] = sourcePackets + destinationPackets + interfacePackets

    private static let sourcePackets: [AttackPacket] =
        badIPv4.map { rule, address in
            let fate = Fate.dies("outer-source-\(rule)")
            return switch rule {
            // The kernel takes a loopback source only where it is told to, and a group's from nowhere.
            case "loopback": from(address, fate, by: .side)
            case "multicast": from(address, .dropsInKernel)
            default: from(address, fate)
            }
        } + [
            from("0.0.0.0", .dropsInKernel), from("255.255.255.255", .dropsInKernel),
            from("127.0.0.1", .dropsInKernel), from(here, .dropsInKernel),
            from(here, .dies("outer-source-self"), by: .side),
            from(relay, .passes(56)), from(relay, .dies("ingress"), by: .side),
            // A spoofer on the second wire takes a neighbour's address on the first.
            from("192.0.2.2", .dies("ingress"), by: .side),
        ]

    private static func from(_ source: String, _ fate: Fate, by way: Way = .front) -> AttackPacket {
        AttackPacket("from \(source)", fate, by: way) {
            outer(from: source, Packet.ipv6(from: native, to: lan, payload: $0))
        }
    }

    /// That such an address is our own takes an administrator; then everybody can send to it.
    private static let destinationPackets: [AttackPacket] = AttackedSite.unusable.enumerated().map { number, own in
        let (rule, address) = own
        return AttackPacket(
            "to \(address)", .dies("outer-destination-\(rule)"), by: rule == "loopback" ? .side : .front,
            on: "stf\(10 + number)"
        ) { outer(to: address, Packet.ipv6(from: theirs, to: lanNative, payload: $0)) }
    }

    private static let interfacePackets: [AttackPacket] = [
        AttackPacket("to the interface with link0", .dies("input-closed"), on: "stf2") {
            outer(to: "203.0.113.2", Packet.ipv6(from: theirs, to: lanNative, payload: $0))
        },
        AttackPacket("to the interface that is down", .dropsInKernel, on: "stf4") {
            outer(to: "203.0.113.4", Packet.ipv6(from: theirs, to: lanNative, payload: $0))
        },
        AttackPacket("to the restricted interface", .dies("peer-outside-prefix"), on: "stf1") {
            outer(to: "203.0.113.1", Packet.ipv6(from: theirs, to: "2002:cb00:7101:1::2", payload: $0))
        },
        AttackPacket("from a native host to the restricted interface", .dies("peer-outside-prefix"), on: "stf1") {
            outer(from: relay, to: "203.0.113.1", Packet.ipv6(from: native, to: "2002:cb00:7101:1::2", payload: $0))
        },
        AttackPacket("from a peer of the restricted interface", .passes(56), on: "stf1") {
            outer(
                from: "203.0.113.7", to: "203.0.113.1",
                Packet.ipv6(from: "2002:cb00:7107::1", to: "2002:cb00:7101:1::2", payload: $0))
        },
        AttackPacket("a peer takes the restricted interface for a relay", .dies("not-relay"), on: "stf1") {
            outer(
                from: "203.0.113.7", to: "203.0.113.1",
                Packet.ipv6(from: "2002:cb00:7107::1", to: lanNative, payload: $0))
        },
        AttackPacket("marked outside only, link1", .dies("congestion-unseen"), on: "stf3") { marked(inner: 0, $0) },
        AttackPacket("marked outside, capable inside, link1", .passes(56), on: "stf3") { marked(inner: 2, $0) },
    ]

    private static func marked(inner: UInt8, _ payload: [UInt8]) -> [UInt8] {
        Packet.ipv4(
            from: peer, to: "203.0.113.3", typeOfService: 3,
            Packet.ipv6(from: theirs, to: "2002:cb00:7103:1::2", trafficClass: inner, payload: payload))
    }
}

// MARK: the inside

extension AttackPacket {
    static let innerPackets: [AttackPacket] =
        badIPv4.flatMap { rule, address in
            let site = siteAddress(at: address)
            return [
                inner("source embeds \(address)", .dies("inner-source-embeds-\(rule)"), from: site, to: lan),
                inner(
                    "destination embeds \(address)", .dies("inner-destination-embeds-\(rule)"), from: theirs, to: site),
            ]
        }
        + badIPv6.flatMap { rule, address in
            [
                inner("source \(address)", .dies("inner-source-\(rule)"), from: address, to: lan),
                inner("destination \(address)", .dies("inner-destination-\(rule)"), from: theirs, to: address),
            ]
        } + [
            inner("to all nodes", .dies("inner-destination-multicast"), from: theirs, to: "ff02::1"),
            AttackPacket("nothing inside", .dies("truncated")) { _ in outer([]) },
            AttackPacket("39 bytes inside", .dies("truncated")) {
                outer(Array(Packet.ipv6(from: theirs, to: lan, payload: $0).prefix(39)))
            },
            AttackPacket("shorter than it says", .dies("truncated")) {
                outer(Packet.ipv6(from: theirs, to: lan, payload: $0, claiming: $0.count + 1))
            },
            AttackPacket("IPv4 in the guise of IPv6", .dies("not-ipv6")) {
                outer(Packet.ipv6(from: theirs, to: lan, payload: $0, version: 4))
            },
            AttackPacket("IPv4 inside", .dies("not-ipv6")) {
                outer(Packet.ipv4(from: "203.0.113.66", to: "198.51.100.66", proto: 17, $0 + $0))
            },
        ]

    static let pairingPackets: [AttackPacket] = [
        inner("from another site", .passes(56), from: theirs, to: lan),
        inner("to a native host, by this relay", .passes(56), from: theirs, to: lanNative),
        inner("from a native host to a native host", .dies("native-to-native"), from: native, to: lanNative),
        inner("another site's source", .dies("inner-source-mismatch"), from: "2002:c633:6408::1", to: lan),
        inner("our own site's source", .dies("inner-source-mismatch"), from: "2002:c000:201:1::9", to: lan),
        inner(
            "another site's destination", .dies("inner-destination-mismatch"), from: theirs,
            to: "2002:cb00:7101:1::2"),
        inner(
            "to be sent to a third party", .dies("inner-destination-mismatch"), from: theirs, to: "2002:c000:202::1"),
        inner("to a native host by the way it came", .dies("would-come-back"), from: theirs, to: "2001:db8:77::1"),
    ]

    private static func inner(
        _ name: String, _ fate: Fate, from source: String, to destination: String
    ) -> AttackPacket {
        AttackPacket(name, fate) { outer(Packet.ipv6(from: source, to: destination, payload: $0)) }
    }
}

// MARK: what the kernel does not hand to stf

extension AttackPacket {
    static let strayPackets: [AttackPacket] = [
        AttackPacket("to another address of the router", .dropsInKernel) {
            outer(to: "198.18.0.1", Packet.ipv6(from: theirs, to: lanNative, payload: $0))
        },
        AttackPacket("to all hosts on the wire", .dropsInKernel) {
            outer(to: "192.0.2.255", Packet.ipv6(from: theirs, to: lanNative, payload: $0))
        },
        AttackPacket("to all hosts", .dropsInKernel) {
            outer(to: "255.255.255.255", Packet.ipv6(from: theirs, to: lanNative, payload: $0))
        },
        AttackPacket("to 127.0.0.1", .dropsInKernel) {
            outer(to: "127.0.0.1", Packet.ipv6(from: theirs, to: lanNative, payload: $0))
        },
        AttackPacket("with a wrong header checksum", .dropsInKernel) {
            var packet = outer(Packet.ipv6(from: theirs, to: lan, payload: $0))
            packet[10] ^= 1
            return packet
        },
        AttackPacket("cut on the way", .dropsInKernel) {
            outer(Packet.ipv6(from: theirs, to: lan, payload: $0)).dropLast()
        },
        AttackPacket("the first fragment only", .dropsInKernel) {
            Packet.ipv4(
                from: peer, to: here, moreFragments: true, Packet.ipv6(from: theirs, to: lan, payload: $0))
        },
    ]
}

// MARK: errors

extension AttackPacket {
    static let errorPackets: [AttackPacket] = [
        error("about a packet of ours", .isTold) { sent($0) },
        error("to an address that we would not send it to", .dies("error-about-others")) {
            Packet.ipv4(from: here, to: "198.51.100.8", Packet.ipv6(from: lan, to: theirs, payload: $0))
        },
        error("about a packet from another address", .dies("error-about-others")) {
            Packet.ipv4(from: "198.18.0.1", to: peer, Packet.ipv6(from: lan, to: theirs, payload: $0))
        },
        error("about a packet of another site's", .dies("error-about-others")) {
            Packet.ipv4(from: here, to: peer, Packet.ipv6(from: "2002:c633:6408::1", to: theirs, payload: $0))
        },
        error("about a packet from a native host who never sent one", .dies("error-about-others")) {
            Packet.ipv4(from: here, to: peer, Packet.ipv6(from: "2001:db8:77::1", to: theirs, payload: $0))
        },
        error("about a packet from a link-local address", .dies("error-about-others")) {
            Packet.ipv4(from: here, to: peer, Packet.ipv6(from: "fe80::1", to: theirs, payload: $0))
        },
        error("about a packet from an empty subnet of the site", .dies("error-about-others")) {
            Packet.ipv4(from: here, to: peer, Packet.ipv6(from: "2002:c000:201:5::1", to: theirs, payload: $0))
        },
        error("about a packet that no filter lets out", .dies("error-about-others")) {
            Packet.ipv4(from: here, to: "10.0.0.1", Packet.ipv6(from: lan, to: "2002:a00:1::1", payload: $0))
        },
        error("that quotes as little as RFC 792 asks", .dies("error-truncated")) { Array(sent($0).prefix(28)) },
        AttackPacket("an error that came damaged", .dropsInKernel) {
            var packet = Packet.icmpv4Error(from: peer, to: here, about: sent($0))
            packet[22] ^= 1
            return packet
        },
    ]

    private static func sent(_ payload: [UInt8]) -> [UInt8] {
        Packet.ipv4(from: here, to: peer, Packet.ipv6(from: lan, to: theirs, payload: payload))
    }

    private static func error(
        _ name: String, _ fate: Fate, _ quote: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) -> AttackPacket {
        AttackPacket("an error \(name)", fate) { Packet.icmpv4Error(from: peer, to: here, about: quote($0)) }
    }
}

// MARK: from the LAN

extension AttackPacket {
    static let outgoingPackets: [AttackPacket] =
        badIPv4.map { rule, address in
            outgoing("to \(address)", .dies("outer-destination-\(rule)"), to: siteAddress(at: address))
        }
        + badIPv4.map { rule, address in
            outgoing(
                "to \(address) by a gateway", .dies("inner-destination-embeds-\(rule)"), on: "stf1",
                from: "2002:cb00:7101:1::2", to: subnetAddress(at: address))
        }
        + AttackedSite.unusable.enumerated().map { number, own in
            outgoing(
                "from \(own.1)", .dies("outer-source-\(own.0)"), on: "stf\(10 + number)", to: nativeBehind(number))
        }
        + badIPv6.map { rule, address in
            // Such a packet goes nowhere but to a neighbour, whose kernel forwards none.
            let stays = ["loopback", "link-local", "multicast"].contains(rule)
            return outgoing("to \(address)", stays ? .dropsInKernel : .dies("inner-destination-\(rule)"), to: address)
        } + [
            outgoing("to another site", .passes(56), to: theirs),
            outgoing("to a native host", .passes(56), to: "2001:db8:77::1"),
            outgoing("by the way of a native host", .passes(56), from: lanNative, to: theirs),
            outgoing(
                "from a native host to one", .dies("native-to-native"), from: lanNative, to: "2001:db8:77::1"),
            outgoing("another site's source", .dies("inner-source-mismatch"), from: "2002:cb00:7101:1::2", to: theirs),
            outgoing("where no gateway is", .dies("no-next-hop"), to: "2001:db8:66::1"),
            outgoing("to an empty subnet of the site", .dies("outer-destination-self"), to: "2002:c000:201:5::1"),
            outgoing("where IPv4 has no route", .dies("outer-unreachable"), to: siteAddress(at: "198.18.3.1")),
            outgoing("where IPv4 must not go", .dies("outer-prohibited"), to: siteAddress(at: "198.18.4.1")),
            outgoing("by the interface without IPv4", .dies("no-own-ipv4"), on: "stf5", to: "2001:db8:55::1"),
            AttackPacket("IPv4", .dies("not-ipv6"), by: .lan) {
                Packet.ipv4(from: "203.0.113.66", to: "198.18.2.1", proto: 17, $0)
            },
        ]

    private static func outgoing(
        _ name: String, _ fate: Fate, on interface: String = "stf0", from source: String = lan, to destination: String
    ) -> AttackPacket {
        AttackPacket(name, fate, by: .lan, on: interface) {
            Packet.ipv6(from: source, to: destination, payload: $0)
        }
    }
}
