// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import KernelPrograms
import Logging
internal import Netlink
import Relay
import SystemIO
import SystemPackage

/// One faith interface: the TUN device that routes lead to, and the relay of what is captured there. The device lives as
/// long as this object; its name, MTU, state, addresses and routes are the kernel's.
final class FaithInterface: DeviceInterface {
    var name: String
    let device: Device<Tun>
    /// Its place in the programs that capture.
    let slot: Int
    let programs: FaithCapture
    /// What was said about it with words.
    private(set) var record = FaithRecord()
    /// What is captured.
    private(set) var captured: PrefixMap<FaithPrefix>
    /// What is routed to it and cannot be captured.
    private(set) var objections: [IPv6Prefix: FaithObjection] = [:]
    /// What was logged of that.
    private var told: Set<FaithObjection> = []
    /// How all routes were looked at the last time, and what had been released by then.
    var way: FaithWay?
    var releases: UInt64 = 0
    /// Ports whose connections come to the relay.
    var relayedPorts = PortSet()
    /// Whether the routes of `record.prefixes` are there: the kernel drops them when the interface goes down.
    var hasRoutes = false

    /// Of what is captured.
    let relay: Relay
    private(set) var policy: FaithRelayPolicy?
    private let numbers: SessionNumbers
    /// For connections to this host itself, by their ports.
    private var localRelays: [UInt16: Relay] = [:]
    /// Those that take no more, and have sessions yet.
    private var leaving: [Relay] = []
    /// Lost events of each relay that somebody has been told of.
    private var toldLost: [ObjectIdentifier: UInt64] = [:]
    /// While what another process has left is taken up.
    private var estate: Estate?
    private let shared: FaithShared
    private let log: DropLog
    private let worker: Worker

    /// Starts with a relay of what is captured.
    /// - Parameter captured: what is captured for it already.
    init(
        _ name: String, _ device: Device<Tun>, _ place: FaithPlace, relay: Relay,
        capturing captured: PrefixMap<FaithPrefix> = PrefixMap(), _ counters: CounterLegacy = CounterLegacy(),
        hops: HopLimit, on host: Host
    ) throws(SystemError) {
        self.name = name
        self.captured = captured
        self.device = device
        self.relay = relay
        (slot, programs, numbers) = (place.slot, place.programs, place.numbers)
        let shared = FaithShared(interface: device.index, counters, hops: hops, log: host.dropLog)
        self.shared = shared
        log = host.dropLog
        let (tun, limit) = (device.tun, host.errorLimit)
        worker = try Worker("\(name)-out") { wake in
            var worker = FaithOutputWorker(tun: tun, shared: shared, limit: limit)
            worker.run(until: wake)
        }
        logRefusals(of: relay)
    }

    /// Breaks off the sessions and ends the threads; the device goes with the last reference to it, which they hold.
    func stop() {
        worker.stop()
        relay.stop()
        for local in localRelays.values { local.stop() }
        for program in leaving { program.stop() }
    }

    // MARK: restart

    /// Sessions go too, and nothing is accepted here any more. What local programs serve stays until this stops, and ends
    /// then: they are this process's children.
    func leave(to estate: Estate) throws(SystemError) {
        try device.leave(name, to: estate)
        var legacy = InterfaceLegacy(name, device.index, part)
        legacy.counters = CounterLegacy(counters)
        try estate.put(legacy, as: name)
        try estate.put(slot, as: "\(name).slot")
        try relay.leave(to: estate, as: FaithPlace.name(ofRelay: nil, of: name))
        for (port, local) in localRelays { try local.leave(to: estate, as: FaithPlace.name(ofRelay: port, of: name)) }
    }

    /// Goes on with what was said, and listens where another process did.
    func adopt(_ part: KindRecord, from estate: Estate, on host: Host) throws(Refusal) {
        self.estate = estate
        defer { self.estate = nil }
        try configure(part, on: host)
    }

    // MARK: what is said about it

    var part: KindRecord { .faith(record) }

    func configure(_ part: KindRecord, on host: Host) throws(Refusal) {
        guard case .faith(let new) = part else {
            throw Refusal(name, part.kind.rawValue, .EINVAL, "not \(FaithCloner.noun)")
        }
        let old = record
        record = new
        do throws(SystemError) {
            try followPrograms()
        } catch {
            record = old
            throw Refusal(name, "local", BSDErrno(error.errno), error.call)
        }
        // Those that are new follow, as they do when the interface comes up.
        hasRoutes = false
        try removeRoutes(to: Set(old.prefixes).subtracting(new.isDraining ? [] : new.prefixes), host)
    }

