// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
public import KernelPrograms
import Logging
import Netlink
public import SystemIO

/// The node variables act on every packet of this network namespace, by programs inside the kernel; or on none, and why.
public enum NodeEnforcement {
    case filter(NodeFilter)
    case none(KernelProgramError)

    /// Loads the programs, into the network namespace that we are in.
    public init() {
        do throws(KernelProgramError) {
            self = .filter(try NodeFilter())
        } catch {
            self = .none(error)
        }
    }

    var filter: NodeFilter? {
        if case .filter(let filter) = self { filter } else { nil }
    }
}

extension Dataplane {
    /// Readable when a packet could not be forwarded and somebody should know; nil if that is not seen.
    public var unforwarded: PollDescriptor? { node.filter?.pollable }

    /// As BSD's ip6_forward() logs it: `cannot forward src fe80::1%ne0, dst 2001:db8::1, nxt 58, rcvif ne0, outif ne1`.
    public func logUnforwarded() {
        trying { filter throws(KernelProgramError) in
            for event in try filter.events() { log.notice("\(text(of: event))") }
        }
    }

    private func text(of event: CannotForward) -> String {
        let name = { (index: UInt32) in self.network.links[index]?.name }
        let scoped = { (address: IPv6Address) in
            let zone = address.isLinkLocal ? event.interface : 0
            return ScopedAddress(address, zone: zone).text(name: name)
        }
        let input = name(event.interface) ?? "?"
        let output = requests.interface(to: event.destination).flatMap(name) ?? "?"
        let others = event.unreported > 0 ? " (and \(event.unreported) others before)" : ""
        return "cannot forward src \(scoped(event.source)), dst \(scoped(event.destination)), nxt \(event.nextHeader), "
            + "rcvif \(input), outif \(output)\(others)"
    }

    /// Lets the programs act on the variables as they are now.
    func followNodeVariables() {
        trying { filter throws(KernelProgramError) in
            try filter.configure(nodeLimits)
        }
    }

    /// Tells the programs which addresses are this node's own.
    func followNodeAddresses() {
        trying { filter throws(KernelProgramError) in
            try filter.set(addresses: nodeAddresses)
        }
    }

    /// What packet threads enforce, where no program does.
    var nodeRules: NodeRules? {
        guard case .none = node else { return nil }
        return NodeRules(
            limits: nodeLimits,
            addresses: Dictionary(
                nodeAddresses.map { ($0.address, $0.isDeprecated) }, uniquingKeysWith: { $0 && $1 }))
    }

    /// This node's own addresses; a tentative one may yet turn out to be somebody else's.
    private var nodeAddresses: [NodeAddress] {
        network.ipv6Addresses.values.joined().filter { !$0.flags.contains(.tentative) }.map {
            NodeAddress($0.address, interface: $0.index, isDeprecated: $0.flags.contains(.deprecated))
        }
    }

    private var nodeLimits: NodeLimits {
        var limits = NodeLimits()
        limits.sourceAddressValidation = mib.isOn(.sourceAddressValidation)
        limits.hdrnestlimit = Int32(clamping: mib[.hdrnestlimit])
        limits.maxfrags = Int32(clamping: mib[.maxfrags])
        limits.maxfragpackets = Int32(clamping: mib[.maxfragpackets])
        limits.maxfragbucketsize = Int32(clamping: mib[.maxfragbucketsize])
        limits.maxfragsperpacket = Int32(clamping: mib[.maxfragsperpacket])
        let lifetime = MIBTransaction(mib, interfaces: []).value(of: MIBInstance(.fragmentLifetime))
        limits.fragmentLifetime = .milliseconds(lifetime ?? 60_000)
        limits.redirect = mib.isOn(.redirect)
        limits.useDeprecated = mib.isOn(.useDeprecated)
        limits.logInterval = .seconds(mib[.logInterval])
        limits.logCannotForward = mib.isOn(.logCannotForward) && mib[.logInterval] > 0
        return limits
    }

    /// How many packets died of each reason, in the kernel and here.
    var nodeDrops: [(reason: NodeReason, packets: UInt64)] {
        let kernels = (try? node.filter?.counters()) ?? [:]
        return NodeReason.all.map { ($0, nodeCounters[$0] + (kernels[$0] ?? 0)) }
    }

    /// The number of something that is counted for the node; 0 if nothing counts.
    func nodeCount(_ count: MIBDeclaration.NodeCount) -> UInt64 {
        guard let filter = node.filter else { return 0 }
        switch count {
        case .fragments: return (try? filter.fragments().fragments) ?? 0
        case .fragmentedPackets: return (try? filter.fragments().packets) ?? 0
        }
    }

    private func trying(_ body: (NodeFilter) throws(KernelProgramError) -> Void) {
        guard let filter = node.filter else { return }
        do throws(KernelProgramError) {
            try body(filter)
        } catch {
            log.error("node variables: \(error)")
        }
    }
}
