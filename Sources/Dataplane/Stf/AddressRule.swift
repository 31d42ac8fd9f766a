// SPDX-License-Identifier: BSD-2-Clause
import Internet

/// IPv4 addresses that no 6to4 packet may come from or go to, on the outside or embedded in 2002::/16 (stf(4); RFC 3056
/// §2; RFC 3964 §5.1).
enum IPv4Rule: Int, CaseIterable, Sendable {
    case thisNetwork, loopback, multicast, limitedBroadcast, reserved, linkLocal, privateNetwork, sharedSpace
    case subnetBroadcast

    /// `192.0.2.1` passes all; each other address shown dies.
    var name: String {
        switch self {
        case .thisNetwork: "this-network"  // 0.0.0.1
        case .loopback: "loopback"  // 127.0.0.1
        case .multicast: "multicast"  // 224.0.0.1
        case .limitedBroadcast: "limited-broadcast"  // 255.0.0.1: stf(4) refuses all of 255/8
        case .reserved: "reserved"  // 240.0.0.1
        case .linkLocal: "link-local"  // 169.254.0.1
        case .privateNetwork: "private"  // 10.0.0.1
        case .sharedSpace: "shared"  // 100.64.0.1
        case .subnetBroadcast: "subnet-broadcast"  // 192.0.2.255, with 192.0.2.1/24 on one of our interfaces
        }
    }

    var description: String {
        switch self {
        case .thisNetwork: "in 0.0.0.0/8"
        case .loopback: "in 127.0.0.0/8"
        case .multicast: "in 224.0.0.0/4"
        case .limitedBroadcast: "in 255.0.0.0/8"
        case .reserved: "in 240.0.0.0/4"
        case .linkLocal: "in 169.254.0.0/16"
        case .privateNetwork: "private (RFC 1918)"
        case .sharedSpace: "shared with other customers (100.64.0.0/10, RFC 6598)"
        case .subnetBroadcast: "the broadcast address of a network here"
        }
    }

    /// The rule that the address breaks by itself, wherever this host is.
    static func broken(by address: IPv4Address, permits: StfPermissions) -> IPv4Rule? {
        let bits = address.bits
        switch bits >> 24 {
        case 0: return .thisNetwork
        case 127: return .loopback
        case 224...239: return .multicast
        case 255: return .limitedBroadcast
        case 240...254 where !permits.reserved: return .reserved
        case 169 where bits >> 16 == 0xA9FE && !permits.linkLocal: return .linkLocal
        case 10 where !permits.privateNetwork: return .privateNetwork
        case 172 where bits >> 20 == 0xAC1 && !permits.privateNetwork: return .privateNetwork
        case 192 where bits >> 16 == 0xC0A8 && !permits.privateNetwork: return .privateNetwork
        case 100 where bits >> 22 == 0x191 && !permits.sharedSpace: return .sharedSpace
        default: return nil
        }
    }
}

/// IPv6 addresses that no packet inside a tunnel may come from or go to (stf(4); RFC 4213 §3.6; RFC 3964 §5.1).
enum IPv6Rule: Int, CaseIterable, Sendable {
    case unspecified, loopback, mapped, compatible, linkLocal, siteLocal, multicast

    /// `2001:db8::1` passes all; each other address shown dies.
    var name: String {
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

    var description: String {
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

    static func broken(by address: IPv6Address) -> IPv6Rule? {
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
