// SPDX-License-Identifier: BSD-2-Clause
package import CKernelPrograms
package import Internet
import KernelPrograms

/// The rules for a program inside the kernel, which has no Swift: `stf.h` says what each field means.
extension StfRules {
    /// All but where routes lead and what is a broadcast address: of these there may be many, and each has a map.
    package var record: stf_config {
        var record = stf_config()
        record.index = index
        record.is_up = isUp ? 1 : 0
        record.link0 = link0 ? 1 : 0
        record.link1 = link1 ? 1 : 0
        record.link2 = link2 ? 1 : 0
        record.shortcut = takesShortcut ? 1 : 0
        record.is_unasked = isAsking ? 0 : 1
        record.pairing = checksPairing ? 1 : 0
        record.loop_check = checksLoops ? 1 : 0
        record.permit_private = permits.privateNetwork ? 1 : 0
        record.permit_shared = permits.sharedSpace ? 1 : 0
        record.permit_link_local = permits.linkLocal ? 1 : 0
        record.permit_reserved = permits.reserved ? 1 : 0
        record.ttl = timeToLive
        record.own_rule = ownBreaks.map { UInt8($0.rawValue) } ?? UInt8(STF_NO_RULE)
        guard let own, let prefix, let domain, let peers else { return record }
        record.own = own.bits.bigEndian
        record.prefix = node_address(prefix.address)
        record.prefix_length = UInt8(prefix.length)
        record.domain = node_address(domain.prefix.address)
        record.domain_length = UInt8(domain.prefix.length)
        record.common = domain.common.address.bits.bigEndian
        record.common_length = UInt8(domain.common.length)
        record.peers_length = UInt8(peers.length)
        record.relay = (relay?.bits ?? 0).bigEndian
        record.is_relay = isRelay ? 1 : 0
        return record
    }

    /// Where each route through the interface leads: an IPv4 address in network order, 0 if nowhere.
    package var routes: [(key: stf_route, peer: UInt32)] {
        nextHops.routes.map { route in
            let key = stf_route(
                length: 32 + UInt32(route.destination.length), index: index,
                destination: node_address(route.destination.address))
            // A border relay takes what no gateway names another for.
            let relay = route.gateway?.compatible == nil ? relay : nil
            return (key, ((relay ?? route.gateway.flatMap(peer))?.bits ?? 0).bigEndian)
        }
    }

    /// What all packets are for that routes lead through the interface; nil: anything.
    package var reach: IPv6Prefix? {
        guard let prefix else { return nil }
        let gateways = IPv6Prefix(IPv6Address(high: 0, low: 0), length: 96)
        let isWithin = nextHops.routes.allSatisfy { route in
            [prefix, gateways].contains { block in
                route.destination.length >= block.length && block.contains(route.destination.address)
            }
        }
        return isWithin ? prefix : nil
    }

    /// Border relays that are believed besides.
    package var believed: [stf_relay] {
        otherRelays.map { stf_relay(index: index, address: $0.bits.bigEndian) }
    }
}
