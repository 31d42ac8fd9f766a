// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet
import Synchronization
import TestSupport
import Testing

@testable import Relay

/// The parts, each by itself.
@Suite struct RelayPartTests {
    private final class Counted {
        let onEnd: () -> Void
        init(_ onEnd: @escaping () -> Void) { self.onEnd = onEnd }
        deinit { onEnd() }
    }

    private struct Element: ~Copyable {
        let number: Int
        let counted: Counted
    }

    @Test func aSlabUsesPlacesAgainAndEndsItsElements() {
        var ended = 0
        do {
            var slab = Slab<Element>()
            let places = (0..<600).map { slab.insert(Element(number: $0, counted: Counted { ended += 1 })) }
            #expect(Set(places).count == 600)
            let numbers = places.map { slab[$0].number }
            #expect(numbers == Array(0..<600))
            let slots = slab.slots
            let old = slab.generation(places[7])
            let removed = slab.remove(places[7])
            #expect(removed.number == 7)
            let held = [places[7], -1, slots].map { slab.holds($0) }
            #expect(held == [false, false, false])
            let again = slab.insert(Element(number: 8000, counted: Counted { ended += 1 }))
            #expect(again == places[7])
            let (new, slotsNow, count) = (slab.generation(again), slab.slots, slab.count)
            #expect(new != old)
            #expect(slotsNow == slots)
            #expect(count == 600)
        }
        #expect(ended == 601)
    }

    @Test(arguments: EventTag.Kind.allCases)
    func anEventTagTellsPlaceKindAndGeneration(_ kind: EventTag.Kind) {
        for (slot, generation) in [(0, 1), (9_999, UInt32.max), (1 << 28, 77)] {
            let tag = EventTag(EventTag(slot: slot, generation: UInt32(generation), kind: kind).raw)
            #expect(tag.slot == slot)
            #expect(tag.generation == UInt32(generation))
            #expect(tag.kind == kind)
            #expect(tag.raw < EventTag.firstListener)
        }
    }

    @Test func latenciesAreSortedByPowersOfTwo() {
        let places = [0, 999, 1_000, 1_999, 2_000, 3_999_999, .max].map { LatencyHistogram.place($0) }
        #expect(places == [0, 0, 1, 1, 2, 12, 31])
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil)
        histogram.counts[3] = 98
        histogram.counts[10] = 2
        #expect(histogram.quantile(0.5) == 8)
        #expect(histogram.quantile(0.98) == 8)
        #expect(histogram.quantile(0.99) == 1024)
    }

    /// A flood from prefixes without number is no more to it than its capacity.
    @Test func clientLimitsStayWithinTheirMemory() {
        let limits = ClientLimits(capacity: 100)
        var settings = RelaySettings()
        settings.newSessionsPerSecond = 1
        for number in 0..<10_000 {
            let client = IPv6Address(high: UInt64(number), low: 0)
            let refusal = limits.admit(client, settings, now: 1)
            #expect(refusal == nil)
            limits.release(client)
        }
        #expect(limits.count <= 100)
    }

    /// Prefixes with sessions are never forgotten.
    @Test func clientLimitsRefuseWhatTheyCannotRemember() {
        let limits = ClientLimits(capacity: 10)
        let settings = RelaySettings()
        let refusals = (0..<11).map { limits.admit(IPv6Address(high: UInt64($0), low: 0), settings, now: 1) }
        #expect(refusals == Array(repeating: nil, count: 10) + [.clientTableFull])
        limits.release(IPv6Address(high: 3, low: 0))
        let next = limits.admit(IPv6Address(high: 99, low: 0), settings, now: 2)
        #expect(next == nil)
    }

    @Test func clientLimitsForgetTheSilent() {
        let limits = ClientLimits(capacity: 100)
        let settings = RelaySettings()
        for number in 0..<50 {
            let client = IPv6Address(high: UInt64(number), low: 0)
            _ = limits.admit(client, settings, now: 1)
            limits.release(client)
        }
        for second in 1...60 {
            let client = IPv6Address(high: 1000, low: 0)
            _ = limits.admit(client, settings, now: UInt64(second) * 1_000_000_000)
        }
        #expect(limits.count == 1)
    }

    @Test func theRateIsKeptOnAverage() {
        let limits = ClientLimits(capacity: 10)
        var settings = RelaySettings()
        settings.newSessionsPerSecond = 10
        settings.burst = 5
        settings.sessionsPerClient = .max
        // A thousand attempts in ten seconds: five at once, and ten a second.
        let admitted = (0..<1000).filter {
            limits.admit(.loopback, settings, now: UInt64($0) * 10_000_000 + 1) == nil
        }.count
        #expect((104...105).contains(admitted))
    }

    /// Threads that ask at the same time get together what one would.
    @Test func aRateIsSharedByThreads() throws {
        let rate = SharedRate()
        let limit = RateLimit(perSecond: 10, burst: 50)
        let admitted = Atomic(0)
        try together(
            (0..<4).map { _ in
                { () throws in
                    for _ in 0..<1000 where rate.admit(limit, now: 1_000_000_000) {
                        admitted.add(1, ordering: .relaxed)
                    }
                }
            })
        #expect(admitted.load(ordering: .relaxed) == 50)
        let later = [2_000_000_000, 2_050_000_000, 2_100_000_000].map { rate.admit(limit, now: $0) }
        #expect(later == [true, true, true])
    }

    /// Whichever thread has read the clock last.
    @Test func anyNumberIsNoLimit() {
        let limit = RateLimit(perSecond: .max, burst: .max)
        var schedule: UInt64? = 0
        for now in [2_000_000_000, 1_000_000_000, 1_999_999_999, 0] as [UInt64] {
            schedule = schedule.flatMap { limit.next($0, now: now) }
        }
        #expect(schedule != nil)
        let limits = ClientLimits(capacity: 1)
        var settings = RelaySettings()
        (settings.newSessionsPerSecond, settings.burst, settings.sessionsPerClient) = (.max, .max, .max)
        let refusals = [5, 4, 3, 5].map { limits.admit(.loopback, settings, now: $0) }
        #expect(refusals == [nil, nil, nil, nil])
    }

    @Test func reasonsHaveNamesOfTheirOwn() {
        #expect(Set(RelayRefusal.all.map(\.name)).count == RelayRefusal.all.count)
        #expect(Set(RelayRefusal.all.map(\.description)).count == RelayRefusal.all.count)
        #expect(Set(RelayEnd.allCases.map(\.name)).count == RelayEnd.allCases.count)
        // Each has a counter of its own.
        #expect(RelayRefusal.all.map(\.index) == Array(0..<RelayRefusal.all.count))
        #expect(RelayRefusal.all.prefix(FaithRefusal.all.count).map { $0 } == FaithRefusal.all.map(RelayRefusal.policy))
    }

    @Test(arguments: [
        (Duration.zero, 0 as UInt64), (.milliseconds(1), 1_000_000), (.seconds(-1), 0),
        (.seconds(1 << 40), 4_294_967_296_000_000_000),
    ])
    func durationsBecomeNanoseconds(_ duration: Duration, _ nanoseconds: UInt64) {
        #expect(duration.nanoseconds == nanoseconds)
    }
}
