// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
public import SystemIO
import SystemPackage

/// Enforces the node variables of net.inet6.ip6 on every IPv6 packet that enters or leaves a network namespace.
///
///     let filter = try NodeFilter()                     // nothing is enforced yet
///     try filter.set(addresses: kernel.addresses)       // and again whenever they change
///     try filter.configure(NodeLimits())                // and again whenever a variable is written
///     try poller.watch(filter.pollable, for: .input)    // then, when it is readable:
///     for event in try filter.events() { log(event) }
///
/// It is three programs at netfilter's hooks, `bpf/node.bpf.c`, in the namespace of the thread that makes it. What they
/// do ends with this object, and so with the process at the latest: nothing is pinned. What was left to a successor goes on
/// there, with the fragments that wait.
public final class NodeFilter {
    /// Maps that were left in another shape, by another version: what they held is to be set again.
    public var begunAnew: [String] { object.begunAnew.sorted() }

    private let object: KernelObject
    private let links: Links
    private let limits: KernelMap<UInt32, Int32>
    private let addresses: KernelMap<node_address_key, UInt32>
    private let counts: KernelMap<UInt32, UInt64>
    private let state: KernelMap<UInt32, node_state>
    private let ring: EventRing
    private var known: [NodeAddressKey: UInt32] = [:]
    /// Addresses that the programs may know of.
    public var limit = Int(NODE_ADDRESSES_MAX)

    private struct Links: ~Copyable {
        let preRouting: KernelLink
        let localIn: KernelLink
        let localOut: KernelLink
    }

    /// Loads and attaches the programs. Requires Linux 6.4, CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, which lets a program
    /// read the kernel's structures.
    /// - Parameter estate: where one may have left what this goes on with: limits, addresses and counters.
    public init(from estate: Estate? = nil, as prefix: String = "") throws(KernelProgramError) {
        let heritage = estate.map { KernelHeritage(estate: $0, prefix: prefix) }
        let object = try KernelObject(loading: nodeObject, needing: .netfilter) { heritage?.take($0) }
        self.object = object
        limits = try object.map(NODE_LIMITS_MAP, UInt32.self, Int32.self)
        addresses = try object.map(NODE_ADDRESSES_MAP, node_address_key.self, UInt32.self)
        counts = try object.map(NODE_COUNTERS_MAP, UInt32.self, UInt64.self)
        state = try object.map(NODE_STATE_MAP, UInt32.self, node_state.self)
        ring = try EventRing(map: try object.mapNumber(NODE_EVENTS_MAP))
        // Fragments that wait are found by it.
        if !object.inherited.contains(NODE_STATE_MAP) {
            var start = node_state()
            start.seed = (.random(in: 0 ... .max), .random(in: 0 ... .max))
            try state.set(0, to: start)
        }
        links = Links(
            // Before the kernel reassembles there for connection tracking, at -400.
            preRouting: try object.attach(
                NODE_PRE_ROUTING_PROGRAM, to: CKERNEL_PRE_ROUTING, priority: -401, replacing: heritage),
            // Behind all filters, as in BSD: what these drop does not come to the IPv6 layer.
            localIn: try object.attach(
                NODE_LOCAL_IN_PROGRAM, to: CKERNEL_LOCAL_IN, priority: .max - 1, replacing: heritage),
            localOut: try object.attach(
                NODE_LOCAL_OUT_PROGRAM, to: CKERNEL_LOCAL_OUT, priority: -401, replacing: heritage))
        for key in try addresses.keys(from: node_address_key()) {
            known[NodeAddressKey(key)] = try addresses.value(of: key, or: 0)
        }
    }

    /// The kernel's number of the program that sees forwarded packets as well.
    public var preRoutingIdentifier: UInt32? { try? object.identifier(of: NODE_PRE_ROUTING_PROGRAM) }

    /// Leaves limits, addresses and counters. All stays in force here until this goes or a successor is made, whichever is
    /// first; after that nothing should be set here any more.
    public func leave(to estate: Estate, as prefix: String) throws(SystemError) {
        let heritage = KernelHeritage(estate: estate, prefix: prefix)
        try object.leaveMaps(to: heritage)
        try links.preRouting.leave(to: heritage, as: NODE_PRE_ROUTING_PROGRAM)
        try links.localIn.leave(to: heritage, as: NODE_LOCAL_IN_PROGRAM)
        try links.localOut.leave(to: heritage, as: NODE_LOCAL_OUT_PROGRAM)
    }

    /// Puts all limits into force at once. Those of fragments hold for the next fragment, not for what waits already.
    public func configure(_ limits: NodeLimits) throws(KernelProgramError) {
        try self.limits.replace(with: limits.record)
    }

    /// Says which addresses this node has, of all its interfaces; tentative ones are not its own yet.
    ///
    /// Those of before that are not among them are taken away, after the new ones have come if there is room for both.
    /// - Throws: E2BIG above `limit` addresses; then some are missing.
    public func set(addresses: some Sequence<NodeAddress>) throws(KernelProgramError) {
        var wanted: [NodeAddressKey: UInt32] = [:]
        // The same address may be on two interfaces; it is deprecated if it is nowhere preferred.
        for address in addresses { wanted[NodeAddressKey(address), default: address.flags] &= address.flags }
        let stale = known.keys.filter { wanted[$0] == nil }
        if wanted.count + stale.count > limit { try forget(stale) }
        for (key, flags) in wanted where known[key] != flags {
            guard known[key] != nil || known.count < limit else {
                throw .failed(SystemError("BPF_MAP_UPDATE_ELEM", .argListTooLong))
            }
            try self.addresses.set(key.record, to: flags)
            known[key] = flags
        }
        try forget(stale)
    }

    private func forget(_ keys: [NodeAddressKey]) throws(KernelProgramError) {
        for key in keys where known[key] != nil {
            try addresses.remove(key.record)
            known[key] = nil
        }
    }

    /// How many packets died of each reason, since this object was made.
    public func counters() throws(KernelProgramError) -> ReasonCounts<NodeReason> {
        var counters = ReasonCounts<NodeReason>()
        for reason in NodeReason.all {
            counters[reason] = try counts.values(of: reason.number, empty: 0).reduce(0, &+)
        }
        return counters
    }

    /// What waits for reassembly now: BSD's `frag6_nfrags` and `frag6_nfragpackets`.
    public func fragments() throws(KernelProgramError) -> (fragments: UInt64, packets: UInt64) {
        let now = try state.value(of: 0, or: node_state()) ?? node_state()
        return (now.fragments, now.queues)
    }

    var linkNumbers: [Int32] { [links.preRouting.number, links.localIn.number, links.localOut.number] }

    /// Readable when there are events. Lives as long as this object.
    public var pollable: PollDescriptor { PollDescriptor(watching: ring.number) }

    /// Takes the events that have come since the last time.
    public func events() throws(KernelProgramError) -> [CannotForward] {
        try ring.take().compactMap { CannotForward($0) }
    }
}