    func describe(in status: inout InterfaceStatus, counters withCounters: Bool, on host: Host) {
        if withCounters { status.counters = counters }
    }

    // MARK: rules

    /// - Parameter mapping: how a captured prefix maps; nil: it is not captured, and with an objection it should be.
    func note(_ prefix: IPv6Prefix, _ mapping: FaithPrefix?, _ objection: FaithObjection?) {
        captured[prefix] = mapping
        objections[prefix] = objection
        if objections.isEmpty { told = [] }
    }

    /// Of what concerns many prefixes, one is named.
    func isNews(_ objection: FaithObjection) -> Bool { told.insert(objection).inserted }

    /// Publishes what decides over new connections.
    func publish() {
        let policy = FaithRelayPolicy(captured, record)
        if policy != self.policy { relay.publish(policy) }
        self.policy = policy
        if relay.settings != record.limits { relay.publish(record.limits) }
    }

    /// Listens for connections to this host itself where a program is to serve them. What listened until now and is to
    /// do so no more has its sessions until they end.
    /// - Throws: EADDRINUSE if somebody else does, and for which port; then it is as it was.
    private func followPrograms() throws(SystemError) {
        for relay in leaving where relay.sessionCount == 0 { forget(relay) }
        let services = record.isDraining ? [] : record.services.filter { !$0.program.isEmpty }
        var wanted: [UInt16: LocalProgramPolicy] = [:]
        for service in services {
            let words = service.program
            wanted[service.ports.lowerBound] = LocalProgramPolicy(
                program: RelayProgram(words[0], Array(words.dropFirst())))
        }
        // First what may fail: these are gone if one of them cannot be.
        var added: [UInt16: Relay] = [:]
        for (port, policy) in wanted where localRelays[port] == nil { added[port] = try listen(at: port, policy) }
        for (port, relay) in localRelays {
            if let policy = wanted[port] {
                relay.publish(policy)
                if relay.settings != record.limits { relay.publish(record.limits) }
            } else {
                relay.drain()
                localRelays[port] = nil
                leaving.append(relay)
                if relay.sessionCount == 0 { forget(relay) }
            }
        }
        localRelays.merge(added) { $1 }
    }

    private func logRefusals(of relay: Relay) {
        let (log, interface) = (log, device.index)
        relay.events.watchRefusals { log.note($1, of: $0, on: interface) }
    }

    private func listen(at port: UInt16, _ policy: LocalProgramPolicy) throws(SystemError) -> Relay {
        let relay = try newRelay(at: port, policy)
        logRefusals(of: relay)
        return relay
    }

    private func newRelay(at port: UInt16, _ policy: LocalProgramPolicy) throws(SystemError) -> Relay {
        let thread = "\(name)-\(port)"
        do throws(SystemError) {
            if let estate {
                let left = try Relay(
                    from: estate, as: FaithPlace.name(ofRelay: port, of: name), policy: policy,
                    settings: record.limits, numbers: numbers, threads: 1, name: thread)
                if let left { return left }
            }
            return try Relay(
                on: [try TCPListener(IPv6Endpoint(.unspecified, port: port))], policy: policy,
                settings: record.limits, numbers: numbers, threads: 1, name: thread)
        } catch {
            throw SystemError(object: "port \(port)", error.errno)
        }
    }

    /// A relay that comes later may have its place in memory.
    private func forget(_ relay: Relay) {
        leaving.removeAll { $0 === relay }
        toldLost[ObjectIdentifier(relay)] = nil
    }

    // MARK: what it tells

    /// The relays of what is captured, and of what is for this host itself.
    var relays: [Relay] { [relay] + localRelays.sorted { $0.key < $1.key }.map(\.value) + leaving }

    /// How many events of a relay were lost since the last time.
    func newlyLost(of relay: Relay) -> UInt64 {
        let lost = relay.events.lost
        defer { toldLost[ObjectIdentifier(relay)] = lost }
        return lost &- (toldLost[ObjectIdentifier(relay)] ?? 0)
    }

    /// What came out of the device, uncaptured.
    var output: Traffic { shared.traffic }

    var drops: [DropStatus] {
        let counted = shared.drops
        return FaithDrop.allCases.map { $0.status(counted[$0]) }
    }
}

extension FaithInterface {
    /// The ports that are relayed.
    var ports: PortSet {
        record.services.reduce(into: PortSet()) { $0.insert($1.ports) }
    }
}
