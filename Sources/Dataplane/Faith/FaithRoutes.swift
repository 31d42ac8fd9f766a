// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import Netlink

/// Which routes there are to be, so that what is routed to a faith interface is captured.
enum FaithRoutes {
    /// What is captured follows the routes out of an interface, whoever made them: for each, in its table and preferred to
    /// it, there is a route that makes what it is for local. A longer route to elsewhere is longer still.
    ///
    /// - Returns: the local routes that there should be.
    static func local(for unicast: [IPv6Route], capturing isCaptured: (IPv6Prefix) -> Bool) -> Set<IPv6Route> {
        Set(
            unicast
                .filter { !isNeverCaptured($0.destination) && isCaptured($0.destination) && $0.metric > metric }
                .map {
                    IPv6Route(
                        destination: $0.destination, index: $0.index, metric: metric, table: $0.table, type: .local)
                })
    }

    /// Of our local routes. Below it only those can be that ask for it; others have 1024, or 256 from the kernel.
    static let metric: UInt32 = 1
    /// Of those that we announce.
    static let announcedMetric: UInt32 = 1024

    /// Link-local addresses and groups have an interface of their own meaning; `::1`, `::192.0.2.1` and
    /// `::ffff:192.0.2.1` are on no wire (RFC 4291 §2.5).
    static func isNeverCaptured(_ prefix: IPv6Prefix) -> Bool {
        let high = prefix.address.high
        return high >> 54 == 0xFE80 >> 6 || high >> 56 == 0xFF || high == 0 && prefix.length >= 64
    }
}

extension FaithInterface {
    /// What we announce: a route for each prefix, which goes when the interface goes down, and comes back with it.
    /// - Returns: what the kernel refused.
    func followPrefixes(isUp: Bool, _ host: Host) -> [Refusal] {
        guard isUp, !record.isDraining else {
            hasRoutes = false
            return []
        }
        guard !hasRoutes else { return [] }
        hasRoutes = true
        var refusals: [Refusal] = []
        let inMain = host.network.unicastRoutes(out: device.index).filter { $0.table == mainRouteTable }
        let present = Set(inMain.map(\.destination))
        for prefix in record.prefixes where !present.contains(prefix) {
            attempt("prefix \(prefix)", host, &refusals) { () throws(NetlinkError) in
                try host.add(
                    IPv6Route(destination: prefix, index: device.index, metric: FaithRoutes.announcedMetric))
            }
        }
        return refusals
    }

    /// Those of prefixes that are no longer ours.
    func removeRoutes(to prefixes: Set<IPv6Prefix>, _ host: Host) throws(Refusal) {
        for route in host.network.unicastRoutes(out: device.index)
        where prefixes.contains(route.destination) && route.origin == routeProtocol {
            try host.requesting(name, "-prefix \(route.destination)") { _ throws(NetlinkError) in
                try host.remove(route)
            }
        }
    }

    /// Captures what is routed to the interface. While it drains, what was captured stays so, as sessions go on.
    /// - Parameter refusals: takes what the kernel refused.
    func followRoutes(capturing isCapturing: Bool, _ host: Host, _ refusals: inout [Refusal]) -> [FaithPrefix] {
        let all = host.network.routes[device.index]?.all ?? []
        let present = Set(all.filter { $0.type == .local && $0.origin == routeProtocol })
        var wanted = FaithRoutes.local(for: all.filter { $0.type == .unicast }) {
            isCapturing && record.mapping(of: $0) != nil
        }
        if isCapturing, record.isDraining { wanted.formUnion(present) }
        for route in present.subtracting(wanted) {
            attempt("local \(route.destination)", host, &refusals) { () throws(NetlinkError) in
                try host.remove(route)
            }
        }
        for route in wanted.subtracting(present) {
            attempt("local \(route.destination)", host, &refusals) { () throws(NetlinkError) in
                try host.add(route)
            }
        }
        return Set(wanted.map(\.destination)).compactMap { record.mapping(of: $0) }.longestFirst
    }

    private func attempt(
        _ what: String, _ host: Host, _ refusals: inout [Refusal], _ body: () throws(NetlinkError) -> Void
    ) {
        do throws(NetlinkError) {
            try body()
        } catch {
            refusals.append(host.refusal(name, what, error))
        }
    }
}
