// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
import Glibc
public import Internet
import SystemPackage

/// An IPv6 route out of one interface. A route with several next hops is several of these.
public struct IPv6Route: Hashable, Sendable {
    public var destination: IPv6Prefix
    public var gateway: IPv6Address?
    public var index: UInt32
    /// Lower is preferred.
    public var metric: UInt32
    /// 254 is the main one: rtnetlink(7).
    public var table: UInt32
    public var type: RouteType
    /// Who made it: 2 is the kernel, 213 are we (`rt_protos.d`).
    public var origin: UInt8

    public init(
        destination: IPv6Prefix, gateway: IPv6Address? = nil, index: UInt32, metric: UInt32,
        table: UInt32 = mainRouteTable, type: RouteType = .unicast, origin: UInt8 = routeProtocol
    ) {
        self.destination = destination
        self.gateway = gateway
        self.index = index
        self.metric = metric
        self.table = table
        self.type = type
        self.origin = origin
    }
}

/// What becomes of packets that a route is for.
public enum RouteType: Sendable {
    /// They leave by the interface.
    case unicast
    /// They are for this node, whatever its addresses are.
    case local

    init?(_ value: UInt8) {
        switch Int(value) {
        case Int(RTN_UNICAST): self = .unicast
        case Int(RTN_LOCAL): self = .local
        default: return nil
        }
    }

    var value: UInt8 {
        switch self {
        case .unicast: UInt8(RTN_UNICAST)
        case .local: UInt8(RTN_LOCAL)
        }
    }
}

/// RT_TABLE_MAIN
public let mainRouteTable: UInt32 = 254

/// The rtnetlink protocol number of routes that are ours (`rt_protos.d`).
public let routeProtocol: UInt8 = 213

extension RouteSocket {
    /// The unicast and local ones. Equivalent: `ip -6 route show table all dev …`.
    public func ipv6Routes(out index: UInt32) throws(NetlinkError) -> [IPv6Route] {
        var fixed = rtmsg()
        fixed.rtm_family = UInt8(AF_INET6)
        let request = RouteRequest(type: RTM_GETROUTE, flags: NLM_F_DUMP, fixed: fixed)
        // A filter the kernel applies itself since 5.0; older ones send all.
        request.put(Int(RTA_OIF.rawValue), index)
        return unsafe try dump(request) { unsafe IPv6RouteChange($0)?.routes.filter { $0.index == index } }.flatMap(
            \.self)
    }

    /// Equivalent: `ip -6 route add … dev … proto 213 table …`. Requires CAP_NET_ADMIN.
    public func add(_ route: IPv6Route) throws(NetlinkError) {
        try perform(routeRequest(RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL, route))
    }

    /// Equivalent: `ip -6 route del … dev … proto 213`. Requires CAP_NET_ADMIN.
    public func remove(_ route: IPv6Route) throws(NetlinkError) {
        try perform(routeRequest(RTM_DELROUTE, flags: 0, route))
    }

    private func routeRequest(_ type: Int, flags: Int32, _ route: IPv6Route) -> RouteRequest {
        var fixed = rtmsg()
        fixed.rtm_family = UInt8(AF_INET6)
        fixed.rtm_dst_len = UInt8(route.destination.length)
        fixed.rtm_table = UInt8(RT_TABLE_UNSPEC.rawValue)
        fixed.rtm_protocol = route.origin
        fixed.rtm_scope = UInt8(RT_SCOPE_UNIVERSE.rawValue)
        fixed.rtm_type = route.type.value
        let request = RouteRequest(type: type, flags: NLM_F_ACK | flags, fixed: fixed)
        // The fixed part has no room for tables above 255.
        request.put(Int(RTA_TABLE.rawValue), route.table)
        request.put(Int(RTA_DST.rawValue), route.destination.address)
        request.put(Int(RTA_OIF.rawValue), route.index)
        request.put(Int(RTA_PRIORITY.rawValue), route.metric)
        if let gateway = route.gateway { request.put(Int(RTA_GATEWAY.rawValue), gateway) }
        return request
    }
}

extension RouteSocket {
    /// The interface that packets to `address` leave by; nil without a route. Equivalent: `ip -4 route get …`.
    public func interface(to address: IPv4Address) -> UInt32? {
        let request = lookup(family: AF_INET, bits: 32)
        request.put(Int(RTA_DST.rawValue), bytes: address.bits.bigEndian)
        return outgoingInterface(request, of: [Int(RTN_UNICAST)])
    }

