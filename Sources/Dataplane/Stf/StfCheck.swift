// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import KernelPrograms
import Netlink
import SystemIO

extension StfInterface {
    func check(on host: Host) -> [Finding] {
        var findings = device.check(name, on: host)
        guard let link = host.network.links[device.index] else { return findings }
        // A link-local address is harmless, and of no use: nobody else is on this link.
        let addresses = record(on: host).addresses.filter { !$0.address.isLinkLocal }
        guard let address = addresses.first(where: { $0.address == rules.address }) ?? addresses.first else {
            return findings + [Finding(.problem, "it has no inet6 address")]
        }
        guard let domain = record.sixRD.domain(of: address.address, prefixLength: address.prefixLength),
            let source = record.sixRD.source(of: address.address, in: domain)
        else { return findings + [Finding(.problem, misfit(address))] }
        findings += checkSource(source, domain, host)
        findings += checkAddress(address, source, domain)
        findings += checkOthers(addresses.filter { $0.address != address.address }, source, domain)
        findings += checkPaths(link, domain, source, host)
        findings += checkForwarding(domain, domain.site(of: source), host)
        if record.linkFlags.link0 {
            findings.append(Finding(.note, "link0 closes the input: answers do not arrive"))
        }
        if record.engine != .user, programs == nil {
            let severity: Finding.Severity = record.engine == .kernel ? .problem : .note
            findings.append(
                Finding(severity, "threads carry the packets: \(obstacle ?? "the programs are not there yet")"))
        }
        if programs != nil {
            findings += StfUnderlays.others(on: host).map { link, why in
                Finding(.note, "what comes by \(link.name) goes through inet6d: \(why)")
            }
        }
        if programs != nil, record.takesShortcut {
            findings += notExpress.map { Finding(.problem, "\($0.value ?? "xdp"): \($0.detail ?? $0.errno.text)") }
        }
        if record.engine == .kernel, let programs, !programs.isLasting {
            findings.append(
                Finding(.note, "when inet6d is killed, packets are carried no more: it has no BPF file system (-b)"))
        }
        return findings + checkAsking() + checkCounters()
    }

    /// That prefix and stfv4net do not go together.
    private func misfit(_ address: AddressRecord) -> String {
        let sixRD = record.sixRD, length = address.prefixLength
        let text =
            "\(address.address)/\(length) and the \(sixRD.embeddedBits) bits of stfv4net \(sixRD.net) exceed 64: "
        guard length <= 64 else { return text + "delete it" }
        // At 32 no bits are common.
        guard length > 33 else { return text + "set stfv4net to a length of 1 to 31" }
        return text + "set stfv4net to a length of \(length - 32) to 31, or another prefixlen"
    }

    /// What is inside the address is what packets leave from, and somebody is within its prefix.
    private func checkAddress(_ address: AddressRecord, _ source: IPv4Address, _ domain: TunnelDomain) -> [Finding] {
        let text = "\(address.address)"
        if let embedded = domain.embedded(in: address.address), embedded != source {
            var right = domain.site(of: source).address
            right.low |= 1
            return [
                Finding(
                    .problem,
                    "\(text) embeds \(embedded), and packets leave from \(source): answers go elsewhere; "
                        + "delete it, and set inet6 \(right)/\(address.prefixLength)")
            ]
        }
        let site = SixToFour.prefix.length + 32
        guard domain == SixToFour.domain, address.prefixLength >= site else { return [] }
        return [
            Finding(
                .problem,
                "\(text) has prefixlen \(address.prefixLength), which leaves no peer from \(site) on: delete it, and set "
                    + "inet6 \(text)/16")
        ]
    }

