// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Netlink
import SystemIO
import SystemPackage

/// An anycast address that a plan is about.
struct AnycastRecord: Equatable, Sendable {
    var address: IPv6Address
    var prefixLength: Int
}

/// The anycast addresses that we joined, on interfaces of ours and of others. Linux takes none from rtnetlink: an address
/// is joined by a socket, and ends with it.
final class Anycasts {
    private struct Joined {
        let record: AnycastRecord
        let membership: AnycastMembership
        /// Whether the route to its prefix, which an ordinary address brings along, is ours to keep.
        let hasRoute: Bool

        func route(out index: UInt32) -> IPv6Route {
            // 256 is the metric of the routes that the kernel makes for its own prefixes.
            IPv6Route(
                destination: IPv6Prefix(record.address, length: record.prefixLength), index: index, metric: 256)
        }
    }

    private var joined: [UInt32: [Joined]] = [:]

    /// Those of one interface, in the order in which they came.
    subscript(_ index: UInt32) -> [AnycastRecord] {
        (joined[index] ?? []).map(\.record)
    }

    /// - Parameter withRoute: keeps a route to the prefix while the interface is up.
    func join(
        _ record: AnycastRecord, on index: UInt32, withRoute: Bool = false, for name: String
    ) throws(Refusal) {
        let membership: AnycastMembership
        do throws(SystemError) {
            membership = try AnycastMembership(record.address, interface: index)
        } catch {
            // Linux lets a host join only what it has a route to.
            let isHost = error.errno == .addressNotAvailable
            throw Refusal(
                name, "inet6 \(record.address)/\(record.prefixLength) anycast", BSDErrno(error.errno),
                isHost ? "only a router may, or who has an address of the same prefix" : error.call)
        }
        // The kernel may have ended an older one.
        joined[index]?.removeAll { $0.record.address == record.address }
        joined[index, default: []].append(Joined(record: record, membership: membership, hasRoute: withRoute))
    }

    func leave(_ address: IPv6Address, on index: UInt32, _ host: Host) {
        for old in joined[index] ?? [] where old.record.address == address && old.hasRoute {
            // Whoever removed the route before us wanted it gone too.
            try? host.requests.remove(old.route(out: index))
        }
        joined[index]?.removeAll { $0.record.address == address }
    }

    // MARK: restart

    private struct Legacy: Codable {
        let index: UInt32
        let address: String
        let prefixlen: Int
        let hasRoute: Bool

        var name: String { "anycast.\(index).\(address)" }
    }

    func leave(to estate: Estate) throws(SystemError) {
        var legacies: [Legacy] = []
        for (index, addresses) in joined {
            for anycast in addresses {
                let record = anycast.record
                let legacy = Legacy(
                    index: index, address: record.address.description, prefixlen: record.prefixLength,
                    hasRoute: anycast.hasRoute)
                try anycast.membership.leave(to: estate, as: legacy.name)
                legacies.append(legacy)
            }
        }
        try estate.put(legacies, as: "anycasts")
    }

    func adopt(from estate: Estate) throws(SystemError) {
        for legacy in try estate.get("anycasts", as: [Legacy].self) ?? [] {
            guard let address = IPv6Address(legacy.address), (0...128).contains(legacy.prefixlen),
                let membership = try estate.take(legacy.name, as: AnycastMembership.self)
            else { continue }
            joined[legacy.index, default: []].append(
                Joined(
                    record: AnycastRecord(address: address, prefixLength: legacy.prefixlen), membership: membership,
                    hasRoute: legacy.hasRoute))
        }
    }

    /// An interface that is gone has none; routes are made again, which the kernel drops when an interface goes down.
    /// - Returns: what the kernel refused.
    func follow(_ host: Host) -> [Refusal] {
        var refusals: [Refusal] = []
        joined = joined.filter { host.network.links[$0.key] != nil }
        for (index, addresses) in joined {
            guard let link = host.network.links[index], link.flags.contains(.up) else { continue }
            for anycast in addresses where anycast.hasRoute {
                let route = anycast.route(out: index)
                let present = host.network.routes(to: route.destination, out: index)
                guard !present.contains(where: { $0.type == .unicast }) else { continue }
                do throws(NetlinkError) {
                    try host.requests.add(route)
                } catch {
                    refusals.append(Refusal(link.name, "route to \(route.destination)", BSDErrno(error.errno)))
                }
            }
        }
        return refusals
    }
}
