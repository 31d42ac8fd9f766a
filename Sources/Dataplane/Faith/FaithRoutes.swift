// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import KernelPrograms
import Logging
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
    /// What we announce: a route for each prefix, which goes when the interface goes down, and comes back with it. One that
    /// is refused is asked for again whenever something changes.
    /// - Returns: what the kernel refuses.
    func followPrefixes(isUp: Bool, _ host: Host) -> [Refusal] {
        guard isUp, !record.isDraining else {
            hasRoutes = false
            return []
        }
        guard !hasRoutes else { return [] }
        var refusals: [Refusal] = []
        let inMain = host.network.unicastRoutes(out: device.index).filter { $0.table == mainRouteTable }
        let present = Set(inMain.map(\.destination))
        for prefix in record.prefixes where !present.contains(prefix) {
            attempt("prefix \(prefix)", host, &refusals) { () throws(NetlinkError) in
                try host.add(
                    IPv6Route(destination: prefix, index: device.index, metric: FaithRoutes.announcedMetric))
            }
        }
        hasRoutes = refusals.isEmpty
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

    /// Captures what is routed to the interface. While it drains, what was captured stays so, as sessions go on. Only what
    /// is not as it was is looked at.
    /// - Returns: what the kernel refuses, or others have, and was not known to be so.
    func followRoutes(_ captures: FaithCaptures, capturing isCapturing: Bool, _ host: Host) -> [Refusal] {
        let way = FaithWay(isCapturing: isCapturing, isDraining: record.isDraining, last32: record.last32)
        var destinations = host.takeSomeRouteNews(of: device.index, first: record.prefixes)
        if way != self.way {
            destinations.formUnion(host.network.destinations(out: device.index))
            destinations.formUnion(captured.prefixes)
            self.way = way
        }
        if releases != captures.releases {
            destinations.formUnion(objections.keys)
            releases = captures.releases
        }
        var refusals: [Refusal] = []
        for destination in destinations { follow(destination, captures, way, host, &refusals) }
        return refusals
    }

    private func follow(
        _ destination: IPv6Prefix, _ captures: FaithCaptures, _ way: FaithWay, _ host: Host, _ refusals: inout [Refusal]
    ) {
        let routes = host.network.routes(to: destination, out: device.index)
        let present = Set(routes.filter { $0.type == .local && $0.origin == routeProtocol })
        let mapping = way.isCapturing ? record.mapping(of: destination) : nil
        var wanted = FaithRoutes.local(for: routes.filter { $0.type == .unicast }) { _ in mapping != nil }
        if mapping != nil, way.isDraining { wanted.formUnion(present) }
        var objection: FaithObjection?
        (wanted, objection) = granted(wanted, to: destination, captures)
        // What is local without being captured is answered by this host itself: first the one, then the other.
        for route in wanted.subtracting(present) {
            do throws(NetlinkError) {
                try host.add(route)
            } catch {
                wanted.remove(route)
                objection = .refused(BSDErrno(error.errno), host.refusal(name, "", error).detail)
            }
        }
        var isLocal = !wanted.isEmpty
        for route in present.subtracting(wanted) {
            attempt("local \(route.destination)", host, &refusals) { () throws(NetlinkError) in
                isLocal = true
                try host.remove(route)
                isLocal = !wanted.isEmpty
            }
        }
        if !isLocal {
            do throws(KernelProgramError) {
                try captures.release(destination, of: slot, isNews: captured[destination] != nil)
            } catch {
                refusals.append(Refusal(name, "prefix \(destination)", .EIO, "\(error)"))
            }
        }
        // Said once, and shown as long as it is so. No request fails for what others route here meanwhile.
        if let objection, objections[destination] != objection {
            let refusal = objection.refusal(name, destination)
            if record.prefixes.contains(destination) {
                refusals.append(refusal)
            } else if isNews(objection) {
                host.log.error("\(refusal.line)")
            }
        }
        note(destination, isLocal ? mapping : nil, objection)
    }

    /// Those local routes that may be made.
    private func granted(
        _ wanted: Set<IPv6Route>, to destination: IPv6Prefix, _ captures: FaithCaptures
    ) -> (Set<IPv6Route>, FaithObjection?) {
        guard !wanted.isEmpty else { return ([], nil) }
        guard let objection = captures.capture(destination, in: Set(wanted.map(\.table)), for: slot) else {
            return (wanted, nil)
        }
        // In the tables in which it is captured, it may stay so.
        let before = captures.tables(of: destination, for: slot)
        let old = wanted.filter { before.contains($0.table) }
        guard !old.isEmpty, captures.capture(destination, in: Set(old.map(\.table)), for: slot) == nil else {
            return ([], objection)
        }
        return (old, objection)
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

/// What decides over all routes to an interface.
struct FaithWay: Equatable {
    var isCapturing: Bool
    var isDraining: Bool
    var last32: Bool
}
