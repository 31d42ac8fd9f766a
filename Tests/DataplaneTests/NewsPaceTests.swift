// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import Dataplane

@Suite struct NewsPaceTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test func `what costs next to nothing is asked at once, each time`() {
        var pace = NewsPace()
        for _ in 0..<3 {
            let isDue = pace.isDue("x", now: at(0))
            #expect(isDue)
            pace.note("x", since: at(0), now: start + .milliseconds(9))
        }
        #expect(pace.rest(of: "x", now: at(0)) == nil)
    }

    /// 200 ms of work, then 200 ms of none.
    @Test func `what costs much is asked for half of the time`() {
        var pace = NewsPace()
        pace.note("x", since: at(0), now: at(200))
        // Nothing has happened: nobody is to wake for it.
        #expect(pace.rest(of: "x", now: at(230)) == nil)
        let isDueEarly = pace.isDue("x", now: at(250))
        #expect(!isDueEarly)
        #expect(pace.rest(of: "x", now: at(250)) == .milliseconds(150))
        #expect(pace.rest(of: "x", now: at(500)) == .zero)
        let isDue = pace.isDue("x", now: at(400))
        #expect(isDue)
        pace.note("x", since: at(400), now: at(400))
        #expect(pace.rest(of: "x", now: at(400)) == nil)
    }

    @Test func `one stream does not hold up another`() {
        var pace = NewsPace()
        pace.note("x", since: at(0), now: at(100))
        let areDue = ["x", "y"].map { pace.isDue($0, now: at(100)) }
        #expect(areDue == [false, true])
    }
}
