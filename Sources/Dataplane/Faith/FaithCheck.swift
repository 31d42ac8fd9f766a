// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import KernelPrograms
import Netlink
import Relay

extension FaithInterface {
    /// Why it would or would not relay anything.
    func check(on host: Host) -> [Finding] {
        guard let link = host.network.links[device.index] else { return [] }
        var findings = device.check(name, on: host)
        if !host.variables.mib.isOn(.keepfaith) {
            findings.append(Finding(.problem, "net.inet6.ip6.keepfaith is 0: nothing is captured"))
        }
        if record.isDraining { findings.append(Finding(.problem, "it drains: nothing new is accepted")) }
        if record.services.isEmpty { findings.append(Finding(.problem, "no service is relayed")) }
        findings += checkRoutes(link, host)
        if host.network.ipv4Addresses.allSatisfy({ $0.address.bits >> 24 == 127 }) {
            findings.append(Finding(.problem, "this host has no IPv4 address to connect from"))
        }
        return findings + checkAccess() + checkCounters()
    }

    /// Each route out of the interface is captured, or there is something in its way.
    private func checkRoutes(_ link: Link, _ host: Host) -> [Finding] {
        let routes = host.network.unicastRoutes(out: link.index).filter {
            !FaithRoutes.isNeverCaptured($0.destination)
        }
        var findings =
            routes.isEmpty && link.flags.contains(.up)
            ? [Finding(.problem, "nothing is routed to it: it has no prefix")] : []
        for route in routes where record.mapping(of: route.destination) == nil {
            findings.append(
                Finding(.problem, "the route to \(route.destination) has no place for IPv4 addresses: see last32"))
        }
        for (prefix, objection) in objections.sorted(by: { $0.key.description < $1.key.description }) {
            findings.append(Finding(.problem, "the route to \(prefix) is not captured: \(objection.text)"))
        }
        let announced = Set(routes.map(\.destination))
        if link.flags.contains(.up), !record.isDraining {
            for prefix in record.prefixes where !announced.contains(prefix) {
                findings.append(
                    Finding(.problem, "somebody removed the route to \(prefix): faithctl \(name) down, then up"))
            }
        }
        for route in routes where route.metric <= FaithRoutes.metric {
            findings.append(
                Finding(.problem, "the route to \(route.destination) has metric \(route.metric): nothing precedes it"))
        }
        return findings
    }

    private func checkAccess() -> [Finding] {
        if record.rules.isEmpty {
            return [Finding(.note, "without rules, every client may reach every public server")]
        }
        return record.rules.contains { $0.action == .permit }
            ? [] : [Finding(.problem, "no rule permits anything")]
    }

    private func checkCounters() -> [Finding] {
        var findings: [Finding] = []
        if let reason = programs.silence {
            findings.append(Finding(.note, "captured prefixes answer ping: \(reason)"))
        }
        let counters = relay.counters
        if counters.pauses > 0 {
            findings.append(Finding(.note, "clients had to wait for descriptors \(counters.pauses) times"))
        }
        if counters.accepted > 0, counters.connected == 0 {
            findings.append(
                Finding(.note, "of \(counters.accepted) clients none was connected: faithctl -v says why"))
        }
        return findings
    }
}
