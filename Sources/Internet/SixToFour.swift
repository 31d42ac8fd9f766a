// SPDX-License-Identifier: BSD-2-Clause

/// The 6to4 mapping of RFC 3056 §2: a site with the IPv4 address `V4ADDR` owns `2002:V4ADDR::/48`.
public enum SixToFour {
    /// 2002::/16, assigned to 6to4.
    public static let prefix = IPv6Prefix(IPv6Address(high: 0x2002 << 48, low: 0), length: 16)

    /// 6to4 as the domain of all IPv4 addresses.
    public static let domain = TunnelDomain(
        prefix: prefix, common: IPv4Prefix(IPv4Address(bits: 0), length: 0))

    /// The IPv4 address inside a 6to4 address: `2002:8504:506::1` gives `133.4.5.6`, `2001:db8::1` gives nil.
    @inlinable
    public static func embedded(in address: IPv6Address) -> IPv4Address? {
        guard address.high >> 48 == 0x2002 else { return nil }
        return IPv4Address(bits: UInt32(truncatingIfNeeded: address.high >> 16))
    }

    /// The site prefix of an IPv4 address: `133.4.5.6` gives `2002:8504:506::/48`.
    public static func site(of address: IPv4Address) -> IPv6Prefix {
        IPv6Prefix(IPv6Address(high: 0x2002 << 48 | UInt64(address.bits) << 16, low: 0), length: 48)
    }
}
