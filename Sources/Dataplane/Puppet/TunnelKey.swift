// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Logging
import PuppetCarrier
import PuppetTLS
import SystemIO
import SystemPackage

/// The key by which this host is known to the other ends of its tunnels: puppetctl(8), `key`.
struct TunnelKey {
    let path: String

    /// - Parameter directory: of the configuration.
    init(in directory: String) {
        path = "\(directory)/puppet.key"
    }

    /// - Parameter name: of the interface that wants it.
    func read(for name: String) throws(Refusal) -> TLSIdentity {
        do throws(KeyFault) {
            return try TLSIdentity(readingFile: path)
        } catch {
            let hint = error.errno == .noSuchFileOrDirectory ? " (puppetctl key makes one)" : ""
            throw Refusal(name, "peer", BSDErrno(error.errno), "\(path): \(error.reason)\(hint)")
        }
    }
}

/// What one end has to do with keys: its own, and who came without one.
struct TunnelSecurity {
    private let key: TunnelKey
    /// Nil: it needs none, or there is none.
    private(set) var identity: TLSIdentity?
    /// Who came was logged so far, and when somebody is logged again.
    private var logged: UInt64 = 0
    private var next = ContinuousClock.now

    /// What another process has left is no less secret without its key: it goes nowhere.
    init(_ key: TunnelKey, adopting record: TunnelRecord, of name: String, on host: Host) {
        self.key = key
        do throws(Refusal) {
            try follow(record, of: name)
        } catch {
            host.log.error("\(error.line)")
        }
    }

    /// Reads the key if it is needed now.
    mutating func follow(_ record: TunnelRecord, of name: String) throws(Refusal) {
        identity = record.peers.isEmpty ? nil : try key.read(for: name)
    }

    /// Logs who came last and is not the peer, one in `net.inet6.ip6.log_interval` seconds.
    mutating func log(_ report: CarrierReport, _ counters: CarrierCounters, of name: String, on host: Host) {
        guard let stranger = report.stranger, counters.strangers > logged else { return }
        let (interval, now) = (host.variables.mib[.logInterval], ContinuousClock.now)
        guard interval > 0, now >= next else { return }
        next = now + .seconds(interval)
        let others = counters.strangers - logged - 1
        logged = counters.strangers
        host.log.notice("\(name): refused: \(stranger.text)\(others > 0 ? " (and \(others) others before)" : "")")
    }
}
