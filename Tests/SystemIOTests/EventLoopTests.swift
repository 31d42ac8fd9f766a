// SPDX-License-Identifier: BSD-2-Clause
import SystemIO
import SystemPackage
import Testing

@Suite struct EventLoopTests {
    @Test func `each owner is called for its own descriptor`() throws {
        let loop = try EventLoop { Issue.record("\($0)") }
        let events = try (0..<3).map { _ in try WakeEvent() }
        var calls: [Int] = []
        for (number, event) in events.enumerated() {
            try loop.watch(event.pollable, named: "\(number)") { readiness in
                #expect(readiness == .input)
                calls.append(number)
                event.clear()
            }
        }
        try loop.turn(within: 0)
        #expect(calls == [])
        events[1].signal()
        try loop.turn()
        #expect(calls == [1])
        for event in events { event.signal() }
        try loop.turn()
        #expect(calls.sorted() == [0, 1, 1, 2])
    }

    @Test func `who waits for nothing is not called until it waits again`() throws {
        let loop = try EventLoop { Issue.record("\($0)") }
        let event = try WakeEvent()
        var calls = 0
        try loop.watch(event.pollable, named: "event") { _ in calls += 1 }
        try loop.wait(for: [], on: event.pollable)
        event.signal()
        try loop.turn(within: 0)
        #expect(calls == 0)
        try loop.wait(for: .input, on: event.pollable)
        try loop.turn(within: 0)
        #expect(calls == 1)
    }

    /// Both are ready; the first to be called ends the other.
    @Test func `what was ready and is forgotten is not called`() throws {
        let loop = try EventLoop { Issue.record("\($0)") }
        let events = try (0..<2).map { _ in try WakeEvent() }
        var calls = 0
        for (event, other) in [(events[0], events[1]), (events[1], events[0])] {
            try loop.watch(event.pollable, named: "event") { _ in
                calls += 1
                loop.forget(other.pollable)
            }
            event.signal()
        }
        try loop.turn(within: 0)
        #expect(calls == 1)
    }

    /// As above, but the descriptor is watched anew: what was ready belonged to the one before.
    @Test func `who comes after on the same descriptor is not called for what was before`() throws {
        let loop = try EventLoop { Issue.record("\($0)") }
        let events = try (0..<2).map { _ in try WakeEvent() }
        var calls = 0, later = 0
        for (event, other) in [(events[0], events[1]), (events[1], events[0])] {
            try loop.watch(event.pollable, named: "event") { _ throws(SystemError) in
                calls += 1
                event.clear()
                loop.forget(other.pollable)
                try loop.watch(other.pollable, named: "later") { _ in later += 1 }
            }
            event.signal()
        }
        try loop.turn(within: 0)
        #expect(calls == 1 && later == 0)
        try loop.turn(within: 0)
        #expect(later == 1)
    }

    @Test func `an action that fails is told of, left alone for a while, and tried again`() throws {
        var reports: [String] = []
        let loop = try EventLoop(pause: .milliseconds(20)) { reports.append($0) }
        let event = try WakeEvent(), other = try WakeEvent()
        var calls = 0, others = 0
        try loop.watch(event.pollable, named: "event") { _ throws(SystemError) in
            calls += 1
            if calls == 1 { throw SystemError("read", .ioError) }
            event.clear()
        }
        try loop.watch(other.pollable, named: "other") { _ in others += 1 }
        event.signal()
        other.signal()
        for _ in 0..<3 { try loop.turn(within: 0) }
        #expect(reports == ["event: read: Input/output error"])
        #expect(calls == 1 && others == 3)
        other.clear()
        // It comes back by itself, though the caller would wait for ever.
        try loop.turn()
        while calls < 2 { try loop.turn() }
        #expect(calls == 2 && reports.count == 1)
    }

    @Test func `one that is left alone can be forgotten`() throws {
        var reports = 0
        let loop = try EventLoop(pause: .milliseconds(1)) { _ in reports += 1 }
        let event = try WakeEvent()
        try loop.watch(event.pollable, named: "event") { _ throws(SystemError) in throw SystemError("read", .ioError) }
        event.signal()
        try loop.turn()
        try loop.wait(for: [], on: event.pollable)
        loop.forget(event.pollable)
        loop.forget(event.pollable)
        try loop.turn(within: 5)
        #expect(reports == 1)
    }
}
