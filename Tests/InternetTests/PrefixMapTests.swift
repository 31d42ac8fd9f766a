// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

@Suite struct PrefixMapTests {
    private func prefix(_ text: String, _ length: Int) -> IPv6Prefix {
        IPv6Prefix(IPv6Address(text) ?? .unspecified, length: length)
    }

    @Test func `the longest prefix counts`() {
        var map = PrefixMap<Int>([
            (prefix("::", 0), 0), (prefix("2001:db8::", 32), 32), (prefix("2001:db8::1", 128), 128),
        ])
        let found = { (text: String) in map.longest(with: IPv6Address(text) ?? .unspecified) }
        #expect(found("2001:db8::1") == 128)
        #expect(found("2001:db8::2") == 32)
        #expect(found("2001:db9::") == 0)
        #expect(map.around(prefix("2001:db8:1::", 48)).map(\.value) == [32, 0])
        #expect(map.around(prefix("2001:db8::", 32)).map(\.value) == [32, 0])
        #expect(map.within(prefix("2001:db8::", 31)).map(\.value) == [128, 32])
        #expect(map.within(prefix("2001:db8::", 32)).map(\.value) == [128])
        #expect(map.within(prefix("2001:db8:1::", 48)).isEmpty)
        #expect(map.prefixes.map(\.length) == [128, 32, 0])
        map[prefix("::", 0)] = nil
        #expect(map.longest(with: IPv6Address("2001:db9::") ?? .unspecified) == nil)
        map[prefix("2001:db8::", 32)] = nil
        map[prefix("2001:db8::1", 128)] = nil
        #expect(map.isEmpty)
    }

    /// Against a list, with copies that must not change.
    @Test(arguments: 0..<4)
    func `it is what a list is`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) &+ 5900)
        var map = PrefixMap<Int>()
        var list: [IPv6Prefix: Int] = [:]
        var copies: [(PrefixMap<Int>, [IPv6Prefix: Int])] = []
        func address() -> IPv6Address {
            IPv6Address(
                high: generator.pick([0x2001_0DB8 << 32, 0]) | UInt64(generator.pick(0...3)),
                low: UInt64(generator.pick(0...7)))
        }
        for step in 0..<400 {
            let prefix = IPv6Prefix(address(), length: generator.pick([0, 32, 63, 64, 126, 128]))
            let value = generator.oneIn(3) ? nil : step
            map[prefix] = value
            list[prefix] = value
            #expect(map[prefix] == value)
            if step % 50 == 0 { copies.append((map, list)) }
        }
        copies.append((map, list))
        for (map, list) in copies {
            #expect(map.count == list.count)
            #expect(Dictionary(map.all.map { ($0.prefix, $0.value) }) { $1 } == list)
            for _ in 0..<200 {
                let address = address()
                let longest = list.filter { $0.key.contains(address) }.max { $0.key.length < $1.key.length }
                #expect(map.longest(with: address) == longest?.value)
            }
        }
    }
}
