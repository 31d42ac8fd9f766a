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
    var captures = PortSet()
    /// Whether the routes of `record.prefixes` are there: the kernel drops them when the interface goes down.
    var hasRoutes = false

    let relay: Relay
    private(set) var policy: FaithRelayPolicy?
    /// For connections to this host itself, by their ports.
    private var programs: [UInt16: Relay] = [:]
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
        let shared = FaithShared(interface: index, log: log)
        self.shared = shared
        relay = try Relay(
            on: [listener], policy: FaithRelayPolicy(), pinholes: CapturePinholes(pinholes: capture.programs.pinholes),
            name: name)
        capture.devices[slot] = FaithDevices.Device(tun: tun, shared: shared)
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
    }

    // MARK: rules

    /// Publishes what decides over new connections.
    func publish(_ captured: [FaithPrefix], own: Set<IPv4Address>, broadcasts: Set<IPv4Address>, hopLimit: UInt8) {
        self.captured = captured
        shared.hopLimit = hopLimit
        let policy = FaithRelayPolicy(
            policies: captured.map {
                FaithPolicy(prefix: $0, access: record.access, own: own, broadcasts: broadcasts)
            },
            record: record)
        if policy != self.policy { relay.publish(policy) }
        self.policy = policy
        if relay.settings != record.limits { relay.publish(record.limits) }
    }

    /// Listens for connections to this host itself where a program is to serve them.
    /// - Throws: EADDRINUSE if somebody else does, and for which port.
    func followPrograms() throws(SystemError) {
        let wanted = Dictionary(
            record.services.filter { !$0.program.isEmpty }.map { ($0.ports.lowerBound, $0.program) },
            uniquingKeysWith: { $1 })
        for (port, relay) in programs where wanted[port] == nil || record.isDraining {
            relay.drain()
            if relay.sessionCount == 0 { forget(port) }
        }
        guard !record.isDraining else { return }
        for (port, words) in wanted {
            let policy = LocalProgramPolicy(program: RelayProgram(words[0], Array(words.dropFirst())))
            if let relay = programs[port], !relay.isDraining {
                relay.publish(policy)
                continue
            }
            forget(port)
            let listener = try TCPListener(IPv6Endpoint(.unspecified, port: port))
            programs[port] = try Relay(
                on: [listener], policy: policy, settings: record.limits, threads: 1, name: "\(name)-\(port)")
        }
    }

    /// What was told of the relay is forgotten with it: another one may have its place in memory.
    private func forget(_ port: UInt16) {
        guard let relay = programs.removeValue(forKey: port) else { return }
        toldLost[ObjectIdentifier(relay)] = nil
    }

    // MARK: what it tells

    /// The relays of what is captured, and of what is for this host itself.
    var relays: [Relay] { [relay] + programs.sorted { $0.key < $1.key }.map(\.value) }

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
