// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Internet
import Netlink
import SystemIO
import SystemPackage

/// The inet6 addresses of all interfaces, and the options of those that have neighbours, whoever made them.
struct HostAddresses {
    /// Interfaces that are shown together, as they are at one moment.
    private static let batch = 64

    /// One interface, or all by index, a few at a time.
    /// - Parameter own: those that are ours.
    func listing(
        _ name: String?, on host: Host, own: InterfaceTable
    ) throws(Refusal) -> Listing<Inet6Status> {
        let now = try Now(host)
        let links = now.links.filter { name == nil || $0.name == name }
        if let name, links.isEmpty { throw Refusal(name, nil, .ENXIO) }
        var rest = links.map(\.index).sorted()[...]
        var first: Now? = now
        return Listing { () throws(Refusal) in
            guard !rest.isEmpty else { return nil }
            let indices = rest.prefix(HostAddresses.batch)
            rest = rest.dropFirst(HostAddresses.batch)
            if let now = first.take() { return now.statuses(of: Set(indices), on: host, own: own) }
            return try Now(host).statuses(of: Set(indices), on: host, own: own)
        }
    }

    /// What plans changes, from what the kernel has now.
    func planner(
        for changes: [Inet6Change], own: Planner, on host: Host
    ) throws(Refusal) -> Inet6Planner {
        let now = try Now(host)
        let wanted = Set(changes.map(\.interface))
        let hosts = now.links.filter { wanted.contains($0.name) }.map { link in
            HostInterface(
                link, addresses: now.addresses.filter { $0.index == link.index },
                anycasts: host.anycasts[link.index]
                    .filter { now.anycasts.contains(KernelAnycast(index: link.index, address: $0.address)) })
        }
        return Inet6Planner(
            own: own, hosts: hosts, indices: Dictionary(now.links.map { ($0.name, $0.index) }) { $1 })
    }

    func perform(_ step: HostStep, on host: Host) throws(Refusal) {
        switch step {
        case .address(let name, let from, let to):
            guard let address = to ?? from else { return }
            try host.requesting(name, "inet6 \(address.address)/\(address.prefixLength)") {
                requests throws(NetlinkError) in
                if to == nil { try requests.remove(address) } else { try requests.set(address) }
            }
        case .variable(let name, let variable, _, let to, _):
            try variable.set(to, of: name)
        case .anycast(let name, let from, let to):
            guard let link = host.network.link(named: name) else { throw Refusal(name, nil, .ENXIO) }
            if let from { host.anycasts.leave(from.address, on: link.index, host) }
            if let to { try host.anycasts.join(to, on: link.index, for: name) }
        }
    }
}

extension Now {
    /// By index, those of these interfaces that there are.
    fileprivate func statuses(of indices: Set<UInt32>, on host: Host, own: InterfaceTable) -> [Inet6Status] {
        let addresses = Dictionary(grouping: addresses) { $0.index }
        let ours = own.byIndex
        return links.filter { indices.contains($0.index) }.sorted { $0.index < $1.index }.map { link in
            let addresses = addresses[link.index] ?? []
            let anycasts = anycasts(of: link.index, besides: addresses, host.anycasts)
            let interface = ours[link.index]
            return Inet6Status(
                name: link.name, index: Int(link.index), flags: link.inet6Flags(interface, host), mtu: link.mtu,
                description: link.alias,
                inet6: addresses.map { $0.inet6Status(of: link) } + anycasts.map { $0.inet6Status(of: link) },
                nd6: link.inet6Options(interface))
        }
    }
}

/// What the kernel has now. Asked for each time: of lifetimes that run down, for one, it sends no events.
private struct Now {
    let links: [Link]
    let addresses: [IPv6InterfaceAddress]
    let anycasts: [KernelAnycast]

    init(_ host: Host) throws(Refusal) {
        (links, addresses, anycasts) = try host.reading { () throws(NetlinkError) in
            (try host.requests.links(), try host.requests.ipv6Addresses(), try host.requests.anycastAddresses())
        }
    }

    /// Those that somebody joined. That of each subnet, which every router has (RFC 4291 §2.6.1), goes without saying.
    func anycasts(
        of index: UInt32, besides addresses: [IPv6InterfaceAddress], _ ours: Anycasts
    ) -> [AnycastRecord] {
        let known = ours[index]
        let others = anycasts.map(\.address).filter { anycast in
            !known.contains { $0.address == anycast }
                && !addresses.contains { $0.address.masked(to: $0.prefixLength) == anycast }
        }
        let here = Set(anycasts.filter { $0.index == index }.map(\.address))
        return (known + others.map { AnycastRecord(address: $0, prefixLength: 128) })
            .filter { here.contains($0.address) }
    }
}

extension Link {
    /// The kernel's flags in BSD's words, lowest bit first, with those of ours.
    fileprivate func inet6Flags(_ own: (any Interface)?, _ host: Host) -> [Inet6Flag] {
        if let own {
            return own.status(counters: false, on: host).flags.compactMap { Inet6Flag(rawValue: $0.rawValue) }
        }
        let kernels: [(LinkFlags, Inet6Flag)] = [
            (.up, .up), (.broadcast, .broadcast), (.debug, .debug), (.loopback, .loopback),
            (.pointToPoint, .pointopoint), (.running, .running), (.noARP, .noarp), (.promiscuous, .promisc),
            (.allMulticast, .allmulti), (.multicast, .multicast),
        ]
        return kernels.filter { flags.contains($0.0) }.map(\.1)
    }

    /// What has no neighbours has no more than that to say of them.
    fileprivate func inet6Options(_ own: (any Interface)?) -> [Inet6Option] {
        if let own, !own.part.rules.hasNeighborDiscovery {
            return neighborOptions.compactMap { Inet6Option(rawValue: $0.rawValue) }
        }
        return HostInterface(self, addresses: [], anycasts: []).options
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
