// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Netlink

extension Link {
    /// The kernel's flags in BSD's words, lowest bit first.
    var interfaceFlags: [InterfaceFlag] {
        let kernels: [(LinkFlags, InterfaceFlag)] = [
            (.up, .up), (.running, .running), (.promiscuous, .promisc), (.allMulticast, .allmulti),
            (.multicast, .multicast),
        ]
        return kernels.filter { flags.contains($0.0) }.map(\.1)
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
