// SPDX-License-Identifier: BSD-2-Clause

/// A mapping between IPv6 prefixes and IPv4 addresses, as 6to4 (RFC 3056 §2) and 6rd (RFC 5969 §4) have it: within the
/// domain's prefix, the bits that follow are those bits of a site's IPv4 address that not all sites have in common.
///
/// 2001:db8::/32 with 10.0.0.0/8 in common gives the site 10.1.2.3 the prefix 2001:db8:102:300::/56.
public struct TunnelDomain: Hashable, Sendable {
    public let prefix: IPv6Prefix
    /// The block that all IPv4 addresses of the domain are in; its length is the number of bits left out.
    public let common: IPv4Prefix

    /// Nil if an IPv6 network prefix of 64 bits could not hold both.
    public init?(prefix: IPv6Prefix, common: IPv4Prefix) {
        guard prefix.length + 32 - common.length <= 64 else { return nil }
        self.prefix = prefix
        self.common = common
    }

    /// How many bits of an IPv4 address are embedded.
    @inlinable
    public var embeddedBits: Int { 32 - common.length }

    /// The IPv4 address of the site that `address` belongs to; nil outside the domain.
    @inlinable
    public func embedded(in address: IPv6Address) -> IPv4Address? {
        guard prefix.contains(address) else { return nil }
        // A shift by 64 gives zero, as it must for a domain whose addresses have all bits in common.
        let bits = (address.high << UInt64(prefix.length)) >> UInt64(64 - embeddedBits)
        return IPv4Address(bits: common.address.bits | UInt32(truncatingIfNeeded: bits))
    }

    /// The prefix of the site with this IPv4 address, whose common bits do not count.
    public func site(of address: IPv4Address) -> IPv6Prefix {
        let length = prefix.length + embeddedBits
        let bits = embeddedBits == 0 ? 0 : UInt64(address.bits << UInt32(common.length)) << 32
        return IPv6Prefix(
            IPv6Address(high: prefix.address.high | bits >> UInt64(prefix.length), low: 0), length: length)
    }
}
