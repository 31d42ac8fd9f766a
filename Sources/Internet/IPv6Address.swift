// SPDX-License-Identifier: BSD-2-Clause

/// An IPv6 address, as two halves in host order: `2002:c000:201::1` is `high 0x2002_C000_0201_0000, low 1`.
public struct IPv6Address: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static let unspecified = IPv6Address(high: 0, low: 0)
    public static let loopback = IPv6Address(high: 0, low: 1)

    /// The address with all but the first `length` bits cleared. `length` is 0...128.
    @inlinable
    public func masked(to length: Int) -> IPv6Address {
        IPv6Address(
            high: high & IPv6Address.mask(min(length, 64)),
            low: low & IPv6Address.mask(max(length - 64, 0)))
    }

    /// The sixteen-bit group at `index` 0...7, as it is written between colons.
    func group(_ index: Int) -> UInt16 {
        let half = index < 4 ? high : low
        return UInt16(truncatingIfNeeded: half >> UInt64((3 - index % 4) * 16))
    }

    @usableFromInline
    static func mask(_ length: Int) -> UInt64 {
        length == 0 ? 0 : UInt64.max << UInt64(64 - length)
    }
}

// MARK: text

extension IPv6Address {
    /// The text forms of RFC 4291 §2.2: `2001:db8::1`, `::`, `64:ff9b::192.0.2.1`. No zone and no prefix length:
    /// `fe80::1%eth0` and `::1/128` are refused.
    public init?(_ text: some StringProtocol) {
        // Six groups of four digits, a dotted quad of three each: nothing longer can be one.
        guard text.utf8.count <= 45 else { return nil }
        var parser = Parser(text: Array(text.utf8))
        guard let address = parser.address() else { return nil }
        self = address
    }

    private struct Parser {
        let text: [UInt8]
        var at = 0

        init(text: [UInt8]) {
            self.text = text
        }

        mutating func address() -> IPv6Address? {
            var groups: [UInt16] = []
            var gap: Int?
            if take("::") { gap = 0 }
            while at < text.count {
                if let tail = dottedTail() {
                    groups += [UInt16(tail.bits >> 16), UInt16(tail.bits & 0xFFFF)]
                    break
                }
                guard let group = group() else { return nil }
                groups.append(group)
                if at == text.count { break }
                if take("::") {
                    guard gap == nil else { return nil }
                    gap = groups.count
                } else {
                    // A single colon must be followed by another group: `1:` is refused.
                    guard take(":"), at < text.count else { return nil }
                }
            }
            return fill(groups, gap: gap)
        }

        /// "::" stands for at least one group of zeros (RFC 4291 §2.2), so eight written groups leave it no room.
        private func fill(_ groups: [UInt16], gap: Int?) -> IPv6Address? {
            var all = groups
            if let gap {
                guard groups.count <= 7 else { return nil }
                all.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
            }
            guard all.count == 8 else { return nil }
            let half = { (part: ArraySlice<UInt16>) in part.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
            return IPv6Address(high: half(all[..<4]), low: half(all[4...]))
        }

        private mutating func take(_ word: StaticString) -> Bool {
            let word = Array(word.description.utf8)
            guard text[at...].starts(with: word) else { return false }
            at += word.count
            return true
        }

        /// One to four hexadecimal digits.
        private mutating func group() -> UInt16? {
            let digits = text[at...].prefix { hexadecimal($0) != nil }
            guard (1...4).contains(digits.count) else { return nil }
            at += digits.count
            return digits.reduce(UInt16(0)) { $0 << 4 | UInt16(hexadecimal($1) ?? 0) }
        }

        /// The `192.0.2.1` of `64:ff9b::192.0.2.1`: all that is left of the text, and only if it has a dot.
        private mutating func dottedTail() -> IPv4Address? {
            let rest = text[at...]
            guard rest.contains(UInt8(ascii: ".")), !rest.contains(UInt8(ascii: ":")) else { return nil }
            guard let address = IPv4Address(String(decoding: rest, as: UTF8.self)) else { return nil }
            at = text.count
            return address
        }

        private func hexadecimal(_ byte: UInt8) -> UInt8? {
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x41...0x46: byte - 0x41 + 10
            case 0x61...0x66: byte - 0x61 + 10
            default: nil
            }
        }
    }
}

extension IPv6Address {
    /// `192.0.2.1` as `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2).
    @inlinable
    public init(mapped address: IPv4Address) {
        self.init(high: 0, low: 0xFFFF << 32 | UInt64(address.bits))
    }

    /// `192.0.2.1` of `::192.0.2.1` (RFC 4291 §2.5.5.1), nil of any other, `::` and `::1` among them.
    @inlinable
    public var compatible: IPv4Address? {
        high == 0 && low > 1 && low >> 32 == 0 ? IPv4Address(bits: UInt32(truncatingIfNeeded: low)) : nil
    }

    /// `192.0.2.1` of `::ffff:192.0.2.1`, nil of any other.
    @inlinable
    public var mapped: IPv4Address? {
        high == 0 && low >> 32 == 0xFFFF ? IPv4Address(bits: UInt32(truncatingIfNeeded: low)) : nil
    }
}

extension IPv6Address: CustomStringConvertible {
    /// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::` (the first of equals).
    /// Mapped addresses keep their dots (§5): `::ffff:192.0.2.1`.
    public var description: String {
        if let mapped { return "::ffff:\(mapped)" }
        let groups = (0..<8).map { String(group($0), radix: 16) }
        guard let zeros = longestZeroRun() else { return groups.joined(separator: ":") }
        return groups[..<zeros.lowerBound].joined(separator: ":") + "::"
            + groups[zeros.upperBound...].joined(separator: ":")
    }

    private func longestZeroRun() -> Range<Int>? {
        var longest: Range<Int>?
        var start: Int?
        for index in 0...8 {
            if index < 8, group(index) == 0 {
                start = start ?? index
            } else if let first = start {
                if index - first >= 2, index - first > longest?.count ?? 0 { longest = first..<index }
                start = nil
            }
        }
        return longest
    }
}

/// An IPv6 address block, `2002::/16`.
public struct IPv6Prefix: Hashable, Sendable {
    public let address: IPv6Address
    /// Leading bits that count, 0...128.
    public let length: Int

    @inlinable
    public init(_ address: IPv6Address, length: Int) {
        precondition((0...128).contains(length), "an IPv6 prefix length is 0...128")
        self.address = address.masked(to: length)
        self.length = length
    }

    @inlinable
    public func contains(_ address: IPv6Address) -> Bool {
        address.masked(to: length) == self.address
    }
}

extension IPv6Prefix: CustomStringConvertible {
    public var description: String { "\(address)/\(length)" }
}
