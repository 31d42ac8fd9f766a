// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import KernelPrograms
import Logging
internal import Netlink
import Relay
import SystemIO

/// One faith interface: the TUN device that routes lead to, and the relay of what is captured there. The device lives as
/// long as this object; its name, MTU, state, addresses and routes are the kernel's.
final class FaithInterface {
    let index: UInt32
    /// The name at first; the kernel knows the present one.
    let name: String
    /// Its place in the programs that capture.
    let slot: Int
    /// What was said about it with words.
    var record = FaithRecord()
    /// Prefixes that are captured, the longest first.
    private(set) var captured: [FaithPrefix] = []
    /// Ports whose connections come to the relay.
    var relayedPorts = PortSet()
    /// Whether the routes of `record.prefixes` are there: the kernel drops them when the interface goes down.
    var hasRoutes = false

    let relay: Relay
    private(set) var policy: FaithRelayPolicy?
    /// For connections to this host itself, by their ports.
    private var programs: [UInt16: Relay] = [:]
    /// Those that take no more, and have sessions yet.
    private var leaving: [Relay] = []
    /// Lost events of each relay that somebody has been told of.
    private var toldLost: [ObjectIdentifier: UInt64] = [:]
    private let shared: FaithShared
    private let worker: Worker

    /// Starts relaying what the listener accepts.
    init(
        tun: Tun, index: UInt32, name: String, slot: Int, listener: TCPListener, capture: FaithCapturing,
        limit: ErrorLimit, log: DropLog
    ) throws(SystemError) {
        self.index = index
        self.name = name
        self.slot = slot
        let shared = FaithShared(interface: index, hops: capture.hops, log: log)
        self.shared = shared
        relay = try Relay(
            on: [listener], policy: FaithRelayPolicy(), pinholes: CapturePinholes(pinholes: capture.programs.pinholes),
            name: name)
        worker = try Worker("\(name)-out") { wake in
            var worker = FaithOutputWorker(tun: tun, shared: shared, limit: limit)
            worker.run(until: wake)
        }
    }

    /// Breaks off the sessions and ends the threads; the device goes with the last reference to it, which they hold.
    func stop() {
        worker.stop()
        relay.stop()
        for program in programs.values { program.stop() }
        for program in leaving { program.stop() }
    }

    // MARK: rules

    /// Publishes what decides over new connections.
    func publish(_ captured: [FaithPrefix], own: Set<IPv4Address>, broadcasts: Set<IPv4Address>) {
        self.captured = captured
        let policy = FaithRelayPolicy(
            policies: captured.map {
                FaithPolicy(prefix: $0, access: record.access, own: own, broadcasts: broadcasts)
            },
            record: record)
        if policy != self.policy { relay.publish(policy) }
        self.policy = policy
        if relay.settings != record.limits { relay.publish(record.limits) }
    }

    /// Listens for connections to this host itself where a program is to serve them. What listened until now and is to
    /// do so no more has its sessions until they end.
    /// - Throws: EADDRINUSE if somebody else does, and for which port; then it is as it was.
    func followPrograms() throws(SystemError) {
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
        for (port, policy) in wanted where programs[port] == nil { added[port] = try listen(at: port, policy) }
        for (port, relay) in programs {
            if let policy = wanted[port] {
                relay.publish(policy)
                if relay.settings != record.limits { relay.publish(record.limits) }
            } else {
                relay.drain()
                programs[port] = nil
                leaving.append(relay)
                if relay.sessionCount == 0 { forget(relay) }
            }
        }
        programs.merge(added) { $1 }
    }

    private func listen(at port: UInt16, _ policy: LocalProgramPolicy) throws(SystemError) -> Relay {
        do throws(SystemError) {
            let listener = try TCPListener(IPv6Endpoint(.unspecified, port: port))
            return try Relay(
                on: [listener], policy: policy, settings: record.limits, threads: 1, name: "\(name)-\(port)")
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
    var relays: [Relay] { [relay] + programs.sorted { $0.key < $1.key }.map(\.value) + leaving }

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
        return FaithDrop.allCases.map { $0.status(counted[$0] ?? 0) }
    }
}
