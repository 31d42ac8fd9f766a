// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Logging
import Netlink

extension Dataplane {
    /// Where a packet for the IPv4 Internet would go: the relays' address of RFC 3068, which nobody has here.
    private static let outside = IPv4Address(bits: 0xC058_6301)

    /// Gives an interface with `auto` the address that goes with the IPv4 address of the default route.
    ///
    /// Without such a route the old address stays: it is not wrong, only of no use.
    func followDefaultRoute(_ interface: StfInterface, link: Link) {
        let end = interface.sixRD.relay ?? Dataplane.outside
        guard let source = host.requests.source(to: end) else { return }
        let old = addresses(of: interface.index).first
        guard let new = address(for: source, instead: old, of: interface), new.address != old?.address else { return }
        if SixToFour.prefix.contains(new.address),
            let rule = IPv4Rule.broken(by: source, permits: StfPermissions(host.variables.mib))
        {
            // Said once for each address, not at every event.
            if interface.refusedSource != source {
                host.log.notice("\(link.name): auto: \(source) is \(rule.description)")
            }
            interface.refusedSource = source
            return
        }
        interface.refusedSource = nil
        do throws(NetlinkError) {
            // In this order the route to the prefix that both have stays, and those that need it.
            try host.requests.set(new)
            if let old { try host.requests.remove(old) }
            _ = try host.read(interface.index)
            host.log.notice("\(link.name): inet6 \(new.address) prefixlen \(new.prefixLength) follows \(source)")
        } catch {
            host.log.error("\(link.name): auto: \(error.errno)")
        }
    }

    /// The first address of the site that `source` makes: of 6to4, or of the 6rd domain that the old address is in.
    private func address(
        for source: IPv4Address, instead old: IPv6InterfaceAddress?, of interface: StfInterface
    ) -> IPv6InterfaceAddress? {
        var site = SixToFour.site(of: source).address
        var length = old.map { SixToFour.prefix.contains($0.address) ? $0.prefixLength : 16 } ?? 16
        if let old, !SixToFour.prefix.contains(old.address) {
            interface.sixRD.address = source
            guard let domain = interface.sixRD.domain(of: old.address, prefixLength: old.prefixLength) else {
                return nil
            }
            site = domain.site(of: source).address
            length = old.prefixLength
        }
        site.low |= 1
        return IPv6InterfaceAddress(
            index: interface.index, address: site, prefixLength: length, flags: .noDuplicateDetection,
            preferred: old?.preferred, valid: old?.valid)
    }
}
