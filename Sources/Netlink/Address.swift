// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
public import Internet

/// An IPv4 address of an interface.
public struct IPv4InterfaceAddress: Hashable, Sendable {
    public var index: UInt32
    public var address: IPv4Address
    public var prefixLength: Int
    /// The addresses that the kernel broadcasts to: the last one of the network, whether anybody said so or not, and the
    /// one that somebody gave. `ip addr add 192.0.2.1/24 …` gives none, and makes 192.0.2.255 one all the same.
    public var broadcasts: Set<IPv4Address>
}

/// An IPv6 address of an interface.
public struct IPv6InterfaceAddress: Equatable, Sendable {
    public var index: UInt32
    public var address: IPv6Address
    public var prefixLength: Int
    public var flags: AddressFlags
    /// Seconds left; nil is for ever.
    public var preferred: UInt32?
    public var valid: UInt32?
    /// The address at the other end of a point-to-point link.
    public var peer: IPv6Address?
    /// Who made it, a number as routes have one (`IFAPROT_KERNEL_RA`); 0 is nobody in particular, and what kernels before
    /// 5.18 always say.
    public var maker: UInt8 = 0

    public init(
        index: UInt32, address: IPv6Address, prefixLength: Int, flags: AddressFlags = [],
        preferred: UInt32? = nil, valid: UInt32? = nil
    ) {
        self.index = index
        self.address = address
        self.prefixLength = prefixLength
        self.flags = flags
        self.preferred = preferred
        self.valid = valid
    }
}

/// The kernel's address flags that matter here (linux/if_addr.h).
public struct AddressFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let temporary = AddressFlags(rawValue: UInt32(IFA_F_TEMPORARY))
    public static let noDuplicateDetection = AddressFlags(rawValue: UInt32(IFA_F_NODAD))
    public static let optimistic = AddressFlags(rawValue: UInt32(IFA_F_OPTIMISTIC))
    public static let duplicated = AddressFlags(rawValue: UInt32(IFA_F_DADFAILED))
    public static let deprecated = AddressFlags(rawValue: UInt32(IFA_F_DEPRECATED))
    public static let tentative = AddressFlags(rawValue: UInt32(IFA_F_TENTATIVE))

    /// Those that a request may set; the kernel forgets the ones that are not set again when an address is changed.
    static let settable = AddressFlags(
        rawValue: UInt32(
            IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE
                | IFA_F_MCAUTOJOIN))
}

/// An anycast address of an interface, whether a socket joined it or the kernel did, as routers must (RFC 4291 §2.6.1).
public struct KernelAnycast: Equatable, Sendable {
    public var index: UInt32
    public var address: IPv6Address

    public init(index: UInt32, address: IPv6Address) {
        self.index = index
        self.address = address
    }
}

extension RouteSocket {
    /// Equivalent: `ip -4 addr show`.
    public func ipv4Addresses() throws(NetlinkError) -> [IPv4InterfaceAddress] {
        unsafe try dump(addressDump(family: AF_INET)) { unsafe IPv4InterfaceAddress($0) }
    }

    /// Equivalent: `ip -6 addr show dev …`.
    public func ipv6Addresses(of index: UInt32) throws(NetlinkError) -> [IPv6InterfaceAddress] {
        // The kernel filters since 4.20; older ones send all.
        unsafe try dump(addressDump(family: AF_INET6, index: index)) { unsafe IPv6InterfaceAddress($0) }
            .filter { $0.index == index }
    }

    /// Equivalent: `ip -6 addr show`.
    public func ipv6Addresses() throws(NetlinkError) -> [IPv6InterfaceAddress] {
        unsafe try dump(addressDump(family: AF_INET6)) { unsafe IPv6InterfaceAddress($0) }
    }

    /// What the kernel answers to as anycast: `/proc/net/anycast6`.
    public func anycastAddresses() throws(NetlinkError) -> [KernelAnycast] {
        var fixed = ifaddrmsg()
        fixed.ifa_family = UInt8(AF_INET6)
        let request = RouteRequest(type: RTM_GETANYCAST, flags: NLM_F_DUMP, fixed: fixed)
        return unsafe try dump(request) { message in
            guard let fixed = unsafe message.fixed(ifaddrmsg.self),
                let address = unsafe message.attributes(after: ifaddrmsg.self).ipv6(IFA_ANYCAST)
            else { return nil }
            return KernelAnycast(index: fixed.ifa_index, address: address)
        }
    }

    /// Adds the address or changes the lifetimes of the one that is there.
    /// Equivalent: `ip -6 addr replace … dev … preferred_lft N valid_lft N nodad`. Requires CAP_NET_ADMIN.
    public func set(_ address: IPv6InterfaceAddress) throws(NetlinkError) {
        let request = addressRequest(RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE, address)
        request.put(IFA_FLAGS, address.flags.intersection(.settable).rawValue)
        if address.maker != 0 { request.put(IFA_PROTO, address.maker) }
        var lifetimes = ifa_cacheinfo()
        lifetimes.ifa_prefered = address.preferred ?? UInt32.max
        lifetimes.ifa_valid = address.valid ?? UInt32.max
        request.put(IFA_CACHEINFO, bytes: lifetimes)
        try perform(request)
    }

