// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import KernelPrograms
import Netlink
internal import Synchronization
import SystemIO
import SystemPackage

/// One stf interface: the TUN device, the tunnel socket, and the two threads between them. The device lives as long as
/// this object; its name, MTU, state and addresses are the kernel's.
final class StfInterface: DeviceInterface {
    var name: String
    let device: Device<Tun>
    /// What was said about it with words.
    var record = StfRecord()
    /// Those that were kept with it, and are to go.
    var formerRoutes: Set<StfRoute> = []
    /// The IPv4 address that `auto` could not use, and said so.
    var refusedSource: IPv4Address?
    /// The programs inside the kernel that carry its packets; nil: its threads do.
    var programs: StfPrograms? {
        didSet { shared.vouch(to: programs?.witness) }
    }
    /// Why the programs do not, though they are to.
    var obstacle: String?
    /// Devices that `xdp` names, and why no frames are taken there.
    var notExpress: [Refusal] = []
    /// Where the routes through it lead.
    private(set) var nextHops = NextHopTable()

    private let sockets: StfSockets
    private let shared: StfShared
    private let workers: [Worker]
    private var boundTo: IPv4Address?

    /// Starts carrying packets of a device.
    /// - Parameter counters: what there is to begin with.
    init(
        _ name: String, _ device: Device<Tun>, _ sockets: StfSockets, routes: sending KernelRoutes,
        _ counters: StfCounters = StfCounters(), on host: Host
    ) throws(SystemError) {
        self.name = name
        self.device = device
        let (tun, limit) = (device.tun, host.errorLimit)
        self.sockets = sockets
        let (socket, errors) = (sockets.tunnel, sockets.errors)
        let shared = StfShared(
            interface: device.index, counters, log: host.dropLog, nodeCounters: host.node.counters)
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

    func leave(to estate: Estate) throws(SystemError) {
        try device.leave(name, to: estate)
        try sockets.leave(name, to: estate)
        var legacy = InterfaceLegacy(name, device.index, part)
        legacy.counters = CounterLegacy(counters.status)
        try estate.put(legacy, as: name)
    }

    var part: KindRecord { .stf(record) }

    func configure(_ part: KindRecord, on host: Host) throws(Refusal) {
        guard case .stf(let record) = part else {
            throw Refusal(name, part.kind.rawValue, .EINVAL, "not \(StfCloner.noun)")
        }
        formerRoutes.formUnion(self.record.routes)
        formerRoutes.subtract(record.routes)
        self.record = record
    }

    func describe(in status: inout InterfaceStatus, counters withCounters: Bool, on host: Host) {
        status.flags = (status.flags + record.linkFlags.flags).sorted { $0.bit < $1.bit }
        let is6RD = record.sixRD.address.bits != 0 || record.sixRD.length != 32
        status.stfv4net = is6RD ? record.sixRD.net : nil
        status.stfv4br = record.sixRD.relayText
        status.routes = record.routes.isEmpty ? nil : record.routes.map(\.text)
        status.auto = record.isAuto
        status.delegated = delegated(on: host)?.description
        status.ipv4 = (rules.isUp ? rules.own : nil)?.description
        status.engine = record.engine == .auto ? nil : record.engine.rawValue
        if record.engine != .user {
            status.ask = record.isAsking ? nil : false
            status.carrier = programs == nil ? "user: \(obstacle ?? "not yet")" : "kernel"
        }
        if !record.takesShortcut { status.shortcut = false }
        if !record.expressDevices.isEmpty { status.xdp = record.expressDevices.joined(separator: ",") }
        guard withCounters else { return }
        status.counters = counters.status
        guard let carried else { return }
        status.counters?.left = carried.leftToUs
        status.counters?.shortcuts = carried.shortcuts
        status.counters?.expresses = record.expressDevices.isEmpty ? nil : carried.expresses
        status.counters?.detours = carried.detoursTaken
        status.counters?.asked = asked(carried, on: host)
    }

    func count(in metrics: inout Metrics) { metrics.add(counters.status, of: name) }

    /// The prefix of our site, whether this host has the IPv4 address now or not.
    private func delegated(on host: Host) -> IPv6Prefix? {
        guard let address = record(on: host).addresses.first,
            let domain = record.sixRD.domain(of: address.address, prefixLength: address.prefixLength),
            let source = record.sixRD.source(of: address.address, in: domain)
        else { return nil }
        return domain.site(of: source)
    }

    /// Of several routes to one destination, the one that the kernel prefers.
    func followRoutes(on host: Host) {
        for destination in host.takeRouteNews(of: device.index) {
            let routes = host.network.routes(to: destination, out: device.index).filter { $0.type == .unicast }
            if let best = routes.min(by: { $0.metric < $1.metric }) {
                nextHops.lead(destination, to: best.gateway)
            } else {
                nextHops.forget(destination)
            }
        }
    }

    /// Publishes new rules to the threads. The socket receives only what is for our own IPv4 address, so that the kernel
    /// answers for the rest as it does without us.
    func publish(
        _ rules: StfRules, mtu: Int, node: NodeRules?, routeGeneration: UInt64
    ) throws(SystemError) {
        shared.publish(rules, mtu: mtu, node: node, routeGeneration: routeGeneration)
        let address = rules.isUp ? rules.own ?? StfSockets.nowhere : StfSockets.nowhere
        guard address != boundTo else { return }
        try sockets.bind(to: address)
        boundTo = address
    }

    /// Counts what the programs did that carry its packets no longer.
    func add(_ carried: StfProgramCounters) { shared.count { $0 += carried } }

    /// What its threads remember of routes is of this generation of the host's.
    var routeGeneration: UInt64 { shared.current.routeGeneration }

    var rules: StfRules { shared.current.rules }

    var counters: StfCounters {
        var counters = shared.counters
        counters.drops[.receiveQueueFull] = sockets.tunnel.queueDrops
        if let carried { counters += carried }
        return counters
    }
}

/// What one interface receives by: IPv4 packets of protocol 41, and errors about those that it sent.
struct StfSockets {
    let tunnel: TunnelSocket
    let errors: ErrorSocket

    /// An address that no packet is for, to bind to while there is nothing to receive.
    static let nowhere = IPv4Address(bits: 0x7FFF_FFFE)

    init() throws(SystemError) {
        tunnel = try TunnelSocket(proto: InternetProtocol.ipv6)
        errors = try ErrorSocket()
        try bind(to: StfSockets.nowhere)
    }

    /// Those that another process has left are bound already, and what they have received is there to be read.
    init(adopting name: String, from estate: Estate) throws(SystemError) {
        guard let tunnel = try estate.take("\(name).tunnel", as: TunnelSocket.self),
            let errors = try estate.take("\(name).errors", as: ErrorSocket.self)
        else { throw SystemError(object: "a socket was not left", .noSuchFileOrDirectory) }
        self.tunnel = tunnel
        self.errors = errors
    }

    func leave(_ name: String, to estate: Estate) throws(SystemError) {
        try tunnel.leave(to: estate, as: "\(name).tunnel")
        try errors.leave(to: estate, as: "\(name).errors")
    }

    func bind(to address: IPv4Address) throws(SystemError) {
        try tunnel.bind(to: address)
        try errors.bind(to: address)
    }
}
