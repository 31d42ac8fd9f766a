// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import Logging
import Netlink

extension StfInterface {
    /// Where a packet for the IPv4 Internet would go: the relays' address of RFC 3068, which nobody has here.
    static let outside = IPv4Address(bits: 0xC058_6301)

    /// With `auto`, takes the address that goes with the IPv4 address of the default route.
    ///
    /// Without such a route the old address stays: it is not wrong, only of no use.
    /// - Throws: what the kernel refused.
    func followDefaultRoute(on host: Host) throws(Refusal) {
        guard record.isAuto else { return }
        let end = record.sixRD.relays.first ?? StfInterface.outside
        guard let source = host.requests.source(to: end) else { return }
        let old = host.network.ipv6Addresses[device.index]?.first
        guard let new = address(for: source, instead: old), new.address != old?.address else { return }
        if SixToFour.prefix.contains(new.address),
            let rule = IPv4Rule.broken(by: source, permits: StfPermissions(host.variables.mib))
        {
            // Said once for each address, not at every event.
            if refusedSource != source { host.log.notice("\(name): auto: \(source) is \(rule.description)") }
            refusedSource = source
            return
        }
        refusedSource = nil
        // In this order the route to the prefix that both have stays, and those that need it.
        try host.requesting(name, "auto") { requests throws(NetlinkError) in
            try requests.set(new)
            if let old { try requests.remove(old) }
            _ = try host.read(device.index)
        }
        host.log.notice("\(name): inet6 \(new.address) prefixlen \(new.prefixLength) follows \(source)")
    }

    /// The first address of the site that `source` makes: of 6to4, or of the 6rd domain that the old address is in.
    private func address(for source: IPv4Address, instead old: IPv6InterfaceAddress?) -> IPv6InterfaceAddress? {
        var site = SixToFour.site(of: source).address
        var length = old.map { SixToFour.prefix.contains($0.address) ? $0.prefixLength : 16 } ?? 16
        if let old, !SixToFour.prefix.contains(old.address) {
            record.sixRD.address = source
            guard let domain = record.sixRD.domain(of: old.address, prefixLength: old.prefixLength) else {
                return nil
            }
            site = domain.site(of: source).address
            length = old.prefixLength
        }
        site.low |= 1
        return IPv6InterfaceAddress(
            index: device.index, address: site, prefixLength: length, flags: .noDuplicateDetection,
            preferred: old?.preferred, valid: old?.valid)
    }
}
