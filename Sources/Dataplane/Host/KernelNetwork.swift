// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Netlink

/// The kernel's links, addresses and routes as far as they matter here, kept true by its events. What an admin changes
/// with ip(8) is seen here like what we change ourselves.
struct KernelNetwork {
    private(set) var links: [UInt32: Link] = [:]
    private(set) var ipv4Addresses: Set<IPv4InterfaceAddress> = []
    private(set) var ipv6Addresses: [UInt32: [IPv6InterfaceAddress]] = [:]
    /// The routes out of the interfaces that `watch` was called for.
    private(set) var routes: [UInt32: [IPv6Route]] = [:]

    private let requests: RouteSocket

    init(requests: RouteSocket) throws(NetlinkError) {
        self.requests = requests
        try readAll()
    }

    /// Takes what happened into account.
    mutating func apply(_ events: [RouteEvent]) throws(NetlinkError) {
        var stale: Set<UInt32> = []
        for event in events {
            switch event {
            case .link(let link):
                links[link.index] = link
                // Routes go with the administrative state, not always with an event of their own.
                stale.insert(link.index)
            case .linkRemoved(let index):
                links[index] = nil
                ipv6Addresses[index] = nil
                routes[index] = nil
                ipv4Addresses = ipv4Addresses.filter { $0.index != index }
            case .ipv4Address(let address):
                ipv4Addresses.insert(address)
            case .ipv4AddressRemoved(let address):
                ipv4Addresses.remove(address)
            case .ipv6Address(let address):
                set(address)
            case .ipv6AddressRemoved(let address):
                ipv6Addresses[address.index]?.removeAll { $0.address == address.address }
            case .ipv6Routes(let indices):
                stale.formUnion(indices)
            case .ipv4Routes, .rules:
                break
            case .overrun:
                return try readAll()
            }
        }
        for index in stale where routes[index] != nil { try watch(index) }
    }

    /// Reads, and from now on follows, the routes out of an interface.
    mutating func watch(_ index: UInt32) throws(NetlinkError) {
        routes[index] = try requests.ipv6Routes(out: index)
    }

    /// Packets leave by the interface if they take one of these.
    func unicastRoutes(out index: UInt32) -> [IPv6Route] {
        (routes[index] ?? []).filter { $0.type == .unicast }
    }

    func link(named name: String) -> Link? {
        links.values.first { $0.name == name }
    }

    func has(_ address: IPv4Address) -> Bool {
        ipv4Addresses.contains { $0.address == address }
    }

    /// The broadcast addresses of all directly connected networks.
    var broadcasts: Set<IPv4Address> {
        ipv4Addresses.reduce(into: []) { $0.formUnion($1.broadcasts) }
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

    private mutating func readAll() throws(NetlinkError) {
        links = Dictionary(try requests.links().map { ($0.index, $0) }) { $1 }
        ipv4Addresses = Set(try requests.ipv4Addresses())
        ipv6Addresses = [:]
        for address in try requests.ipv6Addresses() { set(address) }
        for index in routes.keys {
            if links[index] == nil { routes[index] = nil } else { try watch(index) }
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
