// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import KernelPrograms
import Netlink
import SystemIO

extension StfInterface {
    func check(on host: Host) -> [Finding] {
        guard let link = host.network.links[device.index] else { return [] }
        guard let address = record(on: host).addresses.first else {
            return [Finding(.problem, "it has no inet6 address")]
        }
        guard let domain = record.sixRD.domain(of: address.address, prefixLength: address.prefixLength),
            let source = record.sixRD.source(of: address.address, in: domain)
        else { return [Finding(.problem, "\(address.address) gives no IPv4 address")] }
        var findings = checkSource(source, domain, host)
        findings += checkPaths(link, domain, host)
        findings += checkForwarding(domain.site(of: source), host)
        if record.linkFlags.link0 {
            findings.append(Finding(.note, "link0 closes the input: answers do not arrive"))
        }
        return findings + checkCounters()
    }

    private func checkSource(_ source: IPv4Address, _ domain: TunnelDomain, _ host: Host) -> [Finding] {
        if domain == SixToFour.domain, let rule = IPv4Rule.broken(by: source, permits: StfPermissions()) {
            let isPermitted = IPv4Rule.broken(by: source, permits: StfPermissions(host.variables.mib)) == nil
            let text = "\(source) is \(rule.description): nobody outside can answer"
            return [Finding(isPermitted ? .note : .problem, text)] + checkPresence(source, host)
        }
        return checkPresence(source, host)
    }

    private func checkPresence(_ source: IPv4Address, _ host: Host) -> [Finding] {
        guard host.network.has(source) else { return [Finding(.problem, "this host does not have \(source)")] }
        guard rules.own == source || !rules.isUp else {
            return [Finding(.problem, "another interface receives the packets for \(source)")]
        }
        return []
    }

    /// Where the packets of the interface's routes would go: to gateways, and to the border relay.
    private func checkPaths(_ link: Link, _ domain: TunnelDomain, _ host: Host) -> [Finding] {
        var findings: [Finding] = []
        var ends: [IPv4Address] = []
        if let relay = rules.relay { ends.append(relay) }
        for route in host.network.routes[link.index] ?? [] {
            guard let gateway = route.gateway else {
                // The route of the address itself needs none, nor does one that a border relay serves.
                let isServed = domain.prefix.contains(route.destination.address) || rules.relay != nil
                if !isServed { findings.append(Finding(.problem, "the route to \(route.destination) has no gateway")) }
                continue
            }
            guard rules.prefix?.contains(gateway) ?? true, let end = domain.embedded(in: gateway) else {
                let text = "\(gateway), gateway of the route to \(route.destination), is not within the prefix"
                findings.append(Finding(.problem, text))
                continue
            }
            ends.append(end)
        }
        for end in ends { findings += checkPath(to: end, link, host) }
        return findings
    }

    private func checkPath(to end: IPv4Address, _ link: Link, _ host: Host) -> [Finding] {
        guard let index = host.requests.interface(to: end), let device = host.network.links[index] else {
            return [Finding(.problem, "there is no IPv4 route to \(end)")]
        }
        let size = link.mtu + IPv4Header.minimumSize
        guard device.mtu < size else { return [] }
        let text = "IPv4 packets of up to \(size) bytes will be fragmented: \(device.name) takes \(device.mtu)"
        return [Finding(.note, text)]
    }

    /// A host need not forward, but one with a network of the site behind it must.
    private func checkForwarding(_ site: IPv6Prefix, _ host: Host) -> [Finding] {
        guard kernelVariable("net/ipv6/conf/all/forwarding") == "0" else { return [] }
        let behind = host.network.ipv6Addresses.values.joined().first {
            site.contains($0.address) && $0.index != device.index
        }
        guard let behind, let link = host.network.links[behind.index] else { return [] }
        return [Finding(.problem, "net.ipv6.conf.all.forwarding is 0: hosts behind \(link.name) are cut off")]
    }

    private func checkCounters() -> [Finding] {
        let counters = counters
        var findings: [Finding] = []
        if counters.drops[.outerProhibited] > 0 {
            findings.append(Finding(.note, "a firewall rule here has prohibited protocol 41"))
        }
        if counters.output.packets > 0, counters.input.packets == 0 {
            findings.append(
                Finding(.note, "packets went out and none came in: does a firewall on the way pass protocol 41?"))
        }
        return findings
    }
}
