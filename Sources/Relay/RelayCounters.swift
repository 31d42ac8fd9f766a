// SPDX-License-Identifier: BSD-2-Clause
public import Faith
internal import Synchronization

/// What a relay did, counted since its start, or that of the first of those that it goes on with.
public struct RelayCounters: Equatable, Sendable {
    /// Clients that were accepted, and those whose server answered.
    public var accepted: UInt64 = 0
    public var connected: UInt64 = 0
    public var bytesToServer: UInt64 = 0
    public var bytesToClient: UInt64 = 0
    /// How often accepting had to pause, for want of descriptors.
    public var pauses: UInt64 = 0
    public var connectLatency = LatencyHistogram()
    fileprivate var refusals = [UInt64](repeating: 0, count: RelayRefusal.all.count)
    fileprivate var ends = [UInt64](repeating: 0, count: RelayEnd.allCases.count)

    fileprivate var ftpRefusals = [UInt64](repeating: 0, count: FTPRefusal.allCases.count)

    public internal(set) subscript(_ refusal: RelayRefusal) -> UInt64 {
        get { refusals[refusal.index] }
        set { refusals[refusal.index] = newValue }
    }

    public internal(set) subscript(_ end: RelayEnd) -> UInt64 {
        get { ends[Int(end.rawValue)] }
        set { ends[Int(end.rawValue)] = newValue }
    }

    /// What the FTP relay did not pass on.
    public internal(set) subscript(_ refusal: FTPRefusal) -> UInt64 {
        get { ftpRefusals[Int(refusal.rawValue)] }
        set { ftpRefusals[Int(refusal.rawValue)] = newValue }
    }

    /// Clients that were refused, for whatever reason.
    public var refused: UInt64 { refusals.reduce(0, +) }
    /// Sessions that began and ended, in whatever way.
    public var ended: UInt64 { ends.reduce(0, +) }
}

/// How long servers took to answer.
public struct LatencyHistogram: Equatable, Sendable {
    /// `counts[n]` servers took less than 2^n microseconds, and at least half of that.
    public internal(set) var counts = [UInt64](repeating: 0, count: LatencyHistogram.size)

    /// 2^31 microseconds are 36 minutes: more than any time-out.
    static let size = 32

    /// The place of a latency: 0 for less than a microsecond, 1 for one, 2 for two and three.
    static func place(_ nanoseconds: UInt64) -> Int {
        let microseconds = nanoseconds / 1000
        return min(UInt64.bitWidth - microseconds.leadingZeroBitCount, size - 1)
    }

    /// The time that a share of the servers kept to, 0...1, in microseconds and rounded up to a power of two; nil if
    /// there was none.
    public func quantile(_ share: Double) -> UInt64? {
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        var seen: UInt64 = 0
        for (place, count) in counts.enumerated() {
            seen += count
            if Double(seen) >= share * Double(total) { return 1 << UInt64(place) }
        }
        return 1 << UInt64(LatencyHistogram.size - 1)
    }
}

/// One of a tally's counters of which there is one for each reason.
private final class RelayCount: Sendable {
    private let count = Atomic<UInt64>(0)

    func add() { count.wrappingAdd(1, ordering: .relaxed) }

    var value: UInt64 { count.load(ordering: .relaxed) }
}

/// The counters of one thread, which alone writes them; others may read at any time.
final class RelayTally: Sendable {
    let accepted = Atomic<UInt64>(0)
    let connected = Atomic<UInt64>(0)
    let bytesToServer = Atomic<UInt64>(0)
    let bytesToClient = Atomic<UInt64>(0)
    let pauses = Atomic<UInt64>(0)
    private let latency = InlineArray<32, Atomic<UInt64>> { _ in Atomic(0) }
    private let refusals = RelayRefusal.all.map { _ in RelayCount() }
    private let ftpRefusals = FTPRefusal.allCases.map { _ in RelayCount() }
    private let ends = RelayEnd.allCases.map { _ in RelayCount() }

    func count(_ refusal: FTPRefusal) {
        ftpRefusals[Int(refusal.rawValue)].add()
    }

    func count(_ refusal: RelayRefusal) {
        refusals[refusal.index].add()
    }

    func count(_ end: RelayEnd) {
        ends[Int(end.rawValue)].add()
    }

    func count(latency nanoseconds: UInt64) {
        latency[LatencyHistogram.place(nanoseconds)].wrappingAdd(1, ordering: .relaxed)
    }

    /// Adds what was counted here.
    func add(to counters: inout RelayCounters) {
        counters.accepted += accepted.load(ordering: .relaxed)
        counters.connected += connected.load(ordering: .relaxed)
        counters.bytesToServer += bytesToServer.load(ordering: .relaxed)
        counters.bytesToClient += bytesToClient.load(ordering: .relaxed)
        counters.pauses += pauses.load(ordering: .relaxed)
        for index in counters.connectLatency.counts.indices {
            counters.connectLatency.counts[index] += latency[index].load(ordering: .relaxed)
        }
        for (place, count) in refusals.enumerated() { counters.refusals[place] += count.value }
        for (place, count) in ftpRefusals.enumerated() { counters.ftpRefusals[place] += count.value }
        for (place, count) in ends.enumerated() { counters.ends[place] += count.value }
    }
}
