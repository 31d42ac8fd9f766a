// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL

/// A network interface, as the kernel has it.
public struct Link: Equatable, Sendable {
    public var index: UInt32
    public var name: String
    public var flags: LinkFlags
    /// What made it, in the words of `ip link add … type KIND`; nil of hardware, for one.
    public var kind: String?
    /// Whether its packets have Ethernet headers (ARPHRD_ETHER).
    public var isEthernet: Bool
    /// What it is a port of, in the same words: `bridge`, `bond`, `vrf`.
    public var portKind: String?
    /// Bytes.
    public var mtu: Int
    /// The description that `ip link set … alias` gives.
    public var alias: String?
    /// Whether the kernel makes a link-local address here by itself.
    public var generatesLinkLocal: Bool
    /// Six bytes of an Ethernet.
    public var address: [UInt8] = []
    /// Packets that the device had no room for on their way out, because nobody read them in time.
    public var outputDrops: UInt64
}

/// The kernel's interface flags that matter here (linux/if.h).
public struct LinkFlags: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let up = LinkFlags(rawValue: IFF_UP.rawValue)
    public static let broadcast = LinkFlags(rawValue: IFF_BROADCAST.rawValue)
    public static let debug = LinkFlags(rawValue: IFF_DEBUG.rawValue)
    public static let pointToPoint = LinkFlags(rawValue: IFF_POINTOPOINT.rawValue)
    public static let loopback = LinkFlags(rawValue: IFF_LOOPBACK.rawValue)
    public static let running = LinkFlags(rawValue: IFF_RUNNING.rawValue)
    public static let noARP = LinkFlags(rawValue: IFF_NOARP.rawValue)
    public static let promiscuous = LinkFlags(rawValue: IFF_PROMISC.rawValue)
    public static let allMulticast = LinkFlags(rawValue: IFF_ALLMULTI.rawValue)
    public static let multicast = LinkFlags(rawValue: IFF_MULTICAST.rawValue)
}

/// Settings of a link to change; nil stays as it is.
public struct LinkSettings: Equatable, Sendable {
    public var isUp: Bool?
    public var mtu: Int?
    /// Empty removes it.
    public var alias: String?
    public var multicast: Bool?
    /// False: `addrgenmode none`.
    public var generatesLinkLocal: Bool?

    public init(
        isUp: Bool? = nil, mtu: Int? = nil, alias: String? = nil, multicast: Bool? = nil,
        generatesLinkLocal: Bool? = nil
    ) {
        self.isUp = isUp
        self.mtu = mtu
        self.alias = alias
        self.multicast = multicast
        self.generatesLinkLocal = generatesLinkLocal
    }
}

extension RouteSocket {
    /// Equivalent: `ip link show`.
    public func links() throws(NetlinkError) -> [Link] {
        let request = RouteRequest(type: RTM_GETLINK, flags: NLM_F_DUMP, fixed: ifinfomsg())
        return unsafe try dump(request) { unsafe Link($0) }
    }

    /// Nil if there is none with this index. Equivalent: `ip link show dev …`.
    public func link(_ index: UInt32) -> Link? {
        var fixed = ifinfomsg()
        fixed.ifi_index = Int32(bitPattern: index)
        return unsafe try? ask(RouteRequest(type: RTM_GETLINK, flags: 0, fixed: fixed)) { unsafe Link($0) }
    }

    /// Equivalent: `ip link set dev … up|down mtu N alias TEXT multicast on|off addrgenmode eui64|none`.
    /// Requires CAP_NET_ADMIN.
    public func set(link index: UInt32, _ settings: LinkSettings) throws(NetlinkError) {
        var fixed = ifinfomsg()
        fixed.ifi_index = Int32(bitPattern: index)
        for (flag, isOn) in [(LinkFlags.up, settings.isUp), (.multicast, settings.multicast)] {
            guard let isOn else { continue }
            fixed.ifi_change |= flag.rawValue
            if isOn { fixed.ifi_flags |= flag.rawValue }
        }
        let request = RouteRequest(type: RTM_NEWLINK, flags: NLM_F_ACK, fixed: fixed)
        if let mtu = settings.mtu { request.put(IFLA_MTU, UInt32(mtu)) }
        if let alias = settings.alias { request.put(IFLA_IFALIAS, alias) }
        if let generates = settings.generatesLinkLocal {
            let mode = generates ? IN6_ADDR_GEN_MODE_EUI64 : IN6_ADDR_GEN_MODE_NONE
            request.nest(IFLA_AF_SPEC) {
                request.nest(Int(AF_INET6)) {
                    request.put(IFLA_INET6_ADDR_GEN_MODE, UInt8(mode.rawValue))
                }
            }
        }
        try perform(request)
    }
}

extension Link {
    init?(_ message: RouteMessage) {
        guard let fixed = unsafe message.fixed(ifinfomsg.self) else { return nil }
        let attributes = unsafe message.attributes(after: ifinfomsg.self)
        guard let name = unsafe attributes.string(IFLA_IFNAME) else { return nil }
        self.name = name
        index = UInt32(bitPattern: fixed.ifi_index)
        flags = LinkFlags(rawValue: fixed.ifi_flags)
        // ARPHRD_ETHER of linux/if_arp.h.
        isEthernet = fixed.ifi_type == 1
        let information = unsafe attributes.nested(IFLA_LINKINFO)
        kind = unsafe information?.string(IFLA_INFO_KIND)
        portKind = unsafe information?.string(IFLA_INFO_SLAVE_KIND)
        address = unsafe attributes.first(IFLA_ADDRESS).map { unsafe Array($0) } ?? []
        mtu = unsafe Int(attributes.value(IFLA_MTU, as: UInt32.self) ?? 0)
        alias = unsafe attributes.string(IFLA_IFALIAS).flatMap { $0.isEmpty ? nil : $0 }
        let inet6 = unsafe attributes.nested(IFLA_AF_SPEC)?.nested(Int(AF_INET6))
        let mode = unsafe inet6?.value(IFLA_INET6_ADDR_GEN_MODE, as: UInt8.self)
        generatesLinkLocal = mode.map { UInt32($0) != IN6_ADDR_GEN_MODE_NONE.rawValue } ?? false
        let dropped = MemoryLayout<rtnl_link_stats64>.offset(of: \.tx_dropped) ?? 0
        if let statistics = unsafe attributes.first(IFLA_STATS64), statistics.count >= dropped + 8 {
            outputDrops = unsafe statistics.loadUnaligned(fromByteOffset: dropped, as: UInt64.self)
        } else {
            outputDrops = 0
        }
    }
}