    /// stf(4) has one address; ip(8) adds more. Those of our own site serve as well.
    private func checkOthers(
        _ others: [AddressRecord], _ source: IPv4Address, _ domain: TunnelDomain
    ) -> [Finding] {
        others.filter { domain.embedded(in: $0.address) != source }.map { other in
            Finding(
                .problem,
                "\(other.address) is not of the site of \(source): what is sent from it dies; "
                    + "ip addr del \(other.address)/\(other.prefixLength) dev \(name)")
        }
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
    private func checkPaths(
        _ link: Link, _ domain: TunnelDomain, _ source: IPv4Address, _ host: Host
    ) -> [Finding] {
        var findings: [Finding] = []
        var ends: [IPv4Address] = []
        if let relay = rules.relay { ends.append(relay) }
        ends += rules.otherRelays.sorted { $0.bits < $1.bits }
        for route in host.network.unicastRoutes(out: link.index)
        where !route.destination.address.isLinkLocal && route.destination != StfRoute.gateways {
            guard let gateway = route.gateway else {
                // The route of the address itself needs none, nor does one that a border relay serves.
                let isServed = domain.prefix.contains(route.destination.address) || rules.relay != nil
                if !isServed { findings.append(Finding(.problem, "the route to \(route.destination) has no gateway")) }
                continue
            }
            let peer =
                rules.prefix == nil ? gateway.compatible ?? domain.embedded(in: gateway) : rules.peer(of: gateway)
            guard let end = peer else {
                let text = "\(gateway), gateway of the route to \(route.destination), is not within the prefix"
                findings.append(Finding(.problem, text))
                continue
            }
            ends.append(end)
        }
        for end in Set(ends).sorted(by: { $0.bits < $1.bits }) { findings += checkPath(to: end, source, link, host) }
        // Any peer may be behind any of them.
        for device in StfUnderlays(of: [self], on: host).devices {
            findings += checkSize(link, by: device).filter { !findings.contains($0) }
        }
        return findings
    }

    private func checkSize(_ link: Link, by device: Link) -> [Finding] {
        let size = link.mtu + IPv4Header.minimumSize
        guard device.mtu < size else { return [] }
        let text = "IPv4 packets of up to \(size) bytes will be fragmented: \(device.name) takes \(device.mtu)"
        return [Finding(.note, text)]
    }

    private func checkPath(
        to end: IPv4Address, _ source: IPv4Address, _ link: Link, _ host: Host
    ) -> [Finding] {
        if end == source {
            return [Finding(.problem, "\(end), which packets would go to, is this host itself")]
        }
        if let rule = rules.broken(by: end) {
            return [Finding(.problem, "\(end), which packets would go to, is \(rule.description)")]
        }
        guard let index = host.requests.interface(to: end), let device = host.network.links[index] else {
            return [Finding(.problem, "there is no IPv4 route to \(end)")]
        }
        return checkSize(link, by: device)
    }

    /// A host need not forward, but a border relay must, and one with a network of the site behind it.
    private func checkForwarding(_ domain: TunnelDomain, _ site: IPv6Prefix, _ host: Host) -> [Finding] {
        guard kernelVariable("net/ipv6/conf/all/forwarding") == "0" else { return [] }
        if domain != SixToFour.domain, record.sixRD.relays.isEmpty {
            let text =
                "net.ipv6.conf.all.forwarding is 0: a border relay forwards; or else its address is wanted, stfv4br"
            return [Finding(.problem, text)]
        }
        let behind = host.network.ipv6Addresses.values.joined().first {
            site.contains($0.address) && $0.index != device.index
        }
        guard let behind, let link = host.network.links[behind.index] else { return [] }
        return [Finding(.problem, "net.ipv6.conf.all.forwarding is 0: hosts behind \(link.name) are cut off")]
    }

    /// Of what the firewall does, what it cannot do to packets that programs carry.
    private func checkAsking() -> [Finding] {
        guard programs != nil else { return [] }
        guard record.isAsking else {
            return [Finding(.note, "-ask: neither a firewall nor IPsec here acts on the IPv4 packets")]
        }
        guard let rules = try? FirewallSocket().packetwiseRules(), !rules.isEmpty else { return [] }
        return Dictionary(grouping: rules, by: \.table).sorted { $0.key < $1.key }.map { table, rules in
            let what = rules.map(\.what).sorted().joined(separator: ", ")
            return Finding(
                .note,
                "nft table \(table) sees one packet of a pair of addresses in 30 s or fewer: its \(what) misses the rest"
            )
        }
    }

    private func checkCounters() -> [Finding] {
        let counters = counters
        var findings: [Finding] = []
        if counters.drops[.outerProhibited] > 0 {
            findings.append(Finding(.note, "a firewall rule or a route here has prohibited protocol 41"))
        }
        let died = StfDrop.all.filter { $0.direction == .input && counters.drops[$0] > 0 }
        let most = died.max { counters.drops[$0] < counters.drops[$1] }
        if counters.input.packets == 0, let most {
            findings.append(
                Finding(
                    .problem,
                    "packets arrive and all die, \(counters.drops[most]) of them of \(most.name): \(most.description)"))
        } else if counters.output.packets > 0, counters.input.packets == 0 {
            findings.append(
                Finding(.note, "packets went out and none came in: does a firewall on the way pass protocol 41?"))
        }
        return findings
    }
}
