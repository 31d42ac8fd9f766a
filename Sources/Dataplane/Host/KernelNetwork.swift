// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Netlink

/// The kernel's links, addresses and routes as far as they matter here, kept true by its events. What an admin changes
/// with ip(8) is seen here like what we change ourselves.
struct KernelNetwork {
    private(set) var links: [UInt32: Link] = [:]
    private(set) var ipv4Addresses: Set<IPv4InterfaceAddress> = [] {
        didSet { broadcasts = ipv4Addresses.reduce(into: []) { $0.formUnion($1.broadcasts) } }
    }
    /// The broadcast addresses of all directly connected networks.
    private(set) var broadcasts: Set<IPv4Address> = []
    private(set) var ipv6Addresses: [UInt32: [IPv6InterfaceAddress]] = [:]
    /// The routes out of the interfaces that `watch` was called for.
    private(set) var routes: [UInt32: WatchedRoutes] = [:]
    /// When those that are in doubt may be read anew: so seldom that it takes a twentieth of the time.
    private var due: [UInt32: ContinuousClock.Instant] = [:]
    /// Whether events were lost since all was read.
    private var isLost = false

    private let requests: RouteSocket

    init(requests: RouteSocket) throws(NetlinkError) {
        self.requests = requests
        try readAll()
    }

    /// Takes what happened into account.
    mutating func apply(_ events: [RouteEvent]) throws(NetlinkError) {
        for event in events {
            switch event {
            case .link(let link):
                let old = links.updateValue(link, forKey: link.index)
                // Routes go with the state, not always with an event of their own (net.ipv6.route.skip_notify_on_dev_down).
                if old?.flags != link.flags { try reread(link.index) }
            case .linkRemoved(let index):
                links[index] = nil
                ipv6Addresses[index] = nil
                routes[index] = nil
                due[index] = nil
                ipv4Addresses = ipv4Addresses.filter { $0.index != index }
            case .ipv4Address(let address):
                ipv4Addresses.insert(address)
            case .ipv4AddressRemoved(let address):
                ipv4Addresses.remove(address)
            case .ipv6Address(let address):
                set(address)
            case .ipv6AddressRemoved(let address):
                ipv6Addresses[address.index]?.removeAll { $0.address == address.address }
            case .ipv6Routes(let change):
                note(change)
            case .ipv4Routes, .rules:
                break
            case .overrun:
                isLost = true
            }
        }
    }

    // MARK: routes

    /// Reads, and from now on follows, the routes out of an interface.
    mutating func watch(_ index: UInt32) throws(NetlinkError) {
        routes[index] = WatchedRoutes(index: index, try requests.ipv6Routes(out: index))
    }

    /// Reads those anew that are followed.
    private mutating func reread(_ index: UInt32) throws(NetlinkError) {
        guard routes[index] != nil else { return }
        let start = ContinuousClock.now
        routes[index]?.read(try requests.ipv6Routes(out: index))
        let end = ContinuousClock.now
        due[index] = end + (end - start) * 20
    }

    var isDoubtful: Bool { isLost || routes.values.contains(where: \.isDoubtful) }

    /// Reads anew what was lost, and routes that events have left in doubt, as far as it is time for it.
    /// - Parameter now: nil: all of them, whatever it costs.
    /// - Returns: when it will be time for others.
    mutating func settle(_ now: ContinuousClock.Instant?) throws(NetlinkError) -> ContinuousClock.Instant? {
        if isLost { try readAll() }
        var next: ContinuousClock.Instant?
        for index in routes.filter(\.value.isDoubtful).map(\.key) {
            if let now, let due = due[index], due > now {
                next = min(next ?? due, due)
            } else {
                try reread(index)
            }
        }
        return next
    }

    /// Takes note of what the kernel tells, or will tell of what we did.
    mutating func note(_ change: IPv6RouteChange) {
        // Not over the dictionary itself, which would be copied then, with all routes.
        for index in Array(routes.keys) { routes[index]?.apply(change) }
    }

    /// Destinations whose routes out of an interface are not as they were the last time.
    mutating func takeNews(of index: UInt32) -> Set<IPv6Prefix> { routes[index]?.takeNews() ?? [] }

    /// So many of them, and whether these are all.
    mutating func takeNews(
        of index: UInt32, atMost limit: Int, first: [IPv6Prefix]
    ) -> (some: Set<IPv6Prefix>, isAll: Bool) {
        routes[index]?.takeNews(atMost: limit, first: first) ?? ([], true)
    }

    /// Packets leave by the interface if they take one of these.
    func unicastRoutes(out index: UInt32) -> [IPv6Route] { routes[index]?.unicast ?? [] }

    func destinations(out index: UInt32) -> [IPv6Prefix] { routes[index].map { Array($0.destinations) } ?? [] }

    func routes(to destination: IPv6Prefix, out index: UInt32) -> [IPv6Route] {
        routes[index]?.routes(to: destination) ?? []
    }

    // MARK: the rest

    func link(named name: String) -> Link? {
        links.values.first { $0.name == name }
    }

    func has(_ address: IPv4Address) -> Bool {
        ipv4Addresses.contains { $0.address == address }
    }

    /// Reads one interface anew. The kernel tells of some changes only while a link is up, among them a new alias, of a
    /// new address only some time later, and of lifetimes that run down not at all.
    /// - Returns: whether anything is not as it was known.
    mutating func read(_ index: UInt32) throws(NetlinkError) -> Bool {
        let (link, addresses) = (links[index], ipv6Addresses[index] ?? [])
        if let link = requests.link(index) { links[index] = link }
        ipv6Addresses[index] = try requests.ipv6Addresses(of: index)
        return links[index] != link || ipv6Addresses[index] != addresses
    }

    /// All but routes, of which there may be many: they are in doubt then.
    private mutating func readAll() throws(NetlinkError) {
        isLost = false
        links = Dictionary(try requests.links().map { ($0.index, $0) }) { $1 }
        ipv4Addresses = Set(try requests.ipv4Addresses())
        ipv6Addresses = Dictionary(grouping: try requests.ipv6Addresses(), by: \.index)
        for index in Array(routes.keys) {
            if links[index] == nil { routes[index] = nil } else { routes[index]?.doubt() }
        }
    }

    private mutating func set(_ address: IPv6InterfaceAddress) {
        var addresses = ipv6Addresses[address.index] ?? []
        if let place = addresses.firstIndex(where: { $0.address == address.address }) {
            addresses[place] = address
        } else {
            addresses.append(address)
        }
        ipv6Addresses[address.index] = addresses
    }
}
