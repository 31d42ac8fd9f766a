// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import FaithControl
import Internet
import KernelPrograms
import Netlink
import Relay
import SystemIO

extension Dataplane {
    /// What one faith interface relays, or all of them.
    func faithStatus(_ name: String?, counters: Bool) throws(Refusal) -> [FaithStatus] {
        try refresh()
        return try faiths(named: name).map { status(of: $0.interface, named: $0.name, counters: counters) }
    }

    /// - Throws: ENXIO if there is none of this name.
    private func faiths(named name: String?) throws(Refusal) -> [(interface: FaithInterface, name: String)] {
        if let name { return [(try faith(named: name), name)] }
        return faiths.compactMap { interface in host.network.links[interface.index].map { (interface, $0.name) } }
    }

    private func status(of interface: FaithInterface, named name: String, counters: Bool) -> FaithStatus {
        let record = interface.record
        var status = FaithStatus(interface: name)
        status.prefixes = record.prefixes.map(\.description)
        status.captured = interface.captured.map(\.description)
        status.last32 = record.last32
        status.relays = record.services.map(\.status)
        status.rules = record.rules.map(\.line)
        let limits = record.limits
        let seconds = { (time: Duration?) in time.map { Int($0.components.seconds) } }
        let limited = { (number: Int) in number == Int.max ? nil : number }
        status.idle = seconds(limits.idleTimeout).flatMap { $0 >= FaithPlanner.never ? nil : $0 }
        status.connecttime = seconds(limits.connectTimeout) ?? 0
        status.keepalive = seconds(limits.keepalive)
        status.usertime = seconds(limits.userTimeout)
        status.maxsessions = limited(limits.maximumSessions)
        status.maxrate = limits.newSessionsPerSecondInAll
        status.clientsessions = limited(limits.sessionsPerClient)
        status.clientrate = limited(limits.newSessionsPerSecond)
        status.clientlen = limits.clientPrefixLength
        status.draining = record.isDraining
        status.sessions = interface.relays.reduce(0) { $0 + $1.sessionCount }
        status.reach = interface.relay.sessionsWithinReach
        if counters { status.counters = RelayCounterStatus(of: interface.relays.map(\.counters)) }
        return status
    }

    /// What came in is what was captured; what went out of the device was not, and died.
    func counters(of interface: FaithInterface) -> CounterStatus {
        var input = Traffic()
        var drops = interface.drops
        if let counted = try? capture?.programs.counters(slot: interface.slot) {
            input = Traffic(packets: counted.packets, bytes: counted.bytes)
            drops += FaithReason.all.map { reason in
                DropStatus(
                    direction: .input, reason: reason.name, description: reason.description,
                    packets: counted.refused[reason] ?? 0)
            }
        }
        return CounterStatus(input: input, output: interface.output, drops: drops)
    }

    // MARK: sessions

    func sessions(of name: String?) throws(Refusal) -> [FaithSession] {
        var sessions: [FaithSession] = []
        for (interface, name) in try faiths(named: name) {
            for relay in interface.relays {
                do throws(SystemError) {
                    sessions += try relay.sessions().map { $0.status(of: name) }
                } catch {
                    throw Refusal(name, "sessions", BSDErrno(error.errno), error.call)
                }
            }
        }
        return sessions
    }

    /// Breaks off those of these sessions that there are; returns how many.
    func kill(_ numbers: [Int], of name: String) throws(Refusal) -> Int {
        let interface = try faith(named: name)
        let numbers = Set(numbers.compactMap { UInt64(exactly: $0) })
        do throws(SystemError) {
            var killed = 0
            for relay in interface.relays { killed += try relay.kill(numbers) }
            return killed
        } catch {
            throw Refusal(name, "kill", BSDErrno(error.errno), error.call)
        }
    }
}

extension FaithService {
    fileprivate var status: RelayStatus {
        RelayStatus(
            service: ServiceName.text(of: ports), application: application?.rawValue, proxy: sendsProxyHeader,
            reserved: usesReservedPort, program: program.isEmpty ? nil : program)
    }
}

extension RelayCounterStatus {
    fileprivate init(of relays: [RelayCounters]) {
        self.init()
        for counters in relays {
            accepted += counters.accepted
            connected += counters.connected
            toserver += counters.bytesToServer
            toclient += counters.bytesToClient
            pauses += counters.pauses
        }
        refused = RelayRefusal.all.map { reason in
            SessionCount(
                reason: reason.name, description: reason.description, sessions: relays.reduce(0) { $0 + $1[reason] })
        }
        ended = RelayEnd.allCases.map { end in
            SessionCount(reason: end.name, description: end.description, sessions: relays.reduce(0) { $0 + $1[end] })
        }
        commands = FTPRefusal.allCases.map { reason in
            CommandCount(
                reason: reason.name, description: reason.description, commands: relays.reduce(0) { $0 + $1[reason] })
        }
        for place in relays.first?.connectLatency.counts.indices ?? 0..<0 {
            let servers = relays.reduce(0) { $0 + $1.connectLatency.counts[place] }
            if servers > 0 { latency.append(LatencyStatus(below: 1 << UInt64(place), servers: servers)) }
        }
    }
}
