// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

/// The checksum is RFC 1071's, whatever the length and the alignment, and does not care how the bytes were cut.
@Suite struct ChecksumTests {
    @Test func `the example of RFC 1071 comes out`() {
        let bytes: [UInt8] = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]
        #expect(sum(of: bytes[...]).folded == 0xDDF2)
        #expect(sum(of: bytes[...]).complemented == 0x220D)
    }

    @Test func `nothing sums to zero`() {
        #expect(sum(of: []).folded == 0)
        #expect(sum(of: []).complemented == 0xFFFF)
        #expect(sum(of: [0xFF, 0xFF]).folded == 0xFFFF)
    }

    /// Adds word by word with the carry put back at once, as the RFC defines the sum.
    @Test(arguments: [(0, 1071), (1, 1071), (0, 0), (1, 0)])
    func `it agrees with the definition for every length`(offset: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = seed == 0 ? [UInt8](repeating: 0xFF, count: 9002) : generator.bytes(9002)
        var words: UInt32 = 0
        var refuted: [Int] = []
        for length in 0...9001 {
            let isOdd = length % 2 == 1
            let last = length == 0 ? 0 : UInt32(bytes[offset + length - 1])
            let expected = isOdd ? carried(words + last << 8) : words
            var checksum = Checksum()
            bytes.withRaw { checksum.add($0.extracting(offset..<offset + length)) }
            if UInt32(checksum.folded) != expected { refuted.append(length) }
            // The next length completes this word.
            if isOdd, length < 9001 { words = carried(words + last << 8 + UInt32(bytes[offset + length])) }
        }
        #expect(refuted == [])
    }

    @Test func `pieces add up to the whole`() {
        var generator = SeededGenerator(seed: 1624)
        let bytes = generator.bytes(1500)
        let whole = sum(of: bytes[...])
        let refuted = stride(from: 0, through: 1500, by: 2).filter { cut in
            var sum = sum(of: bytes[..<cut])
            bytes.withRaw { sum.add($0.extracting(cut...)) }
            return sum.folded != whole.folded
        }
        #expect(refuted == [])
    }

    @Test func `numbers and addresses count as their bytes`() {
        var generator = SeededGenerator(seed: 8200)
        for _ in 0..<1000 {
            let bytes = generator.bytes(20)
            var checksum = Checksum()
            checksum.add(bytes.withRaw { $0.ipv6Address(at: 0) })
            checksum.add(bytes.withRaw { $0.uint32(at: 16) })
            #expect(checksum.folded == sum(of: bytes[...]).folded)
        }
    }

    @Test func `a start counts as if it had been added`() {
        var checksum = Checksum(0xFFFF_FFFF)
        checksum.add(0xFFFF_FFFF as UInt32)
        checksum.add(1 as UInt32)
        #expect(checksum.folded == 1)
    }

    /// What makes a checksum one: with its complement in place, the sum is all ones.
    @Test func `a packet with its checksum sums to all ones`() {
        var generator = SeededGenerator(seed: 768)
        for _ in 0..<1000 {
            let bytes = generator.bytes(2 * Int.random(in: 1...40, using: &generator))
            var checksum = sum(of: bytes[...])
            checksum.add(UInt32(checksum.complemented))
            #expect(checksum.folded == 0xFFFF)
        }
    }

    private func sum(of bytes: ArraySlice<UInt8>) -> Checksum {
        var checksum = Checksum()
        Array(bytes).withRaw { checksum.add($0) }
        return checksum
    }

    private func carried(_ sum: UInt32) -> UInt32 {
        sum > 0xFFFF ? sum - 0xFFFF : sum
    }
}
