// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Netlink

/// The IPv6 routes out of one interface, kept true by what the kernel tells of single routes: an interface may have as many
/// as the Internet has, of which one changes at a time.
///
/// It tells too little of a route that takes another's place, for that may have been one of several to the same
/// destination, out of any interface. What is most likely is believed, and looked up soon: see ``isDoubtful``.
struct WatchedRoutes {
    let index: UInt32
    private var known: [IPv6Prefix: [IPv6Route]]
    /// Destinations whose routes are not as they were, for whoever follows them.
    private(set) var news: Set<IPv6Prefix>
    /// Whether all of them should be read anew.
    private(set) var isDoubtful = false

    /// All that the kernel has. Everything is news.
    init(index: UInt32, _ routes: some Sequence<IPv6Route>) {
        self.index = index
        known = [:]
        for route in routes { known[route.destination, default: []].append(route) }
        news = Set(known.keys)
    }

    // MARK: what there is

    /// In no order.
    var destinations: some Collection<IPv6Prefix> { known.keys }

    func routes(to destination: IPv6Prefix) -> [IPv6Route] { known[destination] ?? [] }

    var all: [IPv6Route] { Array(known.values.joined()) }

    /// Packets leave by the interface if they take one of these.
    var unicast: [IPv6Route] { known.values.joined().filter { $0.type == .unicast } }

    // MARK: what changes

    mutating func takeNews() -> Set<IPv6Prefix> {
        defer { news = [] }
        return news
    }

    mutating func takeNews(atMost limit: Int, first: [IPv6Prefix]) -> (some: Set<IPv6Prefix>, isAll: Bool) {
        guard news.count > limit else { return (takeNews(), true) }
        let some = news.intersection(first).union(news.prefix(limit))
        news.subtract(some)
        return (some, false)
    }

    mutating func apply(_ change: IPv6RouteChange) {
        let mine = change.routes.filter { $0.index == index }
        var routes = known[change.destination] ?? []
        guard !mine.isEmpty || !routes.isEmpty else { return }
        switch change.kind {
        case .removed: routes.removeAll(where: mine.contains)
        case .added:
            let rivals = routes.filter { $0.isRival(of: change) && !mine.contains($0) }
            if !rivals.isEmpty { isDoubtful = true }
            routes.removeAll(where: change.replaced(among: rivals).contains)
            for route in mine where !routes.contains(route) { routes.append(route) }
        }
        if change.isDoubtful, !mine.isEmpty { isDoubtful = true }
        set(routes, to: change.destination)
    }

    /// Events were lost.
    mutating func doubt() { isDoubtful = true }

    /// Takes all that the kernel has now. What is as it was is no news.
    mutating func read(_ routes: some Sequence<IPv6Route>) {
        let now = WatchedRoutes(index: index, routes)
        for destination in Set(known.keys).union(now.known.keys) {
            set(now.routes(to: destination), to: destination)
        }
        isDoubtful = false
    }

    private mutating func set(_ routes: [IPv6Route], to destination: IPv6Prefix) {
        let before = known[destination] ?? []
        guard before.count != routes.count || !before.allSatisfy(routes.contains) else { return }
        known[destination] = routes.isEmpty ? nil : routes
        news.insert(destination)
    }
}

extension IPv6Route {
    /// Whether it is to the same destination, and neither is preferred.
    fileprivate func isRival(of change: IPv6RouteChange) -> Bool {
        table == change.table && metric == change.metric
    }
}

extension IPv6RouteChange {
    /// Which of the routes that were known, and are not told of, must be gone.
    ///
    /// Routes with gateways become next hops of one, and the kernel then tells of all of them. One that takes the place of
    /// another takes that of its like, if there is one.
    fileprivate func replaced(among rivals: [IPv6Route]) -> [IPv6Route] {
        guard let first = routes.first else { return isReplacement ? rivals : [] }
        let alike = rivals.filter { ($0.gateway == nil) == (first.gateway == nil) }
        if isReplacement { return alike.isEmpty ? rivals : alike }
        return first.gateway == nil ? [] : alike
    }
}
