// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Netlink

extension Dataplane {
    func status(of interface: StfInterface, counters withCounters: Bool) -> InterfaceStatus? {
        guard let link = network.links[interface.index] else { return nil }
        return InterfaceStatus(
            name: link.name, kind: .stf, index: Int(link.index),
            flags: link.interfaceFlags(with: interface.linkFlags), mtu: link.mtu, description: link.alias,
            inet6: addresses(of: interface).map(\.status) + (interface.anycast.map { [$0.status] } ?? []),
            nd6: link.neighborOptions, ipv4: interface.rules.own?.description, counters: withCounters ? interface.counters.status : nil)
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
    var status: AddressStatus {
        AddressStatus(
            address: address.description, prefixlen: prefixLength, anycast: false,
            tentative: flags.contains(.tentative), duplicated: flags.contains(.duplicated),
            deprecated: flags.contains(.deprecated), pltime: preferred.map(Int.init), vltime: valid.map(Int.init))
    }
}

extension AnycastAddress {
    var status: AddressStatus {
        AddressStatus(
            address: address.description, prefixlen: prefixLength, anycast: true, tentative: false, duplicated: false,
            deprecated: false, pltime: nil, vltime: nil)
    }
}