    /// Equivalent: `ip -6 addr del … dev …`. Requires CAP_NET_ADMIN.
    public func remove(_ address: IPv6InterfaceAddress) throws(NetlinkError) {
        try perform(addressRequest(RTM_DELADDR, flags: 0, address))
    }

    /// Equivalent: `ip -4 addr replace … brd + dev …`. Requires CAP_NET_ADMIN.
    public func set(_ address: IPv4Address, length: Int, on index: UInt32) throws(NetlinkError) {
        let request = addressRequest(RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE, address, length, index)
        if length < 31 {
            let broadcast = address.bits | UInt32.max >> UInt32(length)
            request.put(IFA_BROADCAST, bytes: broadcast.bigEndian)
        }
        try perform(request)
    }

    /// Equivalent: `ip -4 addr del … dev …`. Requires CAP_NET_ADMIN.
    public func remove(_ address: IPv4Address, length: Int, on index: UInt32) throws(NetlinkError) {
        try perform(addressRequest(RTM_DELADDR, flags: 0, address, length, index))
    }

    private func addressRequest(
        _ type: Int, flags: Int32, _ address: IPv4Address, _ length: Int, _ index: UInt32
    ) -> RouteRequest {
        var fixed = ifaddrmsg()
        fixed.ifa_family = UInt8(AF_INET)
        fixed.ifa_prefixlen = UInt8(length)
        fixed.ifa_index = index
        let request = RouteRequest(type: type, flags: NLM_F_ACK | flags, fixed: fixed)
        request.put(IFA_LOCAL, bytes: address.bits.bigEndian)
        request.put(IFA_ADDRESS, bytes: address.bits.bigEndian)
        return request
    }

    private func addressRequest(_ type: Int, flags: Int32, _ address: IPv6InterfaceAddress) -> RouteRequest {
        var fixed = ifaddrmsg()
        fixed.ifa_family = UInt8(AF_INET6)
        fixed.ifa_prefixlen = UInt8(address.prefixLength)
        fixed.ifa_index = address.index
        let request = RouteRequest(type: type, flags: NLM_F_ACK | flags, fixed: fixed)
        request.put(IFA_LOCAL, address.address)
        if let peer = address.peer { request.put(IFA_ADDRESS, peer) }
        return request
    }

    private func addressDump(family: Int32, index: UInt32 = 0) -> RouteRequest {
        var fixed = ifaddrmsg()
        fixed.ifa_family = UInt8(family)
        fixed.ifa_index = index
        return RouteRequest(type: RTM_GETADDR, flags: NLM_F_DUMP, fixed: fixed)
    }
}

extension IPv4InterfaceAddress {
    init?(_ message: RouteMessage) {
        guard let fixed = unsafe message.fixed(ifaddrmsg.self), Int32(fixed.ifa_family) == AF_INET,
            fixed.ifa_prefixlen <= 32
        else { return nil }
        let attributes = unsafe message.attributes(after: ifaddrmsg.self)
        // On a point-to-point link IFA_ADDRESS is the peer's address and IFA_LOCAL ours.
        guard
            let address = unsafe attributes.ipv4(IFA_LOCAL) ?? attributes.ipv4(IFA_ADDRESS)
        else { return nil }
        index = fixed.ifa_index
        self.address = address
        prefixLength = Int(fixed.ifa_prefixlen)
        let network = unsafe IPv4Prefix(attributes.ipv4(IFA_ADDRESS) ?? address, length: prefixLength)
        broadcasts = unsafe Set([network.broadcast, attributes.ipv4(IFA_BROADCAST)].compactMap(\.self))
    }
}

extension IPv6InterfaceAddress {
    init?(_ message: RouteMessage) {
        guard let fixed = unsafe message.fixed(ifaddrmsg.self), Int32(fixed.ifa_family) == AF_INET6,
            fixed.ifa_prefixlen <= 128
        else { return nil }
        let attributes = unsafe message.attributes(after: ifaddrmsg.self)
        guard
            let address = unsafe attributes.ipv6(IFA_LOCAL) ?? attributes.ipv6(IFA_ADDRESS)
        else { return nil }
        index = fixed.ifa_index
        self.address = address
        prefixLength = Int(fixed.ifa_prefixlen)
        let allFlags = unsafe attributes.value(IFA_FLAGS, as: UInt32.self)
        flags = AddressFlags(rawValue: allFlags ?? UInt32(fixed.ifa_flags))
        let lifetimes = unsafe attributes.value(IFA_CACHEINFO, as: ifa_cacheinfo.self)
        preferred = lifetimes.flatMap { $0.ifa_prefered == UInt32.max ? nil : $0.ifa_prefered }
        valid = lifetimes.flatMap { $0.ifa_valid == UInt32.max ? nil : $0.ifa_valid }
        // With a peer, IFA_ADDRESS is the peer's address and IFA_LOCAL ours; without, there is no IFA_LOCAL.
        peer = unsafe attributes.ipv6(IFA_ADDRESS).flatMap { $0 == address ? nil : $0 }
        maker = unsafe attributes.value(IFA_PROTO, as: UInt8.self) ?? 0
    }
}
