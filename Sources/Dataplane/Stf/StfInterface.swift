// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Netlink
internal import Synchronization
import SystemIO

/// One stf interface: the TUN device, the tunnel socket, and the two threads between them. The device lives as long as
/// this object; its name, MTU, state and addresses are the kernel's.
final class StfInterface {
    let index: UInt32
    /// The name at first; the kernel knows the present one.
    let name: String
    /// link0, link1 and link2 are ours: the kernel has no such flags.
    var linkFlags = LinkBits()
    var sixRD = SixRD()
    var isAuto = false
    /// The IPv4 address that `auto` could not use, and said so.
    var refusedSource: IPv4Address?

    private let socket: TunnelSocket
    private let errors: ErrorSocket
    private let shared: StfShared
    private let workers: [Worker]
    private var boundTo: IPv4Address?

    /// An address that no packet is for, to bind to while there is nothing to receive.
    private static let nowhere = IPv4Address(bits: 0x7FFF_FFFE)

    /// Starts carrying packets of a device that was just made.
    init(
        tun: Tun, index: UInt32, name: String, routes: sending KernelRoutes, limit: ErrorLimit, log: DropLog,
        nodeCounters: NodeCounters
    ) throws(SystemError) {
        self.index = index
        self.name = name
        let socket = try TunnelSocket(proto: InternetProtocol.ipv6)
        try socket.bind(to: StfInterface.nowhere)
        self.socket = socket
        let errors = try ErrorSocket()
        try errors.bind(to: StfInterface.nowhere)
        self.errors = errors
        let shared = StfShared(interface: index, log: log, nodeCounters: nodeCounters)
        self.shared = shared
        // The routes move to the input thread.
        let routes = Mutex<KernelRoutes?>(routes)
        let output = try Worker("\(name)-out") { wake in
            var worker = StfOutputWorker(tun: tun, socket: socket, shared: shared, limit: limit)
            worker.run(until: wake)
        }
        do throws(SystemError) {
            let input = try Worker("\(name)-in") { wake in
                guard let routes = routes.withLock({ $0.take() }) else { return }
                var worker = StfInputWorker(
                    tun: tun, socket: socket, errors: errors, shared: shared, routes: routes, limit: limit)
                worker.run(until: wake)
            }
            workers = [output, input]
        } catch {
            output.stop()
            throw error
        }
    }

    /// Ends the threads; the device goes with the last reference to it, which they hold.
    func stop() {
        for worker in workers { worker.stop() }
    }

    /// Publishes new rules to the threads. The socket receives only what is for our own IPv4 address, so that the kernel
    /// answers for the rest as it does without us.
    func publish(
        _ rules: StfRules, mtu: Int, node: NodeRules?, routeGeneration: UInt64
    ) throws(SystemError) {
        shared.publish(rules, mtu: mtu, node: node, routeGeneration: routeGeneration)
        let address = rules.isUp ? rules.own ?? StfInterface.nowhere : StfInterface.nowhere
        guard address != boundTo else { return }
        try socket.bind(to: address)
        try errors.bind(to: address)
        boundTo = address
    }

    /// What its threads remember of routes is of this generation of the host's.
    var routeGeneration: UInt64 { shared.current.routeGeneration }

    var rules: StfRules { shared.current.rules }

    var counters: StfCounters {
        var counters = shared.counters
        counters[.receiveQueueFull] = socket.queueDrops
        return counters
    }
}

/// link0, link1 and link2 of ifconfig(8).
struct LinkBits: Equatable, Sendable {
    var link0 = false
    var link1 = false
    var link2 = false

    var flags: [InterfaceFlag] {
        [(link0, .link0), (link1, .link1), (link2, InterfaceFlag.link2)].filter(\.0).map(\.1)
    }
}
