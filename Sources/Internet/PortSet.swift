// SPDX-License-Identifier: BSD-2-Clause

/// A set of ports, each of 0...65535 in it or not: 8 KiB, however many they are.
///
///     var ports = PortSet()
///     ports.insert(22)
///     ports.insert(8000...8999)
///     ports.contains(8080)      // true
///     ports.ranges              // [22...22, 8000...8999]
public struct PortSet: Hashable, Sendable {
    /// Port p is bit `p % 64`, from the least significant one, of word `p / 64`; there are 1024.
    public private(set) var words: [UInt64]

    /// No port.
    public init() {
        words = [UInt64](repeating: 0, count: 1024)
    }

    /// Those of `words`; nil if there are not 1024.
    public init?(words: [UInt64]) {
        guard words.count == 1024 else { return nil }
        self.words = words
    }

    /// `PortSet([21...22, 80...80])`; they may overlap.
    public init(_ ranges: some Sequence<ClosedRange<UInt16>>) {
        self.init()
        for range in ranges { insert(range) }
    }

    public mutating func insert(_ port: UInt16) {
        words[Int(port / 64)] |= 1 << UInt64(port % 64)
    }

    public mutating func insert(_ range: ClosedRange<UInt16>) {
        let first = Int(range.lowerBound / 64), last = Int(range.upperBound / 64)
        for word in first...last {
            var bits = UInt64.max
            if word == first { bits &= .max << UInt64(range.lowerBound % 64) }
            if word == last { bits &= .max >> UInt64(63 - range.upperBound % 64) }
            words[word] |= bits
        }
    }

    public func contains(_ port: UInt16) -> Bool {
        words[Int(port / 64)] >> UInt64(port % 64) & 1 == 1
    }

    public mutating func formUnion(_ other: PortSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    public func union(_ other: PortSet) -> PortSet {
        var union = self
        union.formUnion(other)
        return union
    }

    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// How many ports there are, 0...65536.
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The same ports in as few ranges as there can be, in order.
    public var ranges: [ClosedRange<UInt16>] {
        var ranges: [ClosedRange<UInt16>] = []
        var start: UInt16?
        for port in UInt16.min ... .max {
            if contains(port) {
                start = start ?? port
            } else if let first = start {
                ranges.append(first...port - 1)
                start = nil
            }
        }
        if let start { ranges.append(start ... .max) }
        return ranges
    }
}

extension PortSet: CustomStringConvertible {
    /// `"22,8000-8999"`; empty if there is none.
    public var description: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }
}
