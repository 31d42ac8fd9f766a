// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// The gateways of the IPv6 routes through one interface, found by longest prefix: with the routes `::/0` via G and
/// `2001:db8::/32` via none, `2001:db9::1` goes to G, but `2001:db8::1` to nobody.
public struct NextHopTable: Equatable, Sendable {
    private struct Level: Equatable, Sendable {
        let length: Int
        /// Nil for a route that names none.
        var gateways: [IPv6Address: IPv6Address?]
    }

    /// The longest prefixes first.
    private var levels: [Level] = []

    public init() {}

    /// Of several routes to one prefix the first counts.
    public init(_ routes: some Sequence<(destination: IPv6Prefix, gateway: IPv6Address?)>) {
        var byLength: [Int: [IPv6Address: IPv6Address?]] = [:]
        for (destination, gateway) in routes where byLength[destination.length]?[destination.address] == nil {
            byLength[destination.length, default: [:]].updateValue(gateway, forKey: destination.address)
        }
        levels = byLength.sorted { $0.key > $1.key }.map { Level(length: $0.key, gateways: $0.value) }
    }

    /// All routes, the longest prefixes first.
    var routes: [(destination: IPv6Prefix, gateway: IPv6Address?)] {
        levels.flatMap { level in
            level.gateways.map { (IPv6Prefix($0.key, length: level.length), $0.value) }
        }
    }

    /// The gateway of the most specific route that covers `destination`, which is the one that the kernel took.
    public func gateway(for destination: IPv6Address) -> IPv6Address? {
        for at in levels.indices {
            if let route = levels[at].gateways[destination.masked(to: levels[at].length)] { return route }
        }
        return nil
    }
}
