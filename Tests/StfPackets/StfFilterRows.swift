// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf
import TestSupport

/// Rows for the address filters of stf(4): for each of the four addresses of a packet each rule, with the last address
/// that dies by it on either side and the first ones beyond that pass.
extension StfPacket {
    private struct IPv4Case {
        let rule: IPv4Rule
        let dying: [String]
        let passing: [String]
    }

    private static let ipv4Cases: [IPv4Case] = [
        IPv4Case(rule: .thisNetwork, dying: ["0.0.0.0", "0.255.255.255"], passing: ["1.0.0.0"]),
        IPv4Case(
            rule: .privateNetwork, dying: ["10.0.0.0", "10.255.255.255"], passing: ["9.255.255.255", "11.0.0.0"]),
        IPv4Case(
            rule: .sharedSpace, dying: ["100.64.0.0", "100.127.255.255"], passing: ["100.63.255.255", "100.128.0.0"]),
        IPv4Case(rule: .loopback, dying: ["127.0.0.0", "127.255.255.255"], passing: ["126.255.255.255", "128.0.0.0"]),
        IPv4Case(
            rule: .linkLocal, dying: ["169.254.0.0", "169.254.255.255"], passing: ["169.253.255.255", "169.255.0.0"]),
        IPv4Case(
            rule: .privateNetwork, dying: ["172.16.0.0", "172.31.255.255"], passing: ["172.15.255.255", "172.32.0.0"]),
        IPv4Case(
            rule: .privateNetwork, dying: ["192.168.0.0", "192.168.255.255"],
            passing: ["192.167.255.255", "192.169.0.0"]),
        IPv4Case(rule: .multicast, dying: ["224.0.0.0", "239.255.255.255"], passing: ["223.255.255.255"]),
        IPv4Case(rule: .reserved, dying: ["240.0.0.0", "254.255.255.255"], passing: []),
        IPv4Case(rule: .limitedBroadcast, dying: ["255.0.0.0", "255.255.255.255"], passing: []),
        IPv4Case(rule: .subnetBroadcast, dying: ["192.0.2.255"], passing: ["192.0.2.254"]),
    ]

    private struct IPv6Case {
        let rule: IPv6Rule
        let dying: [String]
        /// Native addresses just outside; `::/96` and `::ffff:0:0/96` are followed by more of the reserved `::/8`.
        let passing: [String]
    }

    private static let ipv6Cases: [IPv6Case] = [
        IPv6Case(rule: .unspecified, dying: ["::"], passing: []),
        IPv6Case(rule: .loopback, dying: ["::1"], passing: []),
        IPv6Case(rule: .compatible, dying: ["::2", "::192.0.2.1", "::255.255.255.255"], passing: ["::1:0:0"]),
        IPv6Case(rule: .mapped, dying: ["::ffff:0.0.0.0", "::ffff:192.0.2.1"], passing: ["::fffe:0:0", "::1:0:0:0"]),
        IPv6Case(rule: .linkLocal, dying: ["fe80::", "febf:ffff::1"], passing: ["fe7f:ffff::1"]),
        IPv6Case(rule: .siteLocal, dying: ["fec0::1", "feff:ffff::1"], passing: []),
        IPv6Case(rule: .multicast, dying: ["ff00::", "ff02::1", "ffff::1"], passing: []),
    ]

    static let filterRows: [StfPacket] = ipv4Cases.flatMap(rows) + ipv6Cases.flatMap(rows)

