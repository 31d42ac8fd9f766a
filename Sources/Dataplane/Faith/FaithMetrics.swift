// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Relay

extension FaithInterface {
    func count(in metrics: inout Metrics) {
        metrics.add(counters, of: name)
        let relays = relays
        let counters = relays.map(\.counters)
        let sum = { (count: (RelayCounters) -> UInt64) in counters.reduce(0) { $0 + count($1) } }
        metrics.add(.sessions, name, value: UInt64(relays.reduce(0) { $0 + $1.sessionCount }))
        metrics.add(.accepted, name, value: sum(\.accepted))
        metrics.add(.connected, name, value: sum(\.connected))
        metrics.add(.relayedBytes, name, "server", value: sum(\.bytesToServer))
        metrics.add(.relayedBytes, name, "client", value: sum(\.bytesToClient))
        metrics.add(.pauses, name, value: sum(\.pauses))
        for reason in RelayRefusal.all { metrics.add(.refused, name, reason.name, value: sum { $0[reason] }) }
        for end in RelayEnd.allCases { metrics.add(.ended, name, end.name, value: sum { $0[end] }) }
        for reason in FTPRefusal.allCases {
            metrics.add(.refusedCommands, name, reason.name, value: sum { $0[reason] })
        }
        var answered: UInt64 = 0
        for place in relay.counters.connectLatency.counts.indices {
            answered += sum { $0.connectLatency.counts[place] }
            // What took longest is in the last place.
            let isLast = place == relay.counters.connectLatency.counts.count - 1
            let bound = isLast ? Metric.noBound : "\(Double(1 << UInt64(place)) / 1_000_000)"
            metrics.add(.answers, name, bound, value: answered)
        }
    }
}

extension Metric {
    fileprivate static let sessions = Metric(
        .gauge, "inet6d_faith_sessions", labels: ["interface"], "Sessions that there are.")
    fileprivate static let accepted = Metric(
        .counter, "inet6d_faith_accepted_total", labels: ["interface"], "Clients that were accepted.")
    fileprivate static let connected = Metric(
        .counter, "inet6d_faith_connected_total", labels: ["interface"], "Clients whose server answered.")
    fileprivate static let relayedBytes = Metric(
        .counter, "inet6d_faith_relayed_bytes_total", labels: ["interface", "to"], "Bytes that were relayed.")
    fileprivate static let pauses = Metric(
        .counter, "inet6d_faith_pauses_total", labels: ["interface"],
        "How often accepting had to pause, for want of descriptors.")
    fileprivate static let refused = Metric(
        .counter, "inet6d_faith_refused_total", labels: ["interface", "reason"], "Clients that were refused.")
    fileprivate static let ended = Metric(
        .counter, "inet6d_faith_ended_total", labels: ["interface", "reason"], "Sessions that ended.")
    fileprivate static let refusedCommands = Metric(
        .counter, "inet6d_faith_ftp_refused_total", labels: ["interface", "reason"],
        "Commands and replies of FTP that were not passed on.")
    fileprivate static let answers = Metric(
        .histogram, "inet6d_faith_connect_seconds", labels: ["interface", "le"], "How long servers took to answer."
    )
}
