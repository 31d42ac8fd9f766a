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
    private var ipv4: [Answer<WayBack, Bool>?] = Array(repeating: nil, count: KernelRoutes.places)
    private var ipv6: [Answer<IPv6Address, UInt32?>?] = Array(repeating: nil, count: KernelRoutes.places)

    private static let places = 1024

    private struct Answer<Question: Hashable, Reply> {
        let question: Question
        let reply: Reply
    }

    private struct WayBack: Hashable {
        let address: IPv4Address
        let interface: UInt32
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

    mutating func leads(to address: IPv4Address, by interface: UInt32) -> Bool {
        let way = WayBack(address: address, interface: interface)
        let place = KernelRoutes.place(of: way)
        if let answer = ipv4[place], answer.question == way { return answer.reply }
        let leads = socket.leads(to: address, by: interface)
        ipv4[place] = Answer(question: way, reply: leads)
        return leads
    }

    mutating func interface(to address: IPv6Address) -> UInt32? {
        let place = KernelRoutes.place(of: address)
        if let answer = ipv6[place], answer.question == address { return answer.reply }
        let interface = socket.interface(to: address)
        ipv6[place] = Answer(question: address, reply: interface)
        return interface
    }

    private static func place(of question: some Hashable) -> Int {
        Int(UInt(bitPattern: question.hashValue) % UInt(places))
    }
}
