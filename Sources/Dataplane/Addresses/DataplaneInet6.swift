// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Internet
import Netlink
import SystemIO
import SystemPackage

extension Dataplane {
    /// One interface, or all by index, whoever made them.
    func listInet6(_ name: String?) throws(Refusal) -> [Inet6Status] {
        try refresh()
        let node = try nodeNow()
        let links = node.links.filter { name == nil || $0.name == name }.sorted { $0.index < $1.index }
        if let name, links.isEmpty { throw Refusal(name, nil, .ENXIO) }
        return links.map { link in
            let own = interfaces[link.index].flatMap { status(of: $0, counters: false) }
            let addresses = node.addresses.filter { $0.index == link.index }
            let anycasts = anycasts(of: link.index, besides: addresses, node.anycasts)
            return Inet6Status(
                name: link.name, index: Int(link.index),
                flags: own.map { $0.flags.compactMap { Inet6Flag(rawValue: $0.rawValue) } } ?? link.inet6Flags,
                mtu: link.mtu, description: link.alias,
                inet6: addresses.map { $0.inet6Status(of: link) } + anycasts.map { $0.inet6Status(of: link) },
                nd6: options(of: link))
        }
    }

    /// An stf has no neighbours, and so no more than that to say of them.
    private func options(of link: Link) -> [Inet6Option] {
        if case .stf = interfaces[link.index] {
            return link.neighborOptions.compactMap { Inet6Option(rawValue: $0.rawValue) }
        }
        return HostInterface(link, addresses: [], anycasts: []).options
    }

    /// Makes all of the changes or none.
    func apply(_ changes: [Inet6Change], isIdempotent: Bool) throws(Refusal) -> [ChangeResult] {
        try refresh()
        let node = try nodeNow()
        let wanted = Set(changes.map(\.interface))
        let hosts = node.links.filter { wanted.contains($0.name) }.map { link in
            HostInterface(
                link, addresses: node.addresses.filter { $0.index == link.index },
                anycasts: (hostAnycasts[link.index] ?? [])
                    .filter { node.anycasts.contains(KernelAnycast(index: link.index, address: $0.address)) }
                    .map { AnycastRecord(address: $0.address, prefixLength: $0.prefixLength) })
        }
        var planner = Inet6Planner(
            own: planner(isIdempotent: isIdempotent), hosts: hosts,
            indices: Dictionary(uniqueKeysWithValues: node.links.map { ($0.name, $0.index) }),
            isIdempotent: isIdempotent)
        let plan = try planner.plan(changes)
        try perform(plan.steps)
        return plan.results
    }

    func perform(_ step: HostStep) throws(Refusal) {
        switch step {
        case .address(let name, let from, let to):
            guard let address = to ?? from else { return }
            try kernel(name, "inet6 \(address.address)/\(address.prefixLength)") { () throws(NetlinkError) in
                if to == nil { try requests.remove(address) } else { try requests.set(address) }
            }
        case .variable(let name, let variable, _, let to, _):
            try variable.set(to, of: name)
        case .anycast(let name, let from, let to):
            guard let link = network.link(named: name) else { throw Refusal(name, nil, .ENXIO) }
            if let from { hostAnycasts[link.index]?.removeAll { $0.address == from.address } }
            if let to {
                let membership = try AnycastMembership.joining(to, link.index, named: name)
                // The kernel may have ended an older one.
                hostAnycasts[link.index]?.removeAll { $0.address == to.address }
                hostAnycasts[link.index, default: []].append(
                    AnycastAddress(address: to.address, prefixLength: to.prefixLength, membership: membership))
            }
        }
        try refreshLinks()
    }

    // MARK: what the kernel has now

    private struct Node {
        var links: [Link]
        var addresses: [IPv6InterfaceAddress]
        var anycasts: [KernelAnycast]
    }

