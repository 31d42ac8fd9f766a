// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import Dataplane

@Suite struct RefusalLogTests {
    private let start = ContinuousClock.now

    @Test func `of each user one in an interval is logged, and the others are counted`() {
        let log = RefusalLog { .seconds(5) }
        #expect(log.note(1000, now: start) == 0)
        for _ in 0..<100 { #expect(log.note(1000, now: start + .seconds(4)) == nil) }
        #expect(log.note(1001, now: start + .seconds(4)) == 0)
        #expect(log.note(1000, now: start + .seconds(5)) == 100)
        #expect(log.note(1000, now: start + .seconds(10)) == 0)
    }

    @Test func `an interval of zero logs nothing`() {
        let log = RefusalLog { .zero }
        #expect(log.note(1000, now: start) == nil)
    }

    /// In a user namespace, one may have 65,536 user IDs.
    @Test func `users without end take no memory without end, and none is logged more often`() {
        let log = RefusalLog { .seconds(5) }
        for user in 0..<5000 { #expect(log.note(UInt32(user), now: start + .milliseconds(user * 2)) == 0) }
        #expect(log.userCount < 2 * 2500)
        #expect(log.note(4999, now: start + .milliseconds(10_001)) == nil)
    }
}
