// SPDX-License-Identifier: BSD-2-Clause
import Control
public import Inet6Control
public import Logging
import SystemIO
import Words

/// Reads a boot configuration again, whoever asks for it, and brings what runs to what it says now.
public final class BootReload {
    /// What a service manager is told (sd_notify(3)): one that waits, waits until it is done.
    public enum Stage: Sendable {
        case begun
        case done

        public var message: String {
            switch self {
            case .begun: "RELOADING=1\nMONOTONIC_USEC=\(monotonicNanoseconds() / 1000)"
            case .done: "READY=1"
            }
        }
    }

    private let directory: String
    private let dataplane: Dataplane
    private let log: Logger
    private let tell: (Stage) -> Void
    private var isWell: Bool
    private var lastRead = nanosecondsSince1970()

    /// - Parameter isWell: whether nothing was wrong with it at the start.
    public init(
        of directory: String, _ dataplane: Dataplane, isWell: Bool = true, log: Logger,
        tell: @escaping (Stage) -> Void = { _ in }
    ) {
        self.isWell = isWell
        self.directory = directory
        self.dataplane = dataplane
        self.log = log
        self.tell = tell
    }

    /// Brings everything to what the configuration says, or leaves it as it is. All of it is logged.
    @discardableResult
    public func read() -> ReloadReply {
        tell(.begun)
        defer { tell(.done) }
        let reply = apply()
        isWell = reply.faults.isEmpty
        lastRead = nanosecondsSince1970()
        for line in reply.warnings { log.warning("\(line)") }
        for line in reply.faults { log.error("all stays as it is: \(line)") }
        for line in reply.changes { log.notice("\(directory): \(line)") }
        if reply.faults.isEmpty {
            log.notice("\(directory): read again\(reply.changes.isEmpty ? ", nothing changed" : "")")
        }
        return reply
    }

    /// How the last reading went.
    public func count(in metrics: inout Metrics) {
        metrics.add(.configurationIsWell, value: isWell ? 1 : 0)
        metrics.add(.configurationRead, value: lastRead / 1_000_000_000)
    }

    private func apply() -> ReloadReply {
        let boot: BootConfiguration
        do throws(BootConfiguration.Failure) {
            boot = try BootConfiguration(reading: directory)
        } catch {
            return ReloadReply(faults: [error.description])
        }
        var reply = ReloadReply(
            faults: boot.faults.filter { !$0.isForeign }.map(\.description),
            warnings: boot.faults.filter(\.isForeign).map(\.description))
        guard reply.faults.isEmpty else { return reply }
        do throws(Refusal) {
            let (variables, interfaces) = try dataplane.apply(boot)
            reply.changes = variables.filter { $0.old != $0.new }.map { "\($0.name): \($0.old) -> \($0.new)" }
            reply.changes += zip(boot.changes, interfaces).filter(\.1.changed).map(\.0.line)
        } catch {
            reply.faults = ["\(boot.fault(error, in: directory))"]
        }
        return reply
    }
}

extension Metric {
    fileprivate static let configurationIsWell = Metric(
        .gauge, "inet6d_config_last_reload_successful", "Whether nothing was wrong with the boot configuration.")
    fileprivate static let configurationRead = Metric(
        .gauge, "inet6d_config_last_reload_timestamp_seconds", "When the boot configuration was read last.")
}
