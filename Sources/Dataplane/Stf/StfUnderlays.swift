// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Netlink
import Stf

/// Interfaces that packets of protocol 41 may come by at the speed of a program. What comes by any other comes to the raw
/// socket: this host may have any of its addresses there.
struct StfUnderlays {
    private(set) var devices: [Link] = []
    /// Where only packets of IPv6 come by, which a shortcut takes.
    private var inner: [Link] = []

    /// - Parameter interfaces: that are to be carried by programs.
    /// - Parameter others: of this kind, in which packets come that have gone through one already.
    init(of interfaces: [StfInterface], besides others: [StfInterface] = [], on host: Host) {
        guard !interfaces.isEmpty else { return }
        let own = Set((interfaces + others).map(\.device.index))
        let withIPv4 = Set(host.network.ipv4Addresses.map(\.index))
        let ends = Set(interfaces.map { $0.rules.relay ?? StfInterface.outside })
        let possible = host.network.links.values.filter { link in
            StfUnderlays.obstacle(of: link) == nil && link.flags.contains(.up) && !own.contains(link.index)
        }
        devices = possible.filter { withIPv4.contains($0.index) }
        // One that has no address of its own may be the way out all the same. Of very many, nobody asks.
        let unsure = possible.filter { !withIPv4.contains($0.index) }
        let ways = unsure.prefix(StfUnderlays.most).filter { link in
            ends.contains { host.requests.leads(to: $0, by: link.index) }
        }
        devices += ways
        if interfaces.contains(where: { $0.record.takesShortcut }) {
            let known = Set(devices.map(\.index))
            inner = unsure.filter { host.network.ipv6Addresses[$0.index] != nil && !known.contains($0.index) }
        }
        devices.sort { $0.index < $1.index }
    }

    private static let most = 64

    /// At the ingress of which devices a program has something to do.
    var indices: Set<UInt32> { Set((devices + inner).map(\.index)) }

    /// Interfaces that packets may come by as well, and why no program may be there.
    static func others(on host: Host) -> [(link: Link, why: String)] {
        let withIPv4 = Set(host.network.ipv4Addresses.map(\.index))
        return host.network.links.values.sorted { $0.index < $1.index }.compactMap { link in
            guard withIPv4.contains(link.index), link.flags.contains(.up), !link.flags.contains(.loopback),
                let why = obstacle(of: link)
            else { return nil }
            return (link, why)
        }
    }

    /// Why a program must not be there, however packets come; nil: it may.
    ///
    /// What a port of a bridge or bond gets is the bridge's or bond's, which drops what comes by a backup port; but a port of
    /// a VRF is as good as any. Packets of an ipvlan may change to it behind where programs are.
    static func obstacle(of link: Link) -> String? {
        if link.flags.contains(.loopback) { return "loopback" }
        if let kind = link.portKind, kind != "vrf" { return "a port of a \(kind)" }
        if let kind = link.kind, kind == "vrf" || kind == "ipvlan" { return "it is of kind \(kind)" }
        return nil
    }
}
