// SPDX-License-Identifier: BSD-2-Clause

/// The types of `io.hydrangea.inet6.varlink`, field for field; a test holds the two against each other.

/// ifconfig(8)'s interface flags, of any interface.
public enum Inet6Flag: String, Codable, CaseIterable, Sendable {
    case up, broadcast, debug, loopback, pointopoint, running, noarp, promisc, allmulti
    case link0, link1, link2, multicast

    /// The bit in the hexadecimal number that ifconfig prints (net/if.h on BSD).
    public var bit: UInt32 {
        switch self {
        case .up: 0x1
        case .broadcast: 0x2
        case .debug: 0x4
        case .loopback: 0x8
        case .pointopoint: 0x10
        case .running: 0x40
        case .noarp: 0x80
        case .promisc: 0x100
        case .allmulti: 0x200
        case .link0: 0x1000
        case .link1: 0x2000
        case .link2: 0x4000
        case .multicast: 0x8000
        }
    }
}

/// Neighbour discovery options (netinet6/nd6.h on BSD).
public enum Inet6Option: String, Codable, CaseIterable, Sendable {
    case performnud, accept_rtadv, ifdisabled, auto_linklocal, no_radr, no_dad

    public var bit: UInt32 {
        switch self {
        case .performnud: 0x1
        case .accept_rtadv: 0x2
        case .ifdisabled: 0x8
        case .auto_linklocal: 0x20
        case .no_radr: 0x40
        case .no_dad: 0x100
        }
    }
}

/// An inet6 address of any interface.
public struct Inet6AddressStatus: Codable, Equatable, Sendable {
    public var address: String
    public var prefixlen: Int
    public var destination: String?
    public var anycast = false
    public var tentative = false
    public var duplicated = false
    public var deprecated = false
    public var autoconf = false
    public var temporary = false
    /// Nil unless the address has a zone.
    public var scopeid: Int?
    /// Seconds left; nil is for ever.
    public var pltime: Int?
    public var vltime: Int?

    public init(address: String, prefixlen: Int) {
        self.address = address
        self.prefixlen = prefixlen
    }
}

/// What ifconfig(8) prints about an interface and inet6.
public struct Inet6Status: Codable, Equatable, Sendable {
    public var name: String
    public var index: Int
    public var flags: [Inet6Flag]
    public var mtu: Int
    public var description: String?
    public var inet6: [Inet6AddressStatus]
    public var nd6: [Inet6Option]

    public init(
        name: String, index: Int, flags: [Inet6Flag], mtu: Int, description: String?, inet6: [Inet6AddressStatus],
        nd6: [Inet6Option]
    ) {
        self.name = name
        self.index = index
        self.flags = flags
        self.mtu = mtu
        self.description = description
        self.inet6 = inet6
        self.nd6 = nd6
    }
}
