// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// The gateways of the IPv6 routes through one interface, found by longest prefix: with the routes `::/0` via G and
/// `2001:db8::/32` via none, `2001:db9::1` goes to G, but `2001:db8::1` to nobody.
public struct NextHopTable: Equatable, Sendable {
    private struct Hop: Equatable, Sendable {
        /// Nil for a route that names none.
        let gateway: IPv6Address?
    }

    private var hops = PrefixMap<Hop>()

    public init() {}

    /// Of several routes to one prefix the first counts.
    public init(_ routes: some Sequence<(destination: IPv6Prefix, gateway: IPv6Address?)>) {
        for (destination, gateway) in routes where hops[destination] == nil { lead(destination, to: gateway) }
    }

    /// - Parameter gateway: nil: a route that names none.
    public mutating func lead(_ destination: IPv6Prefix, to gateway: IPv6Address?) {
        hops[destination] = Hop(gateway: gateway)
    }

    /// There is no route to it any more.
    public mutating func forget(_ destination: IPv6Prefix) { hops[destination] = nil }

    /// All routes, the longest prefixes first.
    var routes: [(destination: IPv6Prefix, gateway: IPv6Address?)] {
        hops.all.map { ($0.prefix, $0.value.gateway) }
    }

    /// The gateways of all routes, those of the shortest prefix first.
    public var gateways: [IPv6Address] {
        let found = routes.compactMap { route in route.gateway.map { (route.destination.length, $0) } }
        return found.sorted { ($0.0, $0.1.high, $0.1.low) < ($1.0, $1.1.high, $1.1.low) }.map(\.1)
    }

    /// The gateway of the most specific route that covers `destination`, which is the one that the kernel took.
    public func gateway(for destination: IPv6Address) -> IPv6Address? { hops.longest(with: destination)?.gateway }
}
