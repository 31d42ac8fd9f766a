// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

@testable import Dataplane

@Suite struct TurnsTests {
    private func order(_ turns: Turns<String>) -> [String] {
        var turns = turns
        var order: [String] = []
        while let client = turns.next() { order.append(client) }
        return order
    }

    @Test func `who may change things comes before all others, in the order of asking`() {
        var turns = Turns<String>()
        turns.add("a", of: 1000)
        turns.add("root", of: nil)
        turns.add("b", of: 1001)
        turns.add("operator", of: nil)
        #expect(order(turns) == ["root", "operator", "a", "b"])
    }

    @Test func `a user's turns are no more with more clients`() {
        var turns = Turns<String>()
        for client in ["a1", "a2", "a3", "a4"] { turns.add(client, of: 1000) }
        turns.add("b1", of: 1001)
        #expect(order(turns) == ["a1", "b1", "a2", "a3", "a4"])
    }

    /// Each is put back as soon as it had its turn, as long replies are.
    @Test func `one user's client gets every second turn beside forty of another's`() {
        var turns = Turns<String>()
        for number in 0..<40 { turns.add("a\(number)", of: 1000) }
        turns.add("b", of: 1001)
        var count = 0
        for _ in 0..<100 {
            guard let client = turns.next() else { break }
            if client == "b" { count += 1 }
            turns.add(client, of: client == "b" ? 1001 : 1000)
        }
        #expect(count == 50)
    }

    @Test func `who waits already gets one turn`() {
        var turns = Turns<String>()
        for _ in 0..<3 {
            turns.add("root", of: nil)
            turns.add("a", of: 1000)
        }
        #expect(order(turns) == ["root", "a"])
    }

    private func forget(_ client: Int, _ waiting: inout Set<Int>) {
        let wasThere = waiting.remove(client) != nil
        #expect(wasThere)
    }

    /// Whoever comes and goes, in whatever order: those who wait get a turn, and nobody else.
    @Test(arguments: 0..<50)
    func `who is gone gets none, and whoever waits does`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var turns = Turns<Int>()
        var waiting: Set<Int> = []
        for _ in 0..<500 {
            let client = Int(generator.pick(0...30))
            switch generator.pick(0...2) {
            case 0:
                turns.add(client, of: client % 4 == 0 ? nil : UInt32(client % 4))
                waiting.insert(client)
            case 1:
                turns.remove(client)
                waiting.remove(client)
            case _:
                let next = turns.next()
                #expect((next == nil) == waiting.isEmpty)
                if let next { forget(next, &waiting) }
            }
            #expect(turns.isEmpty == waiting.isEmpty)
        }
        while let next = turns.next() { forget(next, &waiting) }
        #expect(waiting.isEmpty)
    }
}
