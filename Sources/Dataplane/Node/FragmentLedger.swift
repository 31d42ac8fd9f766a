// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms

/// Which fragments wait for others of their packet, as far as they came by one interface: what BSD's frag6_input() limits,
/// in its order. The kernel reassembles; this only counts what it holds.
struct FragmentLedger {
    private struct Key: Hashable {
        let source: IPv6Address
        let destination: IPv6Address
        let identification: UInt32
    }

    private struct Queue {
        var fragments = 0
        var received = 0
        var length: Int?
        let deadline: ContinuousClock.Instant
        var isRefused = false
    }

    /// Whatever the limits say, there is an end: somebody may send first fragments for ever.
    private static let capacity = 32_768

    private var queues: [Key: Queue] = [:]
    private var fragments = 0
    private var nextSweep: ContinuousClock.Instant?

    /// Nil: it may go on to the kernel.
    mutating func add(
        _ fragment: HeaderChain.Fragment, of header: IPv6Header, _ limits: NodeLimits, at now: ContinuousClock.Instant
    ) -> NodeReason? {
        sweep(now, limits)
        if limits.maxfrags >= 0, fragments >= limits.maxfrags { return .maxfrags }
        let key = Key(
            source: header.source, destination: header.destination, identification: fragment.identification)
        if queues[key] == nil {
            if limits.maxfragpackets >= 0, queues.count >= limits.maxfragpackets { return .maxfragpackets }
            guard queues.count < FragmentLedger.capacity else { return .fragmentTableFull }
        }
        var queue = queues[key] ?? Queue(deadline: now + limits.fragmentLifetime)
        guard !queue.isRefused else { return .maxfragsperpacket }
        queue.received += fragment.range.count
        if fragment.isLast { queue.length = fragment.range.upperBound }
        if let length = queue.length, queue.received >= length {
            fragments -= queue.fragments
            queues[key] = nil
            return nil
        }
        guard queue.fragments < limits.maxfragsperpacket else {
            queue.isRefused = true
            queues[key] = queue
            return .maxfragsperpacket
        }
        queue.fragments += 1
        fragments += 1
        queues[key] = queue
        return nil
    }

    /// Forgets what has waited too long, at most twice a second.
    private mutating func sweep(_ now: ContinuousClock.Instant, _ limits: NodeLimits) {
        guard !queues.isEmpty, nextSweep ?? now <= now else { return }
        nextSweep = now + .milliseconds(500)
        for (key, queue) in queues where queue.deadline <= now {
            fragments -= queue.fragments
            queues[key] = nil
        }
    }
}