    /// Whether packets to `address` can leave by an interface, though others may be the better or an equal way.
    /// Equivalent: `ip -4 route get fibmatch … oif …`.
    public func leads(to address: IPv4Address, by index: UInt32) -> Bool {
        // Without this flag the kernel takes whoever has no route by the interface for a neighbor there.
        let request = lookup(family: AF_INET, bits: 32, flags: RTM_F_FIB_MATCH)
        request.put(Int(RTA_DST.rawValue), bytes: address.bits.bigEndian)
        request.put(Int(RTA_OIF.rawValue), index)
        let isUnicast = unsafe try? ask(request) { message in
            unsafe message.fixed(rtmsg.self).map { Int($0.rtm_type) == Int(RTN_UNICAST) }
        }
        return isUnicast == true
    }

    /// The interface that packets to `address` leave by, loopback if it is this host's own; nil without a route.
    /// Equivalent: `ip -6 route get … from …`.
    public func interface(to address: IPv6Address, from source: IPv6Address? = nil) -> UInt32? {
        let request = lookup(family: AF_INET6, bits: 128, sourceBits: source == nil ? 0 : 128)
        request.put(Int(RTA_DST.rawValue), address)
        if let source { request.put(Int(RTA_SRC.rawValue), source) }
        return outgoingInterface(request, of: [RTN_UNICAST, RTN_LOCAL, RTN_ANYCAST].map { Int($0) })
    }

    /// The address that packets to `address` are sent from; nil without a route. Equivalent: `ip -4 route get …`.
    public func source(to address: IPv4Address) -> IPv4Address? {
        let request = lookup(family: AF_INET, bits: 32)
        request.put(Int(RTA_DST.rawValue), bytes: address.bits.bigEndian)
        return unsafe try? ask(request) { message in
            guard let fixed = unsafe message.fixed(rtmsg.self), Int(fixed.rtm_type) == Int(RTN_UNICAST) else {
                return nil
            }
            return unsafe message.attributes(after: rtmsg.self).ipv4(Int(RTA_PREFSRC.rawValue))
        }
    }

    /// What becomes of a TCP connection to `server`. Equivalent: `ip route get … from … ipproto tcp sport … dport …`.
    /// - Parameter source: the address and port to connect from; without, the kernel chooses. Port 0 is any.
    /// - Parameter device: ask in the table of this VRF.
    /// - Throws: what connect(2) would fail with: EHOSTUNREACH, EACCES; EINVAL if `source` is not this host's.
    public func way(
        to server: IPv4Endpoint, from source: IPv4Endpoint? = nil, within device: UInt32? = nil
    ) throws(NetlinkError) -> IPv4Way {
        let request = lookup(family: AF_INET, bits: 32, sourceBits: source == nil ? 0 : 32)
        request.put(Int(RTA_DST.rawValue), bytes: server.address.bits.bigEndian)
        if let source { request.put(Int(RTA_SRC.rawValue), bytes: source.address.bits.bigEndian) }
        if let device { request.put(Int(RTA_OIF.rawValue), device) }
        request.put(Int(RTA_IP_PROTO.rawValue), UInt8(IPPROTO_TCP))
        request.put(Int(RTA_DPORT.rawValue), bytes: server.port.bigEndian)
        if let port = source?.port, port != 0 { request.put(Int(RTA_SPORT.rawValue), bytes: port.bigEndian) }
        guard let way = unsafe try ask(request, { unsafe IPv4Way($0) }) else { throw NetlinkError(errno: .badMessage) }
        return way
    }

    private func lookup(family: Int32, bits: UInt8, sourceBits: UInt8 = 0, flags: Int32 = 0) -> RouteRequest {
        var fixed = rtmsg()
        fixed.rtm_family = UInt8(family)
        fixed.rtm_dst_len = bits
        fixed.rtm_src_len = sourceBits
        fixed.rtm_flags = UInt32(flags)
        return RouteRequest(type: RTM_GETROUTE, flags: 0, fixed: fixed)
    }

    /// Any failure is an answer too: unreachable, prohibited, or no route at all.
    private func outgoingInterface(_ request: RouteRequest, of types: [Int]) -> UInt32? {
        unsafe try? ask(request) { message in
            guard let fixed = unsafe message.fixed(rtmsg.self), types.contains(Int(fixed.rtm_type)) else { return nil }
            return unsafe message.attributes(after: rtmsg.self).value(Int(RTA_OIF.rawValue), as: UInt32.self)
        }
    }
}
