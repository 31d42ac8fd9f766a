// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

@testable import Relay

@Suite struct LeastNumbersTests {
    @Test(arguments: 0..<50)
    func `the last of the least is what sorting all would say`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let limit = Int(generator.pick(1...40)), after = UInt64(generator.pick(0...500))
        var numbers = Set((0..<generator.pick(0...400)).map { _ in UInt64(generator.pick(0...1000)) })
        numbers.remove(0)
        var least = LeastNumbers(after: after, limit)
        for number in numbers { least.add(number) }
        let sorted = numbers.filter { $0 > after }.sorted()
        let last = least.last
        #expect(last == (sorted.count < limit ? .max : sorted[limit - 1]))
    }
}
