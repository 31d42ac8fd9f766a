// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms

/// Which fragments wait for others of their packet, as far as they came by one interface: what BSD's frag6_input() limits,
/// in its order. The kernel reassembles; this only counts what it holds, with the rules by which it queues, completes and
/// discards: the twin of `bpf/fragments.h`.
struct FragmentLedger {
    private var buckets: [[FragmentQueue]] = Array(repeating: [], count: NodeLimits.buckets)
    private var fragments = 0
    private var packets = 0
    private var nextSweep: ContinuousClock.Instant?

    private static let sweepInterval = Duration.milliseconds(500)

    /// Fragments and incomplete packets that wait.
    var waiting: [UInt64] { [UInt64(fragments), UInt64(packets)] }

    /// Nil: it may go on to the kernel.
    mutating func add(
        _ fragment: HeaderChain.Fragment, of key: FragmentKey, _ limits: NodeLimits, at now: ContinuousClock.Instant
    ) -> NodeReason? {
        sweep(now, limits)
        if limits.maxfrags >= 0, fragments >= limits.maxfrags { return .maxfrags }
        // The hash is seeded anew in each process: whoever sends cannot choose the bucket.
        let bucket = Int(UInt(bitPattern: key.hashValue) % UInt(NodeLimits.buckets))
        release(in: bucket, dueBy: now)
        guard let place = buckets[bucket].firstIndex(where: { $0.key == key }) else {
            if let reason = refusal(of: bucket, limits) { return reason }
            packets += 1
            buckets[bucket].append(FragmentQueue(key: key, deadline: now + limits.fragmentLifetime))
            return add(fragment, at: buckets[bucket].count - 1, in: bucket, limits)
        }
        return add(fragment, at: place, in: bucket, limits)
    }

    private mutating func add(
        _ fragment: HeaderChain.Fragment, at place: Int, in bucket: Int, _ limits: NodeLimits
    ) -> NodeReason? {
        switch buckets[bucket][place].add(fragment, limit: limits.maxfragsperpacket) {
        case .waits: fragments += 1
        case .goes: break
        case .ends: release(place, in: bucket)
        case .dies(let reason): return reason
        case .diesAtOnce(let reason):
            release(place, in: bucket)
            return reason
        }
        return nil
    }

    /// May there be one more packet? In the order of BSD, where a bucket is only looked at while packets are limited.
    private func refusal(of bucket: Int, _ limits: NodeLimits) -> NodeReason? {
        let count = buckets[bucket].count
        if limits.maxfragpackets >= 0 {
            if count >= limits.maxfragbucketsize { return .maxfragbucketsize }
            if packets >= limits.maxfragpackets { return .maxfragpackets }
        }
        // Whatever the limits say, there is an end: somebody may send first fragments for ever.
        return count >= NodeLimits.bucketPlaces ? .fragmentTableFull : nil
    }

    private mutating func release(_ place: Int, in bucket: Int) {
        fragments -= buckets[bucket][place].fragments
        packets -= 1
        buckets[bucket].swapAt(place, buckets[bucket].count - 1)
        buckets[bucket].removeLast()
    }

    private mutating func release(in bucket: Int, dueBy now: ContinuousClock.Instant) {
        for place in buckets[bucket].indices.reversed() where buckets[bucket][place].deadline <= now {
            release(place, in: bucket)
        }
    }

    /// Forgets what has waited too long.
    private mutating func sweep(_ now: ContinuousClock.Instant, _ limits: NodeLimits) {
        guard packets > 0, nextSweep ?? now <= now else { return }
        nextSweep = now + min(FragmentLedger.sweepInterval, limits.fragmentLifetime / 4)
        for bucket in buckets.indices { release(in: bucket, dueBy: now) }
    }
}

/// What tells incomplete packets apart. The interface counts with destinations that are not unique without, as in the
/// kernel.
struct FragmentKey: Hashable {
    private let source: IPv6Address
    private let destination: IPv6Address
    private let identification: UInt32
    private let interface: UInt32

    init(_ fragment: HeaderChain.Fragment, of header: IPv6Header, on interface: UInt32) {
        source = header.source
        destination = header.destination
        identification = fragment.identification
        self.interface = destination.isLinkLocal || destination.isMulticast ? interface : 0
    }
}

/// One packet of which fragments have come.
private struct FragmentQueue {
    let key: FragmentKey
    let deadline: ContinuousClock.Instant
    private(set) var fragments = 0
    /// The highest end so far.
    private var length = 0
    private var received = 0
    private var hasLast = false
    /// Too many fragments: the kernel has some until their time is over, and gets no more.
    private var isRefused = false
    private var ranges: [Range<Int>] = []

    init(key: FragmentKey, deadline: ContinuousClock.Instant) {
        self.key = key
        self.deadline = deadline
    }

    enum Outcome {
        case waits
        /// It goes on, and nothing changes.
        case goes
        /// It goes on, and with it the whole packet: complete, or discarded by the kernel.
        case ends
        case dies(NodeReason)
        /// And there is nothing else of its packet.
        case diesAtOnce(NodeReason)
    }

    /// What ip6_frag_queue() would discard together with the packet ends here too: an end that moves, data beyond the end,
    /// nothing at all, an overlap (RFC 5722); an exact duplicate just goes.
    mutating func add(_ fragment: HeaderChain.Fragment, limit: Int32) -> Outcome {
        guard !isRefused else { return .dies(.maxfragsperpacket) }
        let range = fragment.range
        let contradicts =
            fragment.isLast
            ? range.upperBound < length || (hasLast && range.upperBound != length)
            : range.upperBound > length && hasLast
        guard !contradicts, !range.isEmpty else { return .ends }
        for known in ranges {
            if known.lowerBound <= range.lowerBound, range.upperBound <= known.upperBound { return .goes }
            if known.overlaps(range) { return .ends }
        }
        guard join(range) else { return .dies(.fragmentScattered) }
        hasLast = hasLast || fragment.isLast
        length = max(length, range.upperBound)
        received += range.count
        if hasLast, received == length { return .ends }
        // Compared as BSD does: a limit of 0 and those below let no incomplete packet be.
        guard fragments < limit else {
            isRefused = true
            return fragments > 0 ? .dies(.maxfragsperpacket) : .diesAtOnce(.maxfragsperpacket)
        }
        fragments += 1
        return .waits
    }

    /// Joins a new range with those next to it. False: there are too many.
    private mutating func join(_ range: Range<Int>) -> Bool {
        let before = ranges.firstIndex { $0.upperBound == range.lowerBound }
        let behind = ranges.firstIndex { range.upperBound == $0.lowerBound }
        switch (before, behind) {
        case (let before?, let behind?):
            ranges[before] = ranges[before].lowerBound..<ranges[behind].upperBound
            ranges.remove(at: behind)
        case (let before?, nil): ranges[before] = ranges[before].lowerBound..<range.upperBound
        case (nil, let behind?): ranges[behind] = range.lowerBound..<ranges[behind].upperBound
        case (nil, nil):
            guard ranges.count < NodeLimits.ranges else { return false }
            ranges.append(range)
        }
        return true
    }
}
