// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Internet
import Netlink

/// Asks the kernel for routes, and remembers what it said until routes change. For one packet thread.
///
/// The memory is bounded: addresses share its places, and a new one takes the place of an old one. Somebody who sends from
/// ever new addresses costs a system call a packet, not memory.
struct KernelRoutes: RouteLookup {
    private let socket: RouteSocket
    private var generation: UInt64 = 0
    private var ipv4: [Answer<IPv4Address>?] = Array(repeating: nil, count: KernelRoutes.places)
    private var ipv6: [Answer<IPv6Address>?] = Array(repeating: nil, count: KernelRoutes.places)

    private static let places = 1024

    private struct Answer<Address: Hashable> {
        let address: Address
        let interface: UInt32?
    }

    init() throws(NetlinkError) {
        socket = try RouteSocket()
    }

    /// Forgets everything if `current` is not the generation of what is remembered.
    mutating func forget(before current: UInt64) {
        guard generation != current else { return }
        generation = current
        for place in 0..<KernelRoutes.places {
            ipv4[place] = nil
            ipv6[place] = nil
        }
    }

    mutating func interface(to address: IPv4Address) -> UInt32? {
        let place = Int(UInt(bitPattern: address.hashValue) % UInt(KernelRoutes.places))
        if let answer = ipv4[place], answer.address == address { return answer.interface }
        let interface = socket.interface(to: address)
        ipv4[place] = Answer(address: address, interface: interface)
        return interface
    }

    mutating func interface(to address: IPv6Address) -> UInt32? {
        let place = Int(UInt(bitPattern: address.hashValue) % UInt(KernelRoutes.places))
        if let answer = ipv6[place], answer.address == address { return answer.interface }
        let interface = socket.interface(to: address)
        ipv6[place] = Answer(address: address, interface: interface)
        return interface
    }
}
