// SPDX-License-Identifier: BSD-2-Clause

/// The types of `io.hydrangea.ifnet.varlink`, field for field; a test holds the two against each other.

/// What a clone does.
public enum InterfaceKind: String, Codable, CaseIterable, Sendable {
    case stf, faith, vamp, puppet

    /// What its interfaces are told with.
    public var tool: String {
        switch self {
        case .stf: "stfctl"
        case .faith: "faithctl"
        case .vamp, .puppet: "puppetctl"
        }
    }
}

/// ifconfig(8)'s interface flags.
public enum InterfaceFlag: String, Codable, CaseIterable, Sendable {
    case up, running, promisc, allmulti, link0, link1, link2, multicast

    /// The bit in the hexadecimal number that ifconfig prints (net/if.h on BSD).
    public var bit: UInt32 {
        switch self {
        case .up: 0x1
        case .running: 0x40
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
public enum NeighborOption: String, Codable, CaseIterable, Sendable {
    case auto_linklocal, no_dad

    public var bit: UInt32 {
        switch self {
        case .auto_linklocal: 0x20
        case .no_dad: 0x100
        }
    }
}

/// An inet6 address of an interface.
public struct AddressStatus: Codable, Equatable, Sendable {
    public var address: String
    public var prefixlen: Int
    public var anycast: Bool
    public var tentative: Bool
    public var duplicated: Bool
    public var deprecated: Bool
    /// Seconds left; nil is for ever.
    public var pltime: Int?
    public var vltime: Int?

    public init(
        address: String, prefixlen: Int, anycast: Bool, tentative: Bool, duplicated: Bool, deprecated: Bool,
        pltime: Int?, vltime: Int?
    ) {
        self.address = address
        self.prefixlen = prefixlen
        self.anycast = anycast
        self.tentative = tentative
        self.duplicated = duplicated
        self.deprecated = deprecated
        self.pltime = pltime
        self.vltime = vltime
    }
}

public struct Traffic: Codable, Equatable, Sendable {
    public var packets: UInt64
    public var bytes: UInt64

    public init(packets: UInt64 = 0, bytes: UInt64 = 0) {
        self.packets = packets
        self.bytes = bytes
    }

    public static func += (total: inout Traffic, more: Traffic) {
        total.packets += more.packets
        total.bytes += more.bytes
    }
}

/// Input is from the wire to us, output from us to the wire, both seen from the interface.
public enum Direction: String, Codable, CaseIterable, Sendable {
    case input, output
}

/// How many packets died of one reason.
public struct DropStatus: Codable, Equatable, Sendable {
    public var direction: Direction
    public var reason: String
    public var description: String
    public var packets: UInt64

    public init(direction: Direction, reason: String, description: String, packets: UInt64) {
        self.direction = direction
        self.reason = reason
        self.description = description
        self.packets = packets
    }
}

/// What programs inside the kernel ask about packets of one direction before they carry others like them.
public struct AskedStatus: Codable, Equatable, Sendable {
    public var direction: Direction
    /// Who may have something to say: `nft chain ip/f/input`. Empty: nobody.
    public var about: [String]
    /// Whether they carry none therefore.
    public var closed: Bool
    /// Packets that took the kernel's own way, those that it let pass, and those that it did not.
    public var asked: UInt64
    public var passed: UInt64
    public var refused: UInt64

    public init(
        direction: Direction, about: [String], closed: Bool, asked: UInt64, passed: UInt64, refused: UInt64
    ) {
        self.direction = direction
        self.about = about
        self.closed = closed
        self.asked = asked
        self.passed = passed
        self.refused = refused
    }
}

/// What an interface counted since it was made.
public struct CounterStatus: Codable, Equatable, Sendable {
    public var input: Traffic
    public var output: Traffic
    public var drops: [DropStatus]
    /// What programs inside the kernel left to inet6d, and why. These are no drops. Nil where there are none.
    public var left: [DropStatus]?
    /// Packets that they took past the interface. Nil where there are none.
    public var shortcuts: UInt64?
    /// Those of them that the kernel made no packets of. Nil unless it was said between which devices.
    public var expresses: UInt64?
    /// Those that they did not, though they may, and why. These are no drops.
    public var detours: [DropStatus]?
    /// What those programs ask the firewall. Nil where there are none.
    public var asked: [AskedStatus]?

    public init(input: Traffic, output: Traffic, drops: [DropStatus]) {
        self.input = input
        self.output = output
        self.drops = drops
    }
}

/// Everything ifconfig(8) would print about an interface, and what it could not.
public struct InterfaceStatus: Codable, Equatable, Sendable {
    public var name: String
    /// As text, so that a tool can pass over kinds that it does not know; and decoding one type less is quicker.
    public var kindName: String
    public var index: Int
    public var flags: [InterfaceFlag] = []
    public var mtu = 0
    public var description: String?
    public var inet6: [AddressStatus] = []
    public var nd6: [NeighborOption] = []
    public var stfv4net: String?
    public var stfv4br: String?
    public var auto = false
    /// `default via ::192.88.99.1`
    public var routes: [String]?
    public var delegated: String?
    public var ipv4: String?
    /// What was said to carry the packets; nil unless something else than `auto` was.
    public var engine: String?
    /// False: programs may not take packets past the interface. Nil where they may.
    public var shortcut: Bool?
    /// Between which devices frames are taken before the kernel makes packets of them: `eth0,eth1`. Nil: none.
    public var xdp: String?
    /// What does, and if it is not the kernel, why: `kernel`, `user: Linux 6.1 has no …`.
    public var carrier: String?
    /// False if the programs let pass what the firewall might not; nil otherwise.
    public var ask: Bool?
    /// Nil unless asked for.
    public var counters: CounterStatus?

    /// Nil if it is one of a newer daemon.
    public var kind: InterfaceKind? { InterfaceKind(rawValue: kindName) }

    private enum CodingKeys: String, CodingKey {
        case name, index, flags, mtu, description, inet6, nd6, stfv4net, stfv4br, auto, routes, delegated, ipv4, engine,
            shortcut, xdp, carrier, ask, counters
        case kindName = "kind"
    }

    public init(name: String, kind: InterfaceKind, index: Int) {
        self.name = name
        kindName = kind.rawValue
        self.index = index
    }
}