    /// The packet that has `address` outside or embedded, as source and as destination.
    private static func rows(for filter: IPv4Case) -> [StfPacket] {
        let dying = filter.dying.flatMap { address -> [StfPacket] in
            let site = SixToFour.site(of: IPv4Address(address) ?? IPv4Address(bits: 0)).address.description
            return [
                output(
                    "to \(address)", Packet.ipv6(from: "2002:c000:201::1", to: site),
                    .dies(.outputDestination(filter.rule))),
                output(
                    "from \(address)", Packet.ipv6(from: site, to: "2002:c633:6407::1"),
                    .dies(.outputSource(filter.rule))
                ) { $0.own = address },
                output(
                    "to \(address) by a gateway", Packet.ipv6(from: "2002:c000:201::1", to: site),
                    .dies(.outputInnerDestinationEmbeds(filter.rule)), behindGateway),
                input(
                    "from \(address)", tunnelled(from: address, Packet.ipv6(from: site, to: "2002:c000:201::1")),
                    .dies(.outerSource(filter.rule))),
                input(
                    "to \(address)",
                    Packet.ipv4(from: "198.51.100.7", to: address, Packet.ipv6(from: "2002:c633:6407::1", to: site)),
                    // To the kernel's engine 0.0.0.0 is no address, and nobody's.
                    .dies(.outerDestination(filter.rule)), by: address == "0.0.0.0" ? .swift : .all
                ) { $0.own = address },
                input(
                    "source embeds \(address)", tunnelled(Packet.ipv6(from: site, to: "2002:c000:201::1")),
                    .dies(.innerSourceEmbeds(filter.rule))),
                input(
                    "destination embeds \(address)", tunnelled(Packet.ipv6(from: "2002:c633:6407::1", to: site)),
                    .dies(.innerDestinationEmbeds(filter.rule))),
            ]
        }
        return dying + filter.passing.flatMap(passingRows) + permittedRows(filter)
    }

    /// Only 192.0.2.0/28 is reached without the gateway 192.0.2.5.
    private static func behindGateway(_ site: inout Site) {
        site.prefixLength = 44
        site.gateways = ["::/0": "2002:c000:205::1"]
    }

    /// A packet to and from an address just beyond a rule; embedded in the source it is the same packet.
    private static func passingRows(_ address: String) -> [StfPacket] {
        let site = SixToFour.site(of: IPv4Address(address) ?? IPv4Address(bits: 0)).address.description
        let outward = Packet.ipv6(from: "2002:c000:201::1", to: site)
        let inward = Packet.ipv6(from: site, to: "2002:c000:201::1")
        let here = SixToFour.site(of: IPv4Address(address) ?? IPv4Address(bits: 0)).address.description
        let fromUs = Packet.ipv6(from: here, to: "2002:c633:6407::1")
        let toUs = Packet.ipv6(from: "2002:c633:6407::1", to: here)
        return [
            output("to \(address)", outward, .passes(Packet.ipv4(from: "192.0.2.1", to: address, outward))),
            output(
                "to \(address) by a gateway", outward,
                .passes(Packet.ipv4(from: "192.0.2.1", to: "192.0.2.5", outward)),
                behindGateway),
            output("from \(address)", fromUs, .passes(Packet.ipv4(from: address, to: "198.51.100.7", fromUs))) {
                $0.own = address
            },
            input("from \(address)", tunnelled(from: address, inward), .passes(inward)),
            input("to \(address)", Packet.ipv4(from: "198.51.100.7", to: address, toUs), .passes(toUs)) {
                $0.own = address
            },
        ]
    }

    /// Each of net.link.stf.permit_* lets the addresses of its rule pass.
    private static func permittedRows(_ filter: IPv4Case) -> [StfPacket] {
        let permission: WritableKeyPath<StfPermissions, Bool>
        switch filter.rule {
        case .privateNetwork: permission = \.privateNetwork
        case .sharedSpace: permission = \.sharedSpace
        case .linkLocal: permission = \.linkLocal
        case .reserved: permission = \.reserved
        case .thisNetwork, .loopback, .multicast, .limitedBroadcast, .subnetBroadcast: return []
        }
        return filter.dying.flatMap(passingRows).map { row in
            row.with("\(row.name), permitted") { $0.permits[keyPath: permission] = true }
        }
    }

