// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
import Glibc
public import SystemIO
import SystemPackage

/// What changed in the kernel, whoever changed it.
public enum RouteEvent: Equatable, Sendable {
    case link(Link)
    case linkRemoved(UInt32)
    case ipv4Address(IPv4InterfaceAddress)
    case ipv4AddressRemoved(IPv4InterfaceAddress)
    case ipv6Address(IPv6InterfaceAddress)
    case ipv6AddressRemoved(IPv6InterfaceAddress)
    case ipv6Routes(IPv6RouteChange)
    /// Some IPv4 route came, changed or went.
    case ipv4Routes
    /// A rule that chooses among routing tables came or went.
    case rules
    /// Events were lost; everything must be read anew.
    case overrun
}

/// The kernel's stream of changes. Equivalent: `ip monitor link address route rule`.
public final class RouteEvents {
    private let socket: MNLSocket
    /// Some ten thousand routes that a BGP speaker tells of, each with what the kernel needs to keep it.
    private static let capacity: Int32 = 8 << 20

    public init() throws(NetlinkError) {
        let groups =
            RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE | RTMGRP_IPV6_IFADDR
            | RTMGRP_IPV6_ROUTE | 1 << Int32(RTNLGRP_IPV6_RULE.rawValue - 1)
        socket = try MNLSocket(groups: UInt32(groups), flags: Int32(SOCK_NONBLOCK.rawValue))
        socket.keep(bytes: RouteEvents.capacity)
    }

    public var pollable: PollDescriptor { PollDescriptor(watching: socket.number) }

    /// Messages that may wait since before the last loss.
    private var old = 0

    /// Whether there may be events still of what was before the last loss: the kernel tells of a loss first, and then of
    /// what came before it. What is read anew now would be spoilt by them.
    public var isBehind: Bool { old > 0 }

    /// As many as can be waiting: the kernel takes at least half a kilobyte for each, and twice what was asked for.
    public static let all = 2 * Int(capacity) / 512

    /// Events that have arrived. An own request's events are here when its acknowledgement is.
    /// - Parameter limit: with ``all``, those that come meanwhile are left when the others are there, and somebody who makes
    ///   events without end is not waited for.
    public func next(atMost limit: Int = RouteEvents.all) throws(NetlinkError) -> [RouteEvent] {
        var events: [RouteEvent] = []
        for _ in 0..<limit {
            old = max(old - 1, 0)
            do throws(NetlinkError) {
                guard try unsafe socket.receive({ unsafe events.append(contentsOf: RouteEvents.events(in: $0)) }) else {
                    old = 0
                    return events
                }
            } catch  where error.errno == .noBufferSpace {
                events = [.overrun]
                old = RouteEvents.all
            }
        }
        return events
    }

    static func events(in message: RouteMessage) -> [RouteEvent] {
        switch unsafe message.type {
        case RTM_NEWLINK, RTM_DELLINK:
            // A bridge tells of ports that join or leave it with the same messages in another family.
            guard let fixed = unsafe message.fixed(ifinfomsg.self), fixed.ifi_family == UInt8(AF_UNSPEC) else {
                return []
            }
            if unsafe message.type == RTM_DELLINK { return [.linkRemoved(UInt32(bitPattern: fixed.ifi_index))] }
            return unsafe Link(message).map { [.link($0)] } ?? []
        case RTM_NEWADDR:
            if let address = unsafe IPv4InterfaceAddress(message) { return [.ipv4Address(address)] }
            return unsafe IPv6InterfaceAddress(message).map { [.ipv6Address($0)] } ?? []
        case RTM_DELADDR:
            if let address = unsafe IPv4InterfaceAddress(message) { return [.ipv4AddressRemoved(address)] }
            return unsafe IPv6InterfaceAddress(message).map { [.ipv6AddressRemoved($0)] } ?? []
        case RTM_NEWROUTE, RTM_DELROUTE:
            guard let fixed = unsafe message.fixed(rtmsg.self) else { return [] }
            if Int32(fixed.rtm_family) == AF_INET { return [.ipv4Routes] }
            return unsafe IPv6RouteChange(message).map { [.ipv6Routes($0)] } ?? []
        case RTM_NEWRULE, RTM_DELRULE:
            return [.rules]
        default:
            return []
        }
    }
}
