// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Logging
import Netlink
import SystemIO

extension Dataplane {
    /// Works out anew what decides over packets, and publishes it to the interfaces' threads.
    func followRules() {
        var claimed: Set<Claim> = []
        let node = nodeRules
        for (index, clone) in interfaces.sorted(by: { $0.key < $1.key }) {
            guard let link = network.links[index], case .stf(let interface) = clone else { continue }
            let rules = rules(for: interface, link: link, claimed: &claimed)
            do throws(SystemError) {
                try interface.publish(rules, mtu: link.mtu, node: node)
            } catch {
                log.error("\(link.name): \(error)")
            }
            followAnycast(interface, link: link)
            if interface.isAuto { followDefaultRoute(interface, link: link) }
        }
        followFaith()
    }

    /// What two interfaces must not share: both would accept each packet.
    private struct Claim: Hashable {
        let own: IPv4Address
        let domain: TunnelDomain
    }

    /// - Parameter claimed: what interfaces before this one have taken.
    private func rules(
        for interface: StfInterface, link: Link, claimed: inout Set<Claim>
    ) -> StfRules {
        var rules = StfRules()
        rules.index = link.index
        rules.isUp = link.flags.contains(.up)
        rules.link0 = interface.linkFlags.link0
        rules.link1 = interface.linkFlags.link1
        rules.link2 = interface.linkFlags.link2
        rules.permits = StfPermissions(mib)
        rules.checksPairing = mib.isOn(.pairing)
        rules.checksLoops = mib.isOn(.loopCheck)
        rules.timeToLive = UInt8(clamping: mib[.ttl])
        rules.hopLimit = UInt8(clamping: mib[.gifhlim])
        rules.broadcasts = network.broadcasts
        rules.nextHops = NextHopTable(
            network.unicastRoutes(out: link.index).sorted { $0.metric < $1.metric }.map { ($0.destination, $0.gateway) }
        )
        let addresses = record(of: .stf(interface))?.addresses ?? []
        rules.address = addresses.first?.address
        // As on BSD, the first address that this host has the IPv4 address of.
        for address in addresses {
            let domain = interface.sixRD.domain(of: address.address, prefixLength: address.prefixLength)
            guard let domain, let own = interface.sixRD.source(of: address.address, in: domain), network.has(own),
                !claimed.contains(Claim(own: own, domain: domain))
            else { continue }
            claimed.insert(Claim(own: own, domain: domain))
            rules.own = own
            rules.domain = domain
            if domain != SixToFour.domain {
                rules.relay = interface.sixRD.relay
                rules.permits = .ofProvider
            }
            rules.address = address.address
            rules.prefix = IPv6Prefix(address.address, length: address.prefixLength)
            break
        }
        return rules
    }

    /// The route of an anycast address is ours to keep: the kernel drops it when the interface goes down.
    private func followAnycast(_ interface: StfInterface, link: Link) {
        guard let route = interface.anycast?.route(out: link.index), link.flags.contains(.up),
            !network.unicastRoutes(out: link.index).contains(where: { $0.destination == route.destination })
        else { return }
        do throws(NetlinkError) {
            try requests.add(route)
        } catch {
            log.error("\(link.name): route to \(route.destination): \(error.errno)")
        }
    }
}
