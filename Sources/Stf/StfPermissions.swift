// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// Which IPv4 addresses that are not global may be used all the same (net.link.stf.permit_*).
public struct StfPermissions: Equatable, Sendable {
    public var privateNetwork: Bool
    public var sharedSpace: Bool
    public var linkLocal: Bool
    public var reserved: Bool

    public init(
        privateNetwork: Bool = false, sharedSpace: Bool = false, linkLocal: Bool = false, reserved: Bool = false
    ) {
        self.privateNetwork = privateNetwork
        self.sharedSpace = sharedSpace
        self.linkLocal = linkLocal
        self.reserved = reserved
    }

    /// What a provider may number its own network with (RFC 5969 §4).
    public static let ofProvider = StfPermissions(privateNetwork: true, sharedSpace: true)

    /// Whether an address that breaks the rule may be used.
    func waive(_ rule: IPv4Rule) -> Bool {
        switch rule {
        case .privateNetwork: privateNetwork
        case .sharedSpace: sharedSpace
        case .linkLocal: linkLocal
        case .reserved: reserved
        case .thisNetwork, .loopback, .multicast, .limitedBroadcast, .subnetBroadcast: false
        }
    }
}

extension IPv4Rule {
    /// The rule that the address breaks by itself, wherever this host is, and that is not waived by a variable
    /// `net.link.stf.permit_*`: `10.0.0.1` breaks none with `permit_rfc1918`.
    public static func broken(by address: IPv4Address, permits: StfPermissions) -> IPv4Rule? {
        broken(by: address).flatMap { permits.waive($0) ? nil : $0 }
    }
}