    private static func rows(for filter: IPv6Case) -> [StfPacket] {
        let dying = filter.dying.flatMap { address in
            [
                output(
                    "to \(address)", Packet.ipv6(from: "2002:c000:201::1", to: address),
                    .dies(.outputInnerDestination(filter.rule))),
                input(
                    "source \(address)", tunnelled(Packet.ipv6(from: address, to: "2002:c000:201::1")),
                    .dies(.innerSource(filter.rule))),
                input(
                    "destination \(address)", tunnelled(Packet.ipv6(from: "2002:c633:6407::1", to: address)),
                    .dies(.innerDestination(filter.rule))),
            ]
        }
        let passing = filter.passing.flatMap { address -> [StfPacket] in
            let from = Packet.ipv6(from: address, to: "2002:c000:201::1")
            let to = Packet.ipv6(from: "2002:c633:6407::1", to: address)
            let out = Packet.ipv6(from: "2002:c000:201::1", to: address)
            return [
                output("to \(address)", out, .passes(Packet.ipv4(from: "192.0.2.1", to: "192.88.99.1", out))),
                input("source \(address)", tunnelled(from), .passes(from)),
                input("destination \(address)", tunnelled(to), .passes(to)),
            ]
        }
        return dying + passing
    }

    private static func tunnelled(from source: String = "198.51.100.7", _ inner: [UInt8]) -> [UInt8] {
        Packet.ipv4(from: source, to: "192.0.2.1", inner)
    }
}

/// Rows for explicit congestion notification: the whole of RFC 6040's table with link1, and without it nothing.
extension StfPacket {
    /// What the inner mark becomes, by inner and outer mark; nil dies.
    private static let decapsulation: [(inner: ECN, outer: ECN, becomes: ECN?)] = [
        (.notCapable, .notCapable, .notCapable), (.notCapable, .capable0, .notCapable),
        (.notCapable, .capable1, .notCapable), (.notCapable, .congested, nil),
        (.capable0, .notCapable, .capable0), (.capable0, .capable0, .capable0),
        (.capable0, .capable1, .capable1), (.capable0, .congested, .congested),
        (.capable1, .notCapable, .capable1), (.capable1, .capable0, .capable1),
        (.capable1, .capable1, .capable1), (.capable1, .congested, .congested),
        (.congested, .notCapable, .congested), (.congested, .capable0, .congested),
        (.congested, .capable1, .congested), (.congested, .congested, .congested),
    ]

    static let congestionRows: [StfPacket] = decapsulationRows + encapsulationRows

    private static let decapsulationRows: [StfPacket] = decapsulation.flatMap { row -> [StfPacket] in
        // The six bits above are the packet's own affair.
        let inner = Packet.ipv6(
            from: "2002:c633:6407::1", to: "2002:c000:201::1", trafficClass: 0xB8 | row.inner.rawValue)
        let packet = Packet.ipv4(from: "198.51.100.7", to: "192.0.2.1", typeOfService: row.outer.rawValue, inner)
        let after = row.becomes.map { mark in
            Packet.ipv6(from: "2002:c633:6407::1", to: "2002:c000:201::1", trafficClass: 0xB8 | mark.rawValue)
        }
        return [
            input("\(row.inner) within \(row.outer)", packet, .passes(inner)),
            input(
                "\(row.inner) within \(row.outer), link1", packet, after.map(Outcome.passes) ?? .dies(.congestionUnseen)
            ) { $0.link1 = true },
        ]
    }

    private static let encapsulationRows: [StfPacket] = ECN.allCases.flatMap { mark -> [StfPacket] in
        let inner = Packet.ipv6(
            from: "2002:c000:201::1", to: "2002:c633:6407::1", trafficClass: 0xB8 | mark.rawValue)
        let outer = { (mark: ECN) in
            Packet.ipv4(from: "192.0.2.1", to: "198.51.100.7", typeOfService: 0xB8 | mark.rawValue, inner)
        }
        return [
            output("marked \(mark)", inner, .passes(outer(mark))),
            output("marked \(mark), link1", inner, .passes(outer(mark == .congested ? .capable0 : mark))) {
                $0.link1 = true
            },
        ]
    }
}
