// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport

extension IPv4Address {
    static func random(using generator: inout SeededGenerator) -> IPv4Address {
        IPv4Address(bits: UInt32.random(in: .min ... .max, using: &generator))
    }
}

extension IPv6Address {
    /// Zero groups are frequent, and so are those that text forms treat specially.
    static func random(using generator: inout SeededGenerator) -> IPv6Address {
        let special: [UInt16] = [0, 0, 0, 0, 0, 1, 0xFFFF, 0x2002, 0x0A00, 0x000A]
        let groups = (0..<8).map { _ in
            generator.oneIn(3) ? UInt16.random(in: .min ... .max, using: &generator) : generator.pick(special)
        }
        let half = { (part: ArraySlice<UInt16>) in part.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
        return IPv6Address(high: half(groups[..<4]), low: half(groups[4...]))
    }
}
