// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import Tool
import Words

/// What faithctl(8) shows below ifconfig(8)'s lines.
struct FaithDetails: KindDetails {
    let interfaces: [FaithStatus]

    func settings(of interface: InterfaceStatus) -> [String] { [] }

    func lines(of interface: InterfaceStatus, counters: Bool) -> [String] {
        guard let status = interfaces.first(where: { $0.interface == interface.name }) else { return [] }
        let (captured, prefixes) = (Set(status.captured), Set(status.prefixes))
        let uncaptured = Dictionary(status.uncaptured.map { ($0.prefix, $0.reason) }) { $1 }
        var lines = status.prefixes.map { prefix in
            let reason = uncaptured[prefix].map { " not captured: \($0)" } ?? ""
            return "\tprefix \(prefix)" + (captured.contains(prefix) ? " captured" : "") + reason
        }
        lines += status.captured.filter { !prefixes.contains($0) }.map { "\troute \($0) captured" }
        lines += status.uncaptured.filter { !prefixes.contains($0.prefix) }
            .map { "\troute \($0.prefix) not captured: \($0.reason)" }
        lines += status.relays.map { "\t" + $0.change.text }
        lines += status.rules.map { "\t" + Change.words(ofRule: $0) }
        if status.last32 { lines.append("\tlast32") }
        if status.draining { lines.append("\tdraining") }
        return counters ? lines + status.limits + status.counted : lines
    }

    func complete(_ change: inout Change, of interface: InterfaceStatus) {
        guard let status = interfaces.first(where: { $0.interface == interface.name }) else { return }
        var faith = FaithChange()
        if !status.prefixes.isEmpty { faith.prefixes = status.prefixes }
        if status.last32 { faith.last32 = true }
        if !status.relays.isEmpty { faith.relays = status.relays.map(\.change) }
        if !status.rules.isEmpty { faith.rules = status.rules }
        status.setTimes(of: &faith)
        status.setNumbers(of: &faith)
        if status.draining { faith.drain = true }
        change.faith = faith
    }

    func document(_ reply: ListReply, zeros: Bool) -> any Encodable {
        let names = reply.interfaces.map(\.name)
        var faith = interfaces.filter { names.contains($0.interface) }
        if !zeros { for place in faith.indices { faith[place].counters?.removeZeros() } }
        return FaithDocument(interfaces: reply.interfaces, faith: faith)
    }

    private struct FaithDocument: Encodable {
        var interfaces: [InterfaceStatus]
        var faith: [FaithStatus]
    }
}

extension RelayStatus {
    var change: RelayChange {
        var change = RelayChange(service: service)
        change.application = application
        if proxy { change.proxy = true }
        if reserved { change.reserved = true }
        change.program = program
        return change
    }
}

extension RelayCounterStatus {
    /// The reasons of which there were none.
    fileprivate mutating func removeZeros() {
        refused.removeAll { $0.sessions == 0 }
        ended.removeAll { $0.sessions == 0 }
        commands.removeAll { $0.commands == 0 }
        latency.removeAll { $0.servers == 0 }
    }
}

extension FaithStatus {
    /// `idle 1800 ...`: what may be set, as it is now, in the words that set it.
    fileprivate var limits: [String] {
        var (times, numbers) = (FaithChange(), FaithChange())
        setTimes(of: &times)
        setNumbers(of: &numbers)
        return [times, numbers].map { faith in
            var change = Change(interface: interface)
            change.faith = faith
            return "\t" + list(Array(Vocabulary(.faith).words(of: change).dropFirst()), separator: " ")
        }
    }

    fileprivate func setTimes(of faith: inout FaithChange) {
        faith.idle = idle ?? 0
        faith.connecttime = connecttime
        faith.keepalive = keepalive ?? 0
        faith.usertime = usertime ?? 0
    }

    fileprivate func setNumbers(of faith: inout FaithChange) {
        faith.maxsessions = maxsessions ?? 0
        faith.maxrate = maxrate ?? 0
        faith.clientsessions = clientsessions ?? 0
        faith.clientrate = clientrate ?? 0
        faith.clientlen = clientlen
    }

    fileprivate var counted: [String] {
        guard let counters else { return [] }
        var lines = ["\tsessions: \(sessions) now, \(counters.accepted) accepted, \(counters.connected) connected"]
        lines.append("\tto servers: \(counters.toserver) bytes, to clients: \(counters.toclient) bytes")
        if counters.pauses > 0 { lines.append("\tpauses for want of descriptors: \(counters.pauses)") }
        for (what, counts) in [("refused", counters.refused), ("ended", counters.ended)] {
            for count in counts where count.sessions > 0 {
                lines.append("\t\t\(count.sessions) \(what): \(count.reason) (\(count.description))")
            }
        }
        for count in counters.commands where count.commands > 0 {
            lines.append("\t\t\(count.commands) not passed on: \(count.reason) (\(count.description))")
        }
        for latency in counters.latency {
            lines.append(
                "\t\t\(latency.servers) answered in less than \(FaithStatus.text(microseconds: latency.below))")
        }
        return lines
    }

    /// `512 us`, `2.048 ms`, `1.048576 s`
    private static func text(microseconds: UInt64) -> String {
        if microseconds < 1000 { return "\(microseconds) us" }
        if microseconds < 1_000_000 { return "\(Double(microseconds) / 1000) ms" }
        return "\(Double(microseconds) / 1_000_000) s"
    }
}
