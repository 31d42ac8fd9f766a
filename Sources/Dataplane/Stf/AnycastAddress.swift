// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Netlink
import SystemIO

/// An anycast address of an interface. Linux takes none from rtnetlink: the address is joined by a socket, and the route
/// to its prefix, which an ordinary address brings along, is made here. The route goes with the device.
struct AnycastAddress {
    let address: IPv6Address
    let prefixLength: Int
    let membership: AnycastMembership

    func route(out index: UInt32) -> IPv6Route {
        // 256 is the metric of the routes that the kernel makes for its own prefixes.
        IPv6Route(
            destination: IPv6Prefix(address, length: prefixLength), index: index, metric: 256)
    }
}
