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
        let node = host.node.rules(host.variables, host.network)
        for (index, clone) in interfaces.sorted(by: { $0.key < $1.key }) {
            guard let link = host.network.links[index], case .stf(let interface) = clone else { continue }
            let rules = rules(for: interface, link: link, claimed: &claimed)
            do throws(SystemError) {
                try interface.publish(rules, mtu: link.mtu, node: node, routeGeneration: host.generation)
            } catch {
                host.log.error("\(link.name): \(error)")
            }
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
        rules.permits = StfPermissions(host.variables.mib)
        rules.checksPairing = host.variables.mib.isOn(.pairing)
        rules.checksLoops = host.variables.mib.isOn(.loopCheck)
        rules.timeToLive = UInt8(clamping: host.variables.mib[.ttl])
        rules.hopLimit = UInt8(clamping: host.variables.mib[.gifhlim])
        rules.broadcasts = host.network.broadcasts
        rules.nextHops = NextHopTable(
            host.network.unicastRoutes(out: link.index).sorted { $0.metric < $1.metric }.map {
                ($0.destination, $0.gateway)
            }
        )
        let addresses = record(of: .stf(interface))?.addresses ?? []
        rules.address = addresses.first?.address
        // As on BSD, the first address that this host has the IPv4 address of.
        for address in addresses {
            let domain = interface.sixRD.domain(of: address.address, prefixLength: address.prefixLength)
            guard let domain, let own = interface.sixRD.source(of: address.address, in: domain), host.network.has(own),
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
}
