// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Puppet
import PuppetCarrier
import PuppetControl

extension PuppetStatus {
    init(_ name: String, _ record: TunnelRecord, _ report: CarrierReport, _ counters: CarrierCounters) {
        self.init(interface: name)
        switch record.way {
        case .listen(let text): listen = text
        case .connect(let text): connect = text
        case nil: break
        }
        keys = record.peers.map(\.description)
        insecure = record.isInsecure
        proto = record.wire.word
        offload = record.offloads
        filter = record.filter?.words
        (keepalive, reconnect) = (record.keepalive, record.reconnect)
        copy = record.copyWords
        rate = record.rate
        state = report.state.name
        failure = report.failure
        local = report.endpoints?.one.eitherText
        peer = report.endpoints?.other.eitherText
        software = report.peer?.software
        spoken = report.wire?.word
        remote = report.parameters?.name
        roundtrip = report.roundTrip.map { Int(clamping: $0 / 1000) }
        clock = report.clockOffset.map { Int(clamping: $0 / 1000) }
        key = report.key?.description
        (sessions, strangers) = (counters.sessions, counters.strangers)
    }
}

extension Stranger {
    /// `192.0.2.1:50000: TLS: not a key of the peer's: SHA256:…`
    var text: String { "\(endpoint.eitherText): \(reason)" + (key.map { ": \($0)" } ?? "") }
}

/// What can be said of either end.
enum TunnelCheck {
    static func findings(
        _ record: TunnelRecord, _ security: TunnelSecurity, _ report: CarrierReport, _ counters: CarrierCounters
    ) -> [Finding] {
        var findings: [Finding] = []
        if !record.peers.isEmpty, security.identity == nil {
            findings.append(
                Finding(.problem, "this host has no key that it can read, so it goes nowhere: puppetctl key"))
        }
        if record.way == nil, report.state != .connected {
            findings.append(
                Finding(
                    .problem, "it has not been said how to come to the other end: connect, listen, or puppetctl ssh"))
        }
        let failure = report.failure.map { ": \($0)" } ?? ""
        switch report.state {
        case .connected:
            if let failure = report.failure { findings.append(Finding(.problem, failure)) }
        case .waiting, .connecting, .greeting: findings.append(Finding(.problem, "not connected\(failure)"))
        case .listening: findings.append(Finding(.problem, "nobody has come yet\(failure)"))
        case .down, .idle, .ended:
            if record.way != nil { findings.append(Finding(.problem, "not connected\(failure)")) }
        }
        if let stranger = report.stranger, counters.strangers > 0, report.state != .connected {
            findings.append(Finding(.note, "\(counters.strangers) came and are not the peer; last \(stranger.text)"))
        }
        if record.isInsecure, record.peers.isEmpty {
            findings.append(Finding(.note, "insecure: whoever is on the path can read and change the frames"))
        }
        for pair in report.found {
            findings.append(
                Finding(
                    .note, "the tunnel was found in its own frames, which are not sniffed now: exclude \(pair.words)"))
        }
        if counters[injected: .recursive] > 0 {
            let peer = report.endpoints?.other.eitherText ?? "the other end"
            findings.append(
                Finding(.problem, "the route to \(peer) leads through the tunnel itself: add one that does not"))
        }
        return findings
    }
}
