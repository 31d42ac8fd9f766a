// SPDX-License-Identifier: BSD-2-Clause
internal import Faith
public import Internet
internal import Netlink
public import SystemIO
internal import SystemPackage

/// Keeps clients of a relay away from this host itself: who connects from an address of ours is trusted, by what listens
/// here for local use only. What is ours is for the kernel to say, at that moment, for it alone knows all: addresses,
/// local routes (AnyIP), tables that rules lead to.
///
/// It belongs to one thread.
public struct ServerRoutes: RelayRoutes {
    private let socket: RouteSocket
    private let devices = Devices()

    public init() throws(SystemError) {
        do throws(NetlinkError) {
            socket = try RouteSocket()
        } catch {
            throw SystemError(object: "rtnetlink", error.errno)
        }
    }

    public func refusal(of server: IPv4Endpoint, from source: IPv4Address?) -> RelayRefusal? {
        do throws(NetlinkError) {
            if let source { return refusal(try way(to: server, from: IPv4Endpoint(source, port: 0))) }
            // As connect(2) does: what a rule has for the source that is found may be another way than the one it came by.
            let first = try way(to: server, from: nil)
            if let reason = refusal(first) { return reason }
            guard let chosen = first.source else { return nil }
            return refusal(try way(to: server, from: IPv4Endpoint(chosen, port: 0)))
        } catch {
            return nil
        }
    }

    public func refusal(of server: IPv4Endpoint, connectedFrom source: IPv4Endpoint) -> RelayRefusal? {
        do throws(NetlinkError) {
            return refusal(try way(to: server, from: source))
        } catch {
            return RelayRefusal(connecting: error.errno)
        }
    }

    private func refusal(_ way: IPv4Way) -> RelayRefusal? {
        switch way.kind {
        case .unicast: devices.isLoopback(way.index, socket) ? .policy(.ownAddress) : nil
        case .local: .policy(.ownAddress)
        case .broadcast: .policy(.destination(.subnetBroadcast))
        case .multicast: .policy(.destination(.multicast))
        case .other: .serverUnreachable
        }
    }

    /// A route may lead to a VRF, in whose table the way goes on.
    private func way(to server: IPv4Endpoint, from source: IPv4Endpoint?) throws(NetlinkError) -> IPv4Way {
        let way = try socket.way(to: server, from: source)
        guard way.kind == .unicast, devices.isVRF(way.index, socket) else { return way }
        return try socket.way(to: server, from: source, within: way.index)
    }

    /// What is known of devices by their indices. The kernel gives an index to another device only when all were used, or if
    /// somebody asks for it.
    private final class Devices {
        private enum Kind { case loopback, vrf, other }

        private var known: [UInt32: Kind] = [:]

        func isLoopback(_ index: UInt32, _ socket: RouteSocket) -> Bool { kind(index, socket) == .loopback }
        func isVRF(_ index: UInt32, _ socket: RouteSocket) -> Bool { kind(index, socket) == .vrf }

        private func kind(_ index: UInt32, _ socket: RouteSocket) -> Kind? {
            if let kind = known[index] { return kind }
            guard let link = socket.link(index) else { return nil }
            if known.count >= 1024 { known = [:] }
            let kind = link.flags.contains(.loopback) ? Kind.loopback : link.kind == "vrf" ? .vrf : .other
            known[index] = kind
            return kind
        }
    }
}
