// SPDX-License-Identifier: BSD-2-Clause

/// IPv4 addresses that nothing may be carried to on behalf of strangers: no 6to4 packet may come from or go to one (stf(4);
/// RFC 3056 §2; RFC 3964 §5.3.2), and no relayed connection goes there (RFC 3142). What is private or shared may be
/// permitted.
public enum IPv4Rule: Int, CaseIterable, Sendable {
    case thisNetwork, loopback, multicast, limitedBroadcast, reserved, linkLocal, privateNetwork, sharedSpace
    /// Not to be told from the address alone: who knows the networks here says so.
    case subnetBroadcast

    /// A name that scripts may rely on. `192.0.2.1` passes all; each other address shown dies.
    public var name: String {
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

    public var description: String {
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

    /// The rule that the address breaks by itself, wherever this host is. The documentation prefixes break none.
    @inlinable
    public static func broken(by address: IPv4Address) -> IPv4Rule? {
        let bits = address.bits
        switch bits >> 24 {
        case 0: return .thisNetwork
        case 127: return .loopback
        case 224...239: return .multicast
        case 255: return .limitedBroadcast
        case 240...254: return .reserved
        case 169 where bits >> 16 == 0xA9FE: return .linkLocal
        case 10: return .privateNetwork
        case 172 where bits >> 20 == 0xAC1: return .privateNetwork
        case 192 where bits >> 16 == 0xC0A8: return .privateNetwork
        case 100 where bits >> 22 == 0x191: return .sharedSpace
        default: return nil
        }
    }
}
