// SPDX-License-Identifier: BSD-2-Clause

/// Values of prefixes, found by the longest prefix that an address is in.
///
/// A copy is cheap, and so is a change of one prefix where there are many and somebody else has a copy, as a thread has of
/// what was published to it: the values of each length are in so many parts, of which one is copied then.
public struct PrefixMap<Value> {
    @usableFromInline
    struct Level {
        @usableFromInline let length: Int
        @usableFromInline var parts = [[IPv6Address: Value]](repeating: [:], count: 256)
        @usableFromInline var count = 0

        @usableFromInline
        init(length: Int) { self.length = length }

        /// Multiplying mixes all bits into the highest.
        @inlinable
        static func part(of address: IPv6Address) -> Int {
            Int(truncatingIfNeeded: ((address.high ^ address.low) &* 0x9E37_79B9_7F4A_7C15) >> 56)
        }

        @inlinable
        subscript(_ address: IPv6Address) -> Value? { parts[Level.part(of: address)][address] }
    }

    /// The longest first.
    @usableFromInline var levels: [Level] = []

    public init() {}

    public init(_ values: some Sequence<(IPv6Prefix, Value)>) {
        for (prefix, value) in values { self[prefix] = value }
    }

    public var count: Int { levels.reduce(0) { $0 + $1.count } }
    public var isEmpty: Bool { levels.isEmpty }

    public subscript(_ prefix: IPv6Prefix) -> Value? {
        get { levels.first { $0.length == prefix.length }?[prefix.address] }
        set {
            let place = levels.firstIndex { $0.length <= prefix.length } ?? levels.endIndex
            if place == levels.endIndex || levels[place].length != prefix.length {
                guard newValue != nil else { return }
                levels.insert(Level(length: prefix.length), at: place)
            }
            let part = Level.part(of: prefix.address)
            let before = levels[place].parts[part].count
            levels[place].parts[part][prefix.address] = newValue
            levels[place].count += levels[place].parts[part].count - before
            if levels[place].count == 0 { levels.remove(at: place) }
        }
    }

    /// That of the longest prefix with this address, if there is any.
    @inlinable
    public func longest(with address: IPv6Address) -> Value? {
        for place in levels.indices {
            if let value = levels[place][address.masked(to: levels[place].length)] { return value }
        }
        return nil
    }

    /// All of the prefixes that this one is in, itself among them.
    public func around(_ prefix: IPv6Prefix) -> [(prefix: IPv6Prefix, value: Value)] {
        levels.compactMap { level in
            guard level.length <= prefix.length else { return nil }
            let address = prefix.address.masked(to: level.length)
            return level[address].map { (IPv6Prefix(address, length: level.length), $0) }
        }
    }

    /// All of the prefixes that are in this one, itself not among them.
    public func within(_ prefix: IPv6Prefix) -> [(prefix: IPv6Prefix, value: Value)] {
        levels.prefix { $0.length > prefix.length }.flatMap { level in
            level.parts.joined().compactMap { entry in
                prefix.contains(entry.key) ? (IPv6Prefix(entry.key, length: level.length), entry.value) : nil
            }
        }
    }

    /// The longest first.
    public var all: [(prefix: IPv6Prefix, value: Value)] {
        levels.flatMap { level in
            level.parts.joined().map { (IPv6Prefix($0.key, length: level.length), $0.value) }
        }
    }

    public var prefixes: [IPv6Prefix] { all.map(\.prefix) }
}

extension PrefixMap.Level: Equatable where Value: Equatable {}
extension PrefixMap: Equatable where Value: Equatable {}
extension PrefixMap.Level: Sendable where Value: Sendable {}
extension PrefixMap: Sendable where Value: Sendable {}
