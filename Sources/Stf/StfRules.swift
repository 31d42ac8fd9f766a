// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What decides over the packets of one stf interface: its configuration and what it needs to know of this host. A value
/// that does not change; the control thread publishes a new one.
public struct StfRules: Equatable, Sendable {
    /// The kernel's index of the interface.
    public var index: UInt32 = 0
    public var isUp = false
    public var link0 = false
    public var link1 = false
    public var link2 = false
    /// Programs may take packets past the interface.
    public var takesShortcut = false
    /// Of the engine inside the kernel: it lets pass only what the firewall would.
    public var isAsking = true
    /// The inet6 address of the interface, whether it can be used or not.
    public var address: IPv6Address?
    /// The same with the interface's prefix length, if the interface can be used.
    public var prefix: IPv6Prefix?
    /// How IPv6 and IPv4 addresses belong together: 6to4, or a 6rd domain.
    public var domain: TunnelDomain?
    /// The IPv4 address that goes with the inet6 address, if this host has it; otherwise nothing can be sent or received.
    public var own: IPv4Address? { didSet { judgeOwn() } }
    /// Why nothing may come from or go to our own IPv4 address: a permission may have been taken back since it was set.
    /// Known beforehand, for every packet has that address.
    private(set) var ownBreaks: IPv4Rule?
    /// The border relay of a 6rd domain that is sent to; nil on the relay itself.
    public var relay: IPv4Address?
    /// Others that may send as well.
    public var otherRelays: Set<IPv4Address> = []
    /// Where the routes through this interface lead.
    public var nextHops = NextHopTable()
    /// Broadcast addresses of all directly connected networks.
    public var broadcasts: Set<IPv4Address> = [] { didSet { judgeOwn() } }
    public var permits = StfPermissions() { didSet { judgeOwn() } }
    /// `net.link.stf.pairing`
    public var checksPairing = true
    /// `net.link.stf.loop_check`
    public var checksLoops = true
    /// `net.link.stf.ttl`, of the outer header.
    public var timeToLive: UInt8 = 40
    /// `net.inet6.ip6.gifhlim`, of IPv6 packets that the tunnel itself sends.
    public var hopLimit: UInt8 = 30

    public init() {}

    private mutating func judgeOwn() { ownBreaks = own.flatMap { broken(by: $0) } }

    private var isSixToFour: Bool { domain == SixToFour.domain }

    /// The IPv4 addresses that a prefix length over 16 keeps to: with 2002:901:203::1/32, 9.1.0.0/16 (stf(4)). A 6rd
    /// domain has no such limit.
    var peers: IPv4Prefix? {
        guard let own, let prefix else { return nil }
        return IPv4Prefix(own, length: isSixToFour ? min(max(prefix.length - 16, 0), 32) : 0)
    }

    /// A relay forwards between the domain and native addresses for everyone. Only prefix length 16 makes one of 6to4
    /// (stf(4)); in a 6rd domain it is who knows of no other.
    var isRelay: Bool {
        isSixToFour ? prefix?.length == SixToFour.prefix.length : relay == nil
    }

    /// Where ICMPv6 errors come from: the subnet-router anycast address of our own network (RFC 4291 §2.6.1), for the
    /// router that would be beyond the interface. From our own address they would arrive as a forgery of it, which
    /// source_address_validation refuses: 2002:c000:201:: for 2002:c000:201::1.
    public var errorSource: IPv6Address? {
        guard let address else { return nil }
        let router = address.masked(to: 64)
        return router == address ? IPv6Address(high: address.high, low: 1) : router
    }

    public func broken(by address: IPv4Address) -> IPv4Rule? {
        if let rule = IPv4Rule.broken(by: address, permits: permits) { return rule }
        return broadcasts.contains(address) ? .subnetBroadcast : nil
    }
}

/// What the routing tables say, for the checks that depend on them.
public protocol RouteLookup {
    /// Whether a way to `address` leaves by an interface: one of several, and not only the best.
    mutating func leads(to address: IPv4Address, by interface: UInt32) -> Bool
    /// The interface that packets to `address` leave by, if there is a route; loopback for an address of our own.
    mutating func interface(to address: IPv6Address) -> UInt32?
}
