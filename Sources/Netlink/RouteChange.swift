// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
import Glibc
public import Internet

/// What the kernel tells of IPv6 routes of one destination, table and metric: one, or the next hops of one.
public struct IPv6RouteChange: Equatable, Sendable {
    public enum Kind: Sendable {
        case added
        case removed
    }

    public var kind: Kind
    public var destination: IPv6Prefix
    public var table: UInt32
    public var metric: UInt32
    /// Those that lead out of an interface, or are local; none if the kernel tells of another type.
    public var routes: [IPv6Route]
    /// Another route that there was is gone.
    public var isReplacement = false
    /// Not all of what tells them from others is in here: they are for packets from some sources only.
    public var isDoubtful = false

    /// - Parameter key: names destination, table and metric.
    public init(_ kind: Kind, _ routes: [IPv6Route], of key: IPv6Route) {
        self.kind = kind
        self.routes = routes
        (destination, table, metric) = (key.destination, key.table, key.metric)
    }

    /// Nil: it is of IPv4, or not of the routing tables.
    @unsafe
    init?(_ message: RouteMessage) {
        guard let fixed = unsafe message.fixed(rtmsg.self), Int32(fixed.rtm_family) == AF_INET6,
            fixed.rtm_flags & UInt32(RTM_F_CLONED) == 0
        else { return nil }
        let attributes = unsafe message.attributes(after: rtmsg.self)
        table = unsafe attributes.value(Int(RTA_TABLE.rawValue), as: UInt32.self) ?? UInt32(fixed.rtm_table)
        let address = unsafe attributes.ipv6(Int(RTA_DST.rawValue)) ?? .unspecified
        destination = IPv6Prefix(address, length: min(Int(fixed.rtm_dst_len), 128))
        metric = unsafe attributes.value(Int(RTA_PRIORITY.rawValue), as: UInt32.self) ?? 0
        kind = unsafe message.type == RTM_DELROUTE ? .removed : .added
        isReplacement = unsafe Int32(message.header.pointee.nlmsg_flags) & NLM_F_REPLACE != 0
        isDoubtful = fixed.rtm_src_len != 0
        routes = []
        guard let type = RouteType(fixed.rtm_type) else { return }
        let (destination, metric, table) = (destination, metric, table)
        routes = unsafe IPv6RouteChange.nextHops(attributes).map { gateway, index in
            IPv6Route(
                destination: destination, gateway: gateway, index: index, metric: metric, table: table, type: type,
                origin: fixed.rtm_protocol)
        }
    }

    private static func nextHops(_ attributes: RouteAttributes) -> [(gateway: IPv6Address?, index: UInt32)] {
        if let index = unsafe attributes.value(Int(RTA_OIF.rawValue), as: UInt32.self) {
            return [(unsafe attributes.ipv6(Int(RTA_GATEWAY.rawValue)), index)]
        }
        guard let hops = unsafe attributes.first(Int(RTA_MULTIPATH.rawValue)) else { return [] }
        return unsafe nextHops(hops)
    }

    /// RTA_MULTIPATH is a run of `rtnexthop` structures, each followed by attributes of its own.
    private static func nextHops(_ bytes: UnsafeRawBufferPointer) -> [(gateway: IPv6Address?, index: UInt32)] {
        let size = MemoryLayout<rtnexthop>.size
        var hops: [(gateway: IPv6Address?, index: UInt32)] = []
        var rest = unsafe bytes[...]
        while unsafe rest.count >= size {
            let hop = unsafe UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: rtnexthop.self)
            let length = Int(hop.rtnh_len)
            guard length >= size, unsafe length <= rest.count else { break }
            let attributes = unsafe RouteAttributes(
                bytes: UnsafeRawBufferPointer(rebasing: rest.dropFirst(size).prefix(length - size)))
            let gateway = unsafe attributes.ipv6(Int(RTA_GATEWAY.rawValue))
            hops.append((gateway, UInt32(bitPattern: hop.rtnh_ifindex)))
            unsafe rest = rest.dropFirst((length + 3) & ~3)
        }
        return hops
    }
}
