// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import FaithControl
import Internet
import KernelPrograms
import Netlink
import Relay
import SystemIO

extension FaithInterface {
    /// What it relays.
    func status(counters: Bool) -> FaithStatus {
        var status = FaithStatus(interface: name)
        status.prefixes = record.prefixes.map(\.description)
        status.captured = captured.all.map(\.value).sorted {
            ($0.prefix.length, $0.prefix.description) > ($1.prefix.length, $1.prefix.description)
        }.map(\.description)
        status.uncaptured = objections.map { prefix, objection in
            UncapturedStatus(prefix: prefix.description, reason: objection.text)
        }.sorted { $0.prefix < $1.prefix }
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
        status.sessions = relays.reduce(0) { $0 + $1.sessionCount }
        status.reach = relay.sessionsWithinReach
        if counters { status.counters = RelayCounterStatus(of: relays.map(\.counters)) }
        return status
    }

    /// What came in is what was captured; what went out of the device was not, and died.
    var counters: CounterStatus {
        var input = Traffic()
        var drops = drops
        if let counted = try? programs.counters(slot: slot) {
            input = Traffic(packets: counted.packets, bytes: counted.bytes)
            drops += FaithReason.all.map { reason in
                DropStatus(
                    direction: .input, reason: reason.name, description: reason.description,
                    packets: counted.refused[reason])
            }
        }
        return CounterStatus(input: input, output: output, drops: drops)
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
