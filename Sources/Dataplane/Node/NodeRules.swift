// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import Synchronization

/// The node variables where the kernel has no programs for them: they act on what arrives and leaves by interfaces of
/// ours. The same reasons, in the same order, as `bpf/node.bpf.c` has them.
struct NodeRules: Equatable, Sendable {
    var limits = NodeLimits()
    /// This node's own addresses, and whether they are deprecated.
    var addresses: [IPv6Address: Bool] = [:]

    private static let redirect: UInt8 = 137

    /// Nil: the packet may be delivered. Only what is for this node is held to anything.
    /// - Parameter packet: an IPv6 packet, of the length that it says.
    func input(
        _ packet: borrowing RawSpan, _ ledger: inout FragmentLedger, at now: ContinuousClock.Instant = .now
    ) -> NodeReason? {
        let header = IPv6Header(packet)
        guard let isDeprecated = addresses[header.destination] else { return nil }
        if limits.sourceAddressValidation, addresses[header.source] != nil { return .sourceIsOwn }
        let chain = HeaderChain(packet)
        if limits.hdrnestlimit > 0, chain.count > limits.hdrnestlimit { return .tooManyHeaders }
        if !limits.useDeprecated, isDeprecated, opensConnection(packet, chain) { return .deprecatedDestination }
        return chain.fragment.flatMap { ledger.add($0, of: header, limits, at: now) }
    }

    /// Nil: the packet may leave. What is forwarded has another source than ours, and is left alone.
    func output(_ packet: borrowing RawSpan) -> NodeReason? {
        guard packet.byteCount >= IPv6Header.size, packet.byte(at: 0) >> 4 == 6 else { return nil }
        guard let isDeprecated = addresses[IPv6Header(packet).source] else { return nil }
        let chain = HeaderChain(packet)
        if !limits.redirect, chain.proto == InternetProtocol.icmpv6, packet.byteCount > chain.offset,
            packet.byte(at: chain.offset) == NodeRules.redirect
        {
            return .redirect
        }
        if !limits.useDeprecated, isDeprecated, opensConnection(packet, chain) { return .deprecatedSource }
        return nil
    }

    /// A SYN without ACK.
    private func opensConnection(_ packet: borrowing RawSpan, _ chain: HeaderChain) -> Bool {
        chain.proto == InternetProtocol.tcp && packet.byteCount >= chain.offset + 14
            && packet.byte(at: chain.offset + 13) & 0x12 == 0x02
    }
}

/// How many packets died of node variables here, not in the kernel.
final class NodeCounters: Sendable {
    private let drops = Mutex<[NodeReason: UInt64]>([:])

    func count(_ reason: NodeReason) {
        drops.withLock { $0[reason, default: 0] += 1 }
    }

    subscript(_ reason: NodeReason) -> UInt64 {
        drops.withLock { $0[reason] ?? 0 }
    }
}
