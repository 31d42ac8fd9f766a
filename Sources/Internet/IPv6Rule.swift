// SPDX-License-Identifier: BSD-2-Clause

/// IPv6 addresses that no packet inside a tunnel may come from or go to (stf(4); RFC 4213 §3.6; RFC 3964 §5.3.2).
public enum IPv6Rule: Int, CaseIterable, Sendable {
    case unspecified, loopback, mapped, compatible, linkLocal, siteLocal, multicast

    /// `2001:db8::1` passes all; each other address shown dies.
    public var name: String {
        switch self {
        case .unspecified: "unspecified"  // ::
        case .loopback: "loopback"  // ::1
        case .mapped: "mapped"  // ::ffff:192.0.2.1
        case .compatible: "compatible"  // ::192.0.2.1
        case .linkLocal: "link-local"  // fe80::1
        case .siteLocal: "site-local"  // fec0::1
        case .multicast: "multicast"  // ff02::1
        }
    }

    public var description: String {
        switch self {
        case .unspecified: "unspecified (::)"
        case .loopback: "the loopback address (::1)"
        case .mapped: "IPv4-mapped (::ffff:0:0/96)"
        case .compatible: "IPv4-compatible (::/96)"
        case .linkLocal: "link-local (fe80::/10)"
        case .siteLocal: "site-local (fec0::/10)"
        case .multicast: "multicast (ff00::/8)"
        }
    }

    @inlinable
    public static func broken(by address: IPv6Address) -> IPv6Rule? {
        if address.high == 0 {
            switch address.low {
            case 0: return .unspecified
            case 1: return .loopback
            case _ where address.low >> 32 == 0xFFFF: return .mapped
            case _ where address.low >> 32 == 0: return .compatible
            default: return nil
            }
        }
        switch address.high >> 54 {
        case 0x3FA: return .linkLocal
        case 0x3FB: return .siteLocal
        case 0x3FC...0x3FF: return .multicast
        default: return nil
        }
    }
}
