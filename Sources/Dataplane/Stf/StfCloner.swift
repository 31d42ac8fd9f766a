// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import KernelPrograms
import Netlink
import SystemIO

/// Makes stf interfaces, and sees to it that no two of them would accept the same packet.
final class StfCloner: Cloner {
    static let kind = InterfaceKind.stf
    static let noun = "an stf interface"
    private let kernel: StfKernel

    /// - Parameter pins: where the programs inside the kernel can be that outlive this process; nil: they do not.
    init(pins: Pins? = nil) {
        kernel = StfKernel(pins: pins)
    }

    func make(_ name: String, on host: Host) throws(Refusal) -> StfInterface {
        let index = kernel.remains.first { host.network.links[$0]?.name == name }
        let device =
            if let index { try Device<Tun>(resuming: name, index, on: host) } else {
                try Device<Tun>(name, StfRecord(), on: host)
            }
        do throws(SystemError) {
            return try StfInterface(name, device, try StfSockets(), routes: try routes(), on: host)
        } catch {
            throw Refusal(name, "create", BSDErrno(error.errno), error.call)
        }
    }

    private func routes() throws(SystemError) -> sending KernelRoutes {
        do throws(NetlinkError) {
            return try KernelRoutes()
        } catch {
            throw SystemError(object: "rtnetlink", error.errno)
        }
    }

    func adopt(
        _ name: String, _ legacy: InterfaceLegacy, from estate: Estate, on host: Host
    ) throws(Refusal) -> StfInterface {
        let device = try Device<Tun>(name, legacy, from: estate, on: host)
        let interface: StfInterface
        do throws(SystemError) {
            interface = try StfInterface(
                name, device, try StfSockets(adopting: name, from: estate), routes: try routes(),
                StfCounters(legacy.counters), on: host)
        } catch {
            throw Refusal(name, nil, BSDErrno(error.errno), error.call)
        }
        try interface.configure(try legacy.part(of: .stf), on: host)
        return interface
    }

    /// They share nothing.
    func leave(to estate: Estate) throws(SystemError) {}

    func stop() {}

    func release(_ interface: StfInterface, on host: Host) { kernel.release(interface) }

    func remains(on host: Host) -> [String] { kernel.remains.compactMap { host.network.links[$0]?.name } }

    func settle() { kernel.settle() }

    /// Works out anew what decides over packets, and publishes it to the interfaces' threads.
    func follow(_ interfaces: [StfInterface], on host: Host) -> [Refusal] {
        var claimed: Set<Claim> = []
        var refusals: [Refusal] = []
        let node = host.node.rules(host.variables, host.network)
        for interface in interfaces {
            guard let link = host.network.links[interface.device.index] else { continue }
            refusals += interface.followKeptRoutes(isUp: link.flags.contains(.up), host)
            let rules = rules(for: interface, link: link, claimed: &claimed, on: host)
            do throws(SystemError) {
                try interface.publish(rules, mtu: link.mtu, node: node, routeGeneration: host.generation)
            } catch {
                refusals.append(Refusal(interface.name, "tunnel", BSDErrno(error.errno), error.call))
            }
            do throws(Refusal) {
                try interface.followDefaultRoute(on: host)
            } catch {
                refusals.append(error)
            }
        }
        return refusals + kernel.follow(interfaces, on: host)
    }

    /// What two interfaces must not share: both would accept each packet.
    private struct Claim: Hashable {
        let own: IPv4Address
        let domain: TunnelDomain
    }

    /// All border relays are believed, and those that routes name. Packets go to the first that can be reached; the others
    /// are for when it cannot.
    private func setRelays(of rules: inout StfRules, _ record: StfRecord, on host: Host) {
        let named = rules.nextHops.gateways.compactMap(\.compatible)
        let relays = record.sixRD.relays.isEmpty ? named : record.sixRD.relays
        let reached = relays.count > 1 ? relays.first { host.requests.interface(to: $0) != nil } : nil
        rules.relay = reached ?? relays.first
        rules.otherRelays = Set(relays + named).subtracting([rules.relay].compactMap(\.self))
    }

    /// - Parameter claimed: what interfaces before this one have taken.
    private func rules(
        for interface: StfInterface, link: Link, claimed: inout Set<Claim>, on host: Host
    ) -> StfRules {
        let record = interface.record
        let mib = host.variables.mib
        var rules = StfRules()
        rules.index = link.index
        rules.isUp = link.flags.contains(.up)
        rules.link0 = record.linkFlags.link0
        rules.link1 = record.linkFlags.link1
        rules.link2 = record.linkFlags.link2
        rules.takesShortcut = record.takesShortcut
        rules.isAsking = record.isAsking
        rules.permits = StfPermissions(mib)
        rules.checksPairing = mib.isOn(.pairing)
        rules.checksLoops = mib.isOn(.loopCheck)
        rules.timeToLive = UInt8(clamping: mib[.ttl])
        rules.hopLimit = UInt8(clamping: mib[.gifhlim])
        rules.broadcasts = host.network.broadcasts
        interface.followRoutes(on: host)
        rules.nextHops = interface.nextHops
        // Nobody else is on this link, whatever link-local address somebody gave it.
        var addresses = interface.record(on: host).addresses.filter { !$0.address.isLinkLocal }
        // The kernel has the latest first: what ip(8) adds does not take the place of the one that is in use.
        if let place = addresses.firstIndex(where: { $0.address == interface.rules.address }) {
            addresses.swapAt(0, place)
        }
        rules.address = addresses.first?.address
        // As on BSD, the first address that this host has the IPv4 address of.
        for address in addresses {
            let domain = record.sixRD.domain(of: address.address, prefixLength: address.prefixLength)
            guard let domain, let own = record.sixRD.source(of: address.address, in: domain), host.network.has(own),
                claimed.insert(Claim(own: own, domain: domain)).inserted
            else { continue }
            rules.own = own
            rules.domain = domain
            if domain != SixToFour.domain {
                setRelays(of: &rules, record, on: host)
                rules.permits = .ofProvider
            }
            rules.address = address.address
            rules.prefix = IPv6Prefix(address.address, length: address.prefixLength)
            break
        }
        return rules
    }
}
