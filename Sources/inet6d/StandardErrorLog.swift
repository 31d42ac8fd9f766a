// SPDX-License-Identifier: BSD-2-Clause
import Logging
import SystemIO

/// Writes log lines to standard error, and waits for nobody to read them: for the journal with a syslog priority in front,
/// `<5>stf0: …` (sd-daemon(3)), otherwise with the daemon's name, `inet6d: stf0: …`.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let stream: LogStream
    private let isJournal = StandardErrorLog.isJournal

    /// - Parameter stream: the one of `stream`.
    init(logLevel: Logger.Level, _ stream: LogStream) {
        self.logLevel = logLevel
        self.stream = stream
    }

    /// Standard error, with a line for lines that were lost.
    static func stream() -> LogStream {
        let isJournal = isJournal
        return LogStream(.standardError) { lost in
            line("\(lost) \(lost == 1 ? "line was" : "lines were") lost here: nobody read", .warning, isJournal)
        }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        stream.write(StandardErrorLog.line(event.message.description, event.level, isJournal))
    }

    /// Why the daemon ends: whoever does not read that keeps it from ending no more than from anything else.
    static func writeLast(_ reason: String) {
        stream().write(line(reason, .error, isJournal))
    }

    private static func line(_ text: String, _ level: Logger.Level, _ isJournal: Bool) -> String {
        (isJournal ? "<\(priority(of: level))>" : "inet6d: ") + printable(text) + "\n"
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
        guard let stream = environment("JOURNAL_STREAM") else { return false }
        return stream == PollDescriptor.standardError.file
    }
}
