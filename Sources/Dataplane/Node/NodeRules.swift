// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import Synchronization

/// The node variables where the kernel has no programs for them: they act on what arrives and leaves by interfaces of
/// ours. The same reasons, in the same order, as `bpf/node.bpf.c` has them.
struct NodeRules: Equatable, Sendable {
    private let limits: NodeLimits
    /// This node's own addresses, and whether they are deprecated.
    private let addresses: [NodeAddressKey: Bool]

    private static let redirect: UInt8 = 137

    init(limits: NodeLimits, addresses: some Sequence<NodeAddress>) {
        self.limits = limits
        // The same address may be on two interfaces; it is deprecated if it is nowhere preferred.
        self.addresses = Dictionary(
            addresses.map { (NodeAddressKey($0), $0.isDeprecated) }, uniquingKeysWith: { $0 && $1 })
    }

    /// Nil: the packet may be delivered. Only what is for this node is held to anything.
    /// - Parameter packet: an IPv6 packet, of the length that it says.
    /// - Parameter interface: the kernel's index of the interface that it came by.
    func input(
        _ packet: borrowing RawSpan, on interface: UInt32, _ ledger: inout FragmentLedger,
        at now: ContinuousClock.Instant = .now
    ) -> NodeReason? {
        let header = IPv6Header(packet)
        let isGroup = header.destination.isMulticast
        let isDeprecated = self.isDeprecated(header.destination, interface)
        guard isGroup ? NodeRules.staysOnLink(header.destination) : isDeprecated != nil else { return nil }
        if limits.sourceAddressValidation, !isGroup, self.isDeprecated(header.source, interface) != nil {
            return .sourceIsOwn
        }
        let chain = HeaderChain(packet)
        if limits.hdrnestlimit > 0, chain.count > limits.hdrnestlimit { return .tooManyHeaders }
        // A fragment or a connection might hide behind.
        if chain.isEndless { return .endlessHeaders }
        if !limits.useDeprecated, isDeprecated == true, opensConnection(packet, chain) { return .deprecatedDestination }
        if chain.isNested { return .nestedFragment }
        guard let fragment = chain.fragment, fragment.isQueued else { return nil }
        return ledger.add(fragment, of: FragmentKey(fragment, of: header, on: interface), limits, at: now)
    }

    /// Nil: the packet may leave. What is forwarded has another source than ours, and is left alone.
    /// - Parameter interface: the kernel's index of the interface that it leaves by.
    func output(_ packet: borrowing RawSpan, by interface: UInt32) -> NodeReason? {
        guard packet.byteCount >= IPv6Header.size, packet.byte(at: 0) >> 4 == 6 else { return nil }
        guard let isDeprecated = isDeprecated(IPv6Header(packet).source, interface) else { return nil }
        let chain = HeaderChain(packet)
        if !limits.redirect, chain.proto == InternetProtocol.icmpv6, packet.byteCount > chain.offset,
            packet.byte(at: chain.offset) == NodeRules.redirect
        {
            return .redirect
        }
        if !limits.useDeprecated, isDeprecated, opensConnection(packet, chain) { return .deprecatedSource }
        return nil
    }

    /// Nil: the address is not this node's.
    private func isDeprecated(_ address: IPv6Address, _ interface: UInt32) -> Bool? {
        addresses[NodeAddressKey(address, interface: interface)]
    }

    /// A group of a scope that no router forwards (RFC 4291 §2.7); which others we are in only the kernel knows.
    private static func staysOnLink(_ group: IPv6Address) -> Bool {
        group.high >> 48 & 0xF <= 2
    }

    /// A SYN without ACK.
    private func opensConnection(_ packet: borrowing RawSpan, _ chain: HeaderChain) -> Bool {
        chain.proto == InternetProtocol.tcp && packet.byteCount >= chain.offset + 14
            && packet.byte(at: chain.offset + 13) & 0x12 == 0x02
    }
}

/// How many packets died of node variables here, not in the kernel.
final class NodeCounters: Sendable {
    private let drops = Mutex(ReasonCounts<NodeReason>())

    func count(_ reason: NodeReason, _ packets: UInt64 = 1) {
        drops.withLock { $0[reason] += packets }
    }

    subscript(_ reason: NodeReason) -> UInt64 {
        drops.withLock { $0[reason] }
    }
}
