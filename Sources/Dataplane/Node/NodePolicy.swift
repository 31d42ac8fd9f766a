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
    /// - Parameter estate: in which another process may have left its own; these take their places.
    public init(from estate: Estate? = nil) {
        do throws(KernelProgramError) {
            self = .filter(try NodeFilter(from: estate, as: NodePolicy.name))
        } catch {
            self = .none(error)
        }
    }
}

/// Has the node variables obeyed: by programs inside the kernel or, where there are none, by the threads of our
/// interfaces.
final class NodePolicy {
    let enforcement: NodeEnforcement
    /// Of packets that died here, not in the kernel.
    let counters = NodeCounters()
    /// What the programs could not be told, and so do not act on.
    private var limitTrouble: KernelProgramError?
    private var addressTrouble: KernelProgramError?
    private let log: Logger

    init(_ enforcement: NodeEnforcement, log: Logger) {
        self.enforcement = enforcement
        self.log = log
        if case .none(let error) = enforcement {
            log.warning("node variables act on our interfaces only: \(error)")
        }
    }

    // MARK: restart

    /// In an estate.
    static let name = "node"

    func leave(to estate: Estate) throws(SystemError) {
        try filter?.leave(to: estate, as: NodePolicy.name)
        let counted = NodeReason.all.filter { counters[$0] > 0 }.map { ($0.name, counters[$0]) }
        try estate.put(Dictionary(counted) { $1 }, as: NodePolicy.name)
    }

    func adopt(from estate: Estate) throws(SystemError) {
        let counted = try estate.get(NodePolicy.name, as: [String: UInt64].self) ?? [:]
        for (name, count) in counted {
            if let reason = NodeReason(name) { counters.count(reason, count) }
        }
    }

    // MARK: what follows from variables and addresses

    /// Lets the programs act on the variables as they are now.
    func follow(_ variables: Variables) {
        tell(&limitTrouble) { filter throws(KernelProgramError) in
            try filter.configure(NodeLimits(variables.mib))
        }
    }

    /// Tells the programs which addresses are this node's own.
    func follow(_ network: KernelNetwork) {
        tell(&addressTrouble) { filter throws(KernelProgramError) in
            try filter.set(addresses: network.nodeAddresses)
        }
    }

    /// What packet threads enforce, where no program does.
    func rules(_ variables: Variables, _ network: KernelNetwork) -> NodeRules? {
        guard case .none = enforcement else { return nil }
        return NodeRules(limits: NodeLimits(variables.mib), addresses: network.nodeAddresses)
    }

    // MARK: what is counted

    /// How many packets died of each reason, in the kernel and here.
    var drops: [(reason: NodeReason, packets: UInt64)] {
        let kernels = (try? filter?.counters()) ?? ReasonCounts()
        return NodeReason.all.map { ($0, counters[$0] + kernels[$0]) }
    }

    /// The number of something that is counted for the node; 0 if nothing counts.
    func count(_ count: MIBDeclaration.NodeCount) -> UInt64 {
        guard let filter else { return 0 }
        switch count {
        case .fragments: return (try? filter.fragments().fragments) ?? 0
        case .fragmentedPackets: return (try? filter.fragments().packets) ?? 0
        }
    }

    // MARK: packets that could not be forwarded

    /// Readable when a packet could not be forwarded and somebody should know; nil if that is not seen.
    var unforwarded: PollDescriptor? { filter?.pollable }

    /// As BSD's ip6_forward() logs it: `cannot forward src fe80::1%ne0, dst 2001:db8::1, nxt 58, rcvif ne0, outif ne1`.
    func logUnforwarded(_ host: Host) {
        trying { filter throws(KernelProgramError) in
            for event in try filter.events() { log.notice("\(text(of: event, host))") }
        }
    }

    private func text(of event: CannotForward, _ host: Host) -> String {
        let name = { (index: UInt32) in host.network.links[index]?.name }
        let scoped = { (address: IPv6Address) in
            let zone = address.isLinkLocal ? event.interface : 0
            return ScopedAddress(address, zone: zone).text(name: name)
        }
        let input = name(event.interface) ?? "?"
        let output = host.requests.interface(to: event.destination).flatMap(name) ?? "?"
        let others = event.unreported > 0 ? " (and \(event.unreported) others before)" : ""
        return "cannot forward src \(scoped(event.source)), dst \(scoped(event.destination)), nxt \(event.nextHeader), "
            + "rcvif \(input), outif \(output)\(others)"
    }

    /// The kernel's number of our program that sees forwarded packets, about which it has no say.
    var passedFilter: UInt32? { filter?.preRoutingIdentifier }

    private var filter: NodeFilter? {
        if case .filter(let filter) = enforcement { filter } else { nil }
    }

    /// What the programs do not act on though somebody might think so; nil: nothing.
    var trouble: String? {
        if let limitTrouble { return "as they were before: \(limitTrouble)" }
        return addressTrouble.map { "not for all addresses: \($0)" }
    }

    /// What goes wrong is logged once.
    private func tell(
        _ trouble: inout KernelProgramError?, _ body: (NodeFilter) throws(KernelProgramError) -> Void
    ) {
        guard let filter else { return }
        do throws(KernelProgramError) {
            try body(filter)
            trouble = nil
        } catch {
            if trouble != error { log.error("node variables: \(error)") }
            trouble = error
        }
    }

    private func trying(_ body: (NodeFilter) throws(KernelProgramError) -> Void) {
        guard let filter else { return }
        do throws(KernelProgramError) {
            try body(filter)
        } catch {
            log.error("node variables: \(error)")
        }
    }
}

extension KernelNetwork {
    /// This node's own addresses; a tentative one may yet turn out to be somebody else's.
    fileprivate var nodeAddresses: [NodeAddress] {
        ipv6Addresses.values.joined().filter { !$0.flags.contains(.tentative) }.map {
            NodeAddress($0.address, interface: $0.index, isDeprecated: $0.flags.contains(.deprecated))
        }
    }
}

extension NodeLimits {
    fileprivate init(_ mib: MIB) {
        self.init()
        sourceAddressValidation = mib.isOn(.sourceAddressValidation)
        hdrnestlimit = Int32(clamping: mib[.hdrnestlimit])
        maxfrags = Int32(clamping: mib[.maxfrags])
        maxfragpackets = Int32(clamping: mib[.maxfragpackets])
        maxfragbucketsize = Int32(clamping: mib[.maxfragbucketsize])
        maxfragsperpacket = Int32(clamping: mib[.maxfragsperpacket])
        let lifetime = MIBTransaction(mib, interfaces: []).value(of: MIBInstance(.fragmentLifetime))
        fragmentLifetime = .milliseconds(lifetime ?? 60_000)
        redirect = mib.isOn(.redirect)
        useDeprecated = mib.isOn(.useDeprecated)
        logInterval = .seconds(mib[.logInterval])
        logCannotForward = mib.isOn(.logCannotForward) && mib[.logInterval] > 0
    }
}
