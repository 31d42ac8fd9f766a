// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

@Suite struct PortSetTests {
    @Test func itBeginsWithNone() {
        let ports = PortSet()
        #expect(ports.isEmpty)
        #expect(ports.count == 0)
        #expect(ports.ranges == [])
        #expect("\(ports)" == "")
        #expect(!(UInt16.min ... .max).contains { ports.contains($0) })
    }

    /// Within a word, up to its ends, over them, and at the ends of all.
    @Test(
        arguments: [
            0...0, 63...63, 64...64, 65535...65535, 0...63, 64...127, 1...62, 60...70, 5...1000, 0...65535,
            65472...65535,
            22...22, 8000...8999,
        ] as [ClosedRange<UInt16>])
    func aRangeIsAllOfItAndNothingElse(_ range: ClosedRange<UInt16>) {
        let ports = PortSet([range])
        #expect((UInt16.min ... .max).allSatisfy { ports.contains($0) == range.contains($0) })
        #expect(ports.ranges == [range])
        #expect(ports.count == range.count)
        #expect(!ports.isEmpty)
    }

    @Test func wordsHaveThePortsInOrder() {
        let ports = PortSet([0...0, 65...65, 65535...65535])
        #expect(ports.words.count == 1024)
        #expect(ports.words[0] == 1)
        #expect(ports.words[1] == 2)
        #expect(ports.words[1023] == 1 << 63)
    }

    @Test func rangesAreJoined() {
        let ports = PortSet([100...200, 22...22, 150...300, 301...301, 23...23, 21...21])
        #expect(ports.ranges == [21...23, 100...301])
        #expect("\(ports)" == "21-23,100-301")
        #expect("\(PortSet([80...80, 22...22]))" == "22,80")
    }

    @Test func aUnionHasBoth() {
        var single = PortSet()
        single.insert(80)
        let union = PortSet([22...22]).union(single)
        #expect(union == PortSet([22...22, 80...80]))
        #expect(union != single)
        #expect(single.ranges == [80...80])
        single.formUnion(union)
        #expect(single == union)
    }

    /// Against a set of numbers.
    @Test func itIsASet() {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<20 {
            var ports = PortSet(), model: Set<UInt16> = []
            for _ in 0..<30 {
                let low = UInt16.random(in: 0...65000, using: &random)
                let range = low...low + UInt16.random(in: 0...300, using: &random)
                ports.insert(range)
                model.formUnion(range)
            }
            #expect(ports.count == model.count)
            #expect((UInt16.min ... .max).allSatisfy { ports.contains($0) == model.contains($0) })
            #expect(PortSet(ports.ranges) == ports)
        }
    }
}
