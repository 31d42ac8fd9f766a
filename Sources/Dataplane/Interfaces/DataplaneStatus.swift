// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Netlink

extension Dataplane {
    func status(of interface: InterfaceClone, counters withCounters: Bool) -> InterfaceStatus? {
        guard let link = host.network.links[interface.index] else { return nil }
        var status = InterfaceStatus(name: link.name, kind: interface.kind, index: Int(link.index))
        status.flags = link.interfaceFlags(with: LinkBits())
        status.mtu = link.mtu
        status.description = link.alias
        status.inet6 = addresses(of: interface.index).map { $0.status(of: link) }
        status.nd6 = link.neighborOptions
        switch interface {
        case .stf(let interface): add(interface, on: link, counters: withCounters, to: &status)
        case .faith(let interface): if withCounters { status.counters = counters(of: interface) }
        }
        return status
    }

    private func add(
        _ interface: StfInterface, on link: Link, counters withCounters: Bool, to status: inout InterfaceStatus
    ) {
        status.flags = link.interfaceFlags(with: interface.linkFlags)
        status.inet6 += host.anycasts[interface.index].map(\.status)
        let is6RD = interface.sixRD.address.bits != 0 || interface.sixRD.length != 32
        status.stfv4net = is6RD ? interface.sixRD.net : nil
        status.stfv4br = interface.sixRD.relay?.description
        status.auto = interface.isAuto
        status.delegated = delegated(to: interface)?.description
        status.ipv4 = (interface.rules.isUp ? interface.rules.own : nil)?.description
        if withCounters { status.counters = interface.counters.status }
    }

    /// The prefix of our site, whether this host has the IPv4 address now or not.
    private func delegated(to interface: StfInterface) -> IPv6Prefix? {
        guard let address = record(of: .stf(interface))?.addresses.first,
            let domain = interface.sixRD.domain(of: address.address, prefixLength: address.prefixLength),
            let source = interface.sixRD.source(of: address.address, in: domain)
        else { return nil }
        return domain.site(of: source)
    }
}

extension Link {
    /// The kernel's flags in BSD's words, lowest bit first, with those of ours.
    func interfaceFlags(with ours: LinkBits) -> [InterfaceFlag] {
        let kernels: [(LinkFlags, InterfaceFlag)] = [
            (.up, .up), (.running, .running), (.promiscuous, .promisc), (.allMulticast, .allmulti),
            (.multicast, .multicast),
        ]
        return (kernels.filter { flags.contains($0.0) }.map(\.1) + ours.flags).sorted { $0.bit < $1.bit }
    }

    var neighborOptions: [NeighborOption] {
        var options: [NeighborOption] = []
        if generatesLinkLocal { options.append(.auto_linklocal) }
        // A device without link-layer addresses has nobody to detect a duplicate with.
        if flags.contains(.noARP) { options.append(.no_dad) }
        return options
    }
}

extension IPv6InterfaceAddress {
    func status(of link: Link) -> AddressStatus {
        let scoped = ScopedAddress(address, zone: address.isZoneNamed ? link.index : 0)
        return AddressStatus(
            address: scoped.text { _ in link.name }, prefixlen: prefixLength, anycast: false,
            tentative: flags.contains(.tentative), duplicated: flags.contains(.duplicated),
            deprecated: flags.contains(.deprecated), pltime: preferred.map(Int.init), vltime: valid.map(Int.init))
    }
}

extension AnycastRecord {
    var status: AddressStatus {
        AddressStatus(
            address: address.description, prefixlen: prefixLength, anycast: true, tentative: false, duplicated: false,
            deprecated: false, pltime: nil, vltime: nil)
    }
}
