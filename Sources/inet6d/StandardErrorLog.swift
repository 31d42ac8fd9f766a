// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Logging

/// Writes log lines to standard error: for the journal with a syslog priority in front, `<5>stf0: …`
/// (sd-daemon(3)), otherwise with the daemon's name, `inet6d: stf0: …`.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let isJournal: Bool

    init(logLevel: Logger.Level) {
        self.logLevel = logLevel
        isJournal = StandardErrorLog.isJournal
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let prefix = isJournal ? "<\(StandardErrorLog.priority(of: event.level))>" : "inet6d: "
        let bytes = Array((prefix + StandardErrorLog.printable(event.message.description) + "\n").utf8)
        // Nowhere is left to tell of a failure.
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }

    /// One message is one line whatever a client put into it.
    static func printable(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .control {
                line += scalar.escaped(asASCII: true)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    /// syslog(3)'s numbers.
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// systemd sets JOURNAL_STREAM to the device and inode of the stream it made; standard error may be another by now.
    private static var isJournal: Bool {
        var status = stat()
        guard let stream = unsafe getenv("JOURNAL_STREAM"), unsafe fstat(STDERR_FILENO, &status) == 0 else {
            return false
        }
        return unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }
}
