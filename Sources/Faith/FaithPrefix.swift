// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// The IPv6 prefix behind which the IPv4 Internet is reached, and how an address there holds an IPv4 address.
///
/// `2001:db8:122:344::/96` holds 192.0.2.33 as `2001:db8:122:344::c000:221`.
public struct FaithPrefix: Hashable, Sendable {
    /// Where in an IPv6 address the IPv4 address is.
    public enum Mapping: Hashable, Sendable {
        /// In the last 32 bits, whatever is before them: faithd(8), RFC 3142 §4. Prefix lengths 64...128.
        case lastBits
        /// After the prefix, around bits 64 to 71, which are zero: RFC 6052 §2.2. Prefix lengths 32, 40, 48, 56, 64, 96.
        case rfc6052
    }

    public let prefix: IPv6Prefix
    public let mapping: Mapping

    /// 64:ff9b::/96, for global IPv4 addresses only (RFC 6052 §2.1, §3.1).
    public static let wellKnown = IPv6Prefix(IPv6Address(high: 0x64_FF9B << 32, low: 0), length: 96)

    /// The lengths that RFC 6052 §2.2 knows.
    public static let rfc6052Lengths = [32, 40, 48, 56, 64, 96]

    /// A prefix with the mapping that its length calls for: up to 64 that of RFC 6052; from 96 on the last bits, where
    /// faithd(8) and RFC 6052 agree. A longer prefix serves a part of the IPv4 Internet: /104 is one /8.
    ///
    /// `2001:db8::/32` and `2001:db8::7b00:0/104` pass, `2001:db8::/36` does not.
    public init(_ prefix: IPv6Prefix) throws(FaithPrefixError) {
        try self.init(prefix, mapping: prefix.length < 96 ? .rfc6052 : .lastBits)
    }

    public init(_ prefix: IPv6Prefix, mapping: Mapping) throws(FaithPrefixError) {
        switch mapping {
        case .lastBits:
            guard prefix.length >= 64 else { throw .badLength(prefix.length) }
        case .rfc6052:
            guard FaithPrefix.rfc6052Lengths.contains(prefix.length) else { throw .badLength(prefix.length) }
            // Of a /96 these bits are a part, and its owner keeps them zero (RFC 6052 §2.2).
            guard prefix.address.low >> 56 == 0 else { throw .reservedBits }
        }
        self.prefix = prefix
        self.mapping = mapping
    }

    /// Reads `2001:db8:64::/96`.
    public init(_ text: some StringProtocol) throws(FaithPrefixError) {
        guard let prefix = IPv6Prefix(reading: text, hostLength: nil) else { throw .notPrefix }
        try self.init(prefix)
    }
}

// MARK: mapping

extension FaithPrefix {
    /// The IPv6 address that stands for `address`; what RFC 6052 §2.2 calls the suffix is zero.
    ///
    /// `192.0.2.33` behind `2001:db8:122::/48` is `2001:db8:122:c000:2:2100::`; behind `2001:db8::a00:0/104`, where only
    /// 10.0.0.0/8 is, it is an error.
    public func map(_ address: IPv4Address) throws(FaithPrefixError) -> IPv6Address {
        guard mapping == .rfc6052, prefix.length < 96 else {
            let mapped = IPv6Address(
                high: prefix.address.high,
                low: prefix.address.low & ~0xFFFF_FFFF | UInt64(address.bits))
            try requireGlobal(address, at: mapped)
            guard prefix.contains(mapped) else { throw .otherBlock }
            return mapped
        }
        // A shift by 64 gives zero, as it must where nothing is left before bit 64, or nothing goes after it.
        let bits = UInt64(address.bits) << 32
        let before = bits >> UInt64(prefix.length)
        let after = bits << UInt64(64 - prefix.length)
        let mapped = IPv6Address(high: prefix.address.high | before, low: after >> 8)
        try requireGlobal(address, at: mapped)
        return mapped
    }

    /// The IPv4 address that `address` stands for. Of RFC 6052's suffix, nothing counts.
    ///
    /// `2001:db8:122:c000:2:2100::` behind `2001:db8:122::/48` is `192.0.2.33`; `2001:db8:122:c000:102:2100::` has a bit
    /// set that must be zero, and is an error.
    public func embedded(in address: IPv6Address) throws(FaithPrefixError) -> IPv4Address {
        guard prefix.contains(address) else { throw .outsidePrefix }
        let embedded: IPv4Address
        if mapping == .rfc6052, prefix.length < 96 {
            guard address.low >> 56 == 0 else { throw .reservedBits }
            // The address without bits 64 to 71 has the IPv4 address in one piece.
            let before = address.high << UInt64(prefix.length)
            let after = (address.low << 8) >> UInt64(64 - prefix.length)
            embedded = IPv4Address(bits: UInt32(truncatingIfNeeded: (before | after) >> 32))
        } else {
            embedded = IPv4Address(bits: UInt32(truncatingIfNeeded: address.low))
        }
        try requireGlobal(embedded, at: address)
        return embedded
    }

    /// Behind the well-known prefix nothing is translated that is not global (RFC 6052 §3.1). The documentation prefixes
    /// count as global, as RFC 6052's own examples have them. It is the address that is behind it, whatever shorter prefix
    /// it came by.
    private func requireGlobal(_ address: IPv4Address, at mapped: IPv6Address) throws(FaithPrefixError) {
        guard FaithPrefix.wellKnown.contains(mapped) else { return }
        let isSpecial = FaithPrefix.special.contains { $0.contains(address) }
        guard !isSpecial, IPv4Rule.broken(by: address) == nil else { throw .notGlobal(address) }
    }

    /// What RFC 5735 §3 has besides ``IPv4Rule``: 192.0.0.0/24, for protocols, and 198.18.0.0/15, for benchmarks.
    private static let special = [
        IPv4Prefix(IPv4Address(bits: 0xC000_0000), length: 24), IPv4Prefix(IPv4Address(bits: 0xC612_0000), length: 15),
    ]
}

extension FaithPrefix: CustomStringConvertible {
    public var description: String { prefix.description }
}
