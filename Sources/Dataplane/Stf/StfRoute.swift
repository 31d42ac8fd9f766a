// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Netlink

/// A route out of an stf interface that is kept with it: hostname.if(5)'s `!route`.
struct StfRoute: Hashable, Sendable {
    let destination: IPv6Prefix
    /// Nil where a border relay takes the packets.
    let gateway: IPv6Address?

    /// Reads `default via ::192.88.99.1`, or `2001:db8::/32`.
    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard let first = words.first, let destination = StfRoute.destination(String(first)) else { return nil }
        self.destination = destination
        switch words.count {
        case 1: gateway = nil
        case 3 where words[1] == "via":
            guard let gateway = IPv6Address(String(words[2])) else { return nil }
            self.gateway = gateway
        default: return nil
        }
    }

    /// - Parameter words: that are no route.
    static func refusal(_ name: String, _ words: String) -> Refusal {
        Refusal(name, words, .EINVAL, "wants default or prefix/length, and perhaps via gateway")
    }

    /// `default`, or `2001:db8::/32`, whose bits behind the length do not count.
    private static func destination(_ text: String) -> IPv6Prefix? {
        if text == "default" { return IPv6Prefix(.unspecified, length: 0) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv6Address(String(parts[0])), let length = Int(parts[1]),
            String(length) == parts[1], (0...128).contains(length)
        else { return nil }
        return IPv6Prefix(address, length: length)
    }

    static func text(_ destination: IPv6Prefix) -> String {
        destination.length == 0 ? "default" : destination.description
    }

    var text: String {
        let via = gateway.map { " via " + ($0.compatible.map { "::\($0)" } ?? $0.description) } ?? ""
        return StfRoute.text(destination) + via
    }

    /// As others that are made by hand.
    static let metric: UInt32 = 1024

    /// All that may be a gateway by its IPv4 address. As with Linux's own tunnels, the kernel lets nobody name one that
    /// it has no route to; nothing else may go there.
    static let gateways = IPv6Prefix(.unspecified, length: 96)
    /// RTPROT_KERNEL: routing daemons leave it alone.
    static let ofKernel: UInt8 = 2
}

extension StfInterface {
    /// Puts the routes that are kept with the interface where they are not, while it is up: the kernel forgets them when
    /// it goes down.
    /// - Returns: what the kernel refused.
    func followKeptRoutes(isUp: Bool, _ host: Host) -> [Refusal] {
        let gone = formerRoutes
        formerRoutes = []
        guard isUp else { return [] }
        var refusals: [Refusal] = []
        let present = host.network.unicastRoutes(out: device.index).filter { $0.table == mainRouteTable }
        var isChanged = false
        let attempt = { (what: String, body: () throws(NetlinkError) -> Void) in
            do throws(NetlinkError) {
                try body()
                isChanged = true
            } catch {
                refusals.append(host.refusal(self.name, what, error))
            }
        }
        for route in present where route.origin == routeProtocol && gone.contains(where: { $0.is(route) }) {
            attempt("-route \(StfRoute.text(route.destination))") { () throws(NetlinkError) in
                try host.requests.remove(route)
            }
        }
        if !present.contains(where: { $0.destination == StfRoute.gateways }) {
            attempt("route \(StfRoute.gateways)") { () throws(NetlinkError) in
                try host.requests.add(
                    IPv6Route(
                        // Each interface has one, and the kernel takes one of a metric.
                        destination: StfRoute.gateways, index: device.index, metric: StfRoute.metric + device.index,
                        origin: StfRoute.ofKernel))
            }
        }
        for route in record.routes where !present.contains(where: { route.is($0) }) {
            attempt("route \(route.text)") { () throws(NetlinkError) in
                try host.requests.add(
                    IPv6Route(
                        destination: route.destination, gateway: route.gateway, index: device.index,
                        metric: StfRoute.metric))
            }
        }
        if isChanged {
            attempt("routes") { () throws(NetlinkError) in try host.watch(device.index) }
        }
        return refusals
    }
}

extension StfRoute {
    fileprivate func `is`(_ route: IPv6Route) -> Bool {
        route.destination == destination && route.gateway == gateway
    }
}
