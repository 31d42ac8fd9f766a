// SPDX-License-Identifier: BSD-2-Clause
public import Logging
public import SystemIO
import SystemPackage

/// Metrics in a file, for who reads files: node_exporter's textfile collector. It is whole at any time, and goes with its
/// writer, since an old one would be read for ever.
public final class MetricsFile {
    /// As often as most are read.
    private static let interval = Duration.seconds(15)

    private let path: String
    private let log: Logger
    private let metrics: () -> Metrics
    private let alarm: Alarm
    private var isTold = false

    public init(
        path: String, loop: EventLoop, log: Logger, metrics: @escaping () -> Metrics
    ) throws(SystemError) {
        self.path = path
        self.log = log
        self.metrics = metrics
        alarm = try Alarm()
        try loop.watch(alarm.pollable, named: path) { [unowned self] _ throws(SystemError) in try write() }
        try write()
    }

    /// What cannot be written is said once, and tried again.
    private func write() throws(SystemError) {
        _ = alarm.hasCome()
        try alarm.set(in: MetricsFile.interval)
        do throws(SystemError) {
            try replaceFile(path, holding: metrics().text(as: .text))
            isTold = false
        } catch {
            if !isTold { log.error("\(error)") }
            isTold = true
        }
    }

    public func remove() { try? removeFile(path) }
}