    /// Asked for each time: of lifetimes that run down, for one, the kernel sends no events.
    private func nodeNow() throws(Refusal) -> Node {
        do throws(NetlinkError) {
            return Node(
                links: try requests.links(), addresses: try requests.ipv6Addresses(),
                anycasts: try requests.anycastAddresses())
        } catch {
            throw Refusal("inet6d", "rtnetlink", BSDErrno(error.errno))
        }
    }

    /// Those that somebody joined. That of each subnet, which every router has (RFC 4291 §2.6.1), goes without saying.
    private func anycasts(
        of index: UInt32, besides addresses: [IPv6InterfaceAddress], _ kernels: [KernelAnycast]
    ) -> [AnycastRecord] {
        let joined = (hostAnycasts[index] ?? []) + [interfaces[index]?.anycast].compactMap(\.self)
        let known = joined.map { AnycastRecord(address: $0.address, prefixLength: $0.prefixLength) }
        let others = kernels.map(\.address).filter { anycast in
            !known.contains { $0.address == anycast }
                && !addresses.contains { $0.address.masked(to: $0.prefixLength) == anycast }
        }
        let here = Set(kernels.filter { $0.index == index }.map(\.address))
        return (known + others.map { AnycastRecord(address: $0, prefixLength: 128) })
            .filter { here.contains($0.address) }
    }
}

extension AnycastMembership {
    fileprivate static func joining(
        _ record: AnycastRecord, _ index: UInt32, named name: String
    ) throws(Refusal) -> AnycastMembership {
        do throws(SystemError) {
            return try AnycastMembership(record.address, interface: index)
        } catch {
            // Linux lets a host join only what it has a route to.
            let isHost = error.errno == .addressNotAvailable
            throw Refusal(
                name, "inet6 \(record.address)/\(record.prefixLength) anycast", BSDErrno(error.errno),
                isHost ? "only a router may, or who has an address of the same prefix" : error.call)
        }
    }
}

extension Link {
    /// The kernel's flags in BSD's words, lowest bit first.
    fileprivate var inet6Flags: [Inet6Flag] {
        let kernels: [(LinkFlags, Inet6Flag)] = [
            (.up, .up), (.broadcast, .broadcast), (.debug, .debug), (.loopback, .loopback),
            (.pointToPoint, .pointopoint), (.running, .running), (.noARP, .noarp), (.promiscuous, .promisc),
            (.allMulticast, .allmulti), (.multicast, .multicast),
        ]
        return kernels.filter { flags.contains($0.0) }.map(\.1)
    }
}

extension IPv6Address {
    /// With the zone if it means something on this link only: `fe80::1%eth0`.
    fileprivate func text(on link: Link) -> String {
        ScopedAddress(self, zone: isZoneNamed ? link.index : 0).text { _ in link.name }
    }
}

extension AnycastRecord {
    fileprivate func inet6Status(of link: Link) -> Inet6AddressStatus {
        var status = Inet6AddressStatus(address: address.text(on: link), prefixlen: prefixLength)
        status.anycast = true
        if address.isZoneNamed { status.scopeid = Int(link.index) }
        return status
    }
}

extension IPv6InterfaceAddress {
    /// IFAPROT_KERNEL_RA
    private static let routerAdvertisement: UInt8 = 2

    fileprivate func inet6Status(of link: Link) -> Inet6AddressStatus {
        var status = Inet6AddressStatus(address: address.text(on: link), prefixlen: prefixLength)
        status.destination = peer?.text(on: link)
        // BSD has either; Linux goes on calling a duplicate tentative.
        status.duplicated = flags.contains(.duplicated)
        status.tentative = flags.contains(.tentative) && !status.duplicated
        status.deprecated = flags.contains(.deprecated)
        status.autoconf = maker == IPv6InterfaceAddress.routerAdvertisement
        status.temporary = flags.contains(.temporary)
        if address.isZoneNamed { status.scopeid = Int(link.index) }
        status.pltime = preferred.map(Int.init)
        status.vltime = valid.map(Int.init)
        return status
    }
}
