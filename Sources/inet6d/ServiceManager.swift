// SPDX-License-Identifier: BSD-2-Clause
import SystemIO

/// The service manager that may have started us: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
struct ServiceManager {
    /// How often it wants to hear that we live; nil: never.
    private let interval: Duration?
    private var lastSign: ContinuousClock.Instant = .now

    init() {
        let isOurs = environment("WATCHDOG_PID").map { Int32($0) == processID() } ?? true
        let microseconds = environment("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        // Half of it, as sd_watchdog_enabled(3) advises.
        interval = isOurs && microseconds > 0 ? .microseconds(microseconds) / 2 : nil
    }

    /// Tells it if there is one; it does not matter to us whether it listens.
    static func notify(_ state: String) {
        guard let path = environment("NOTIFY_SOCKET") else { return }
        try? sendUnixDatagram(state, to: path)
    }

    /// The socket that it listens at in our place; nil: none.
    static func listener() throws(SystemError) -> UnixListener? {
        guard environment("LISTEN_PID").flatMap({ Int32($0) }) == processID(),
            let count = environment("LISTEN_FDS").flatMap({ Int($0) })
        else { return nil }
        let names = environment("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        let estate = try Estate(passed: count, named: names.map(String.init))
        let listener = try estate.take("control", as: UnixListener.self)
        // Its file is there before us and after us.
        listener?.disownFile()
        return listener
    }

    /// To be called after each turn of the loop: what does not turn any more is not alive.
    mutating func sign() {
        guard let interval, .now - lastSign >= interval else { return }
        lastSign = .now
        ServiceManager.notify("WATCHDOG=1")
    }

    /// Milliseconds until the next sign at most; nil: none is wanted.
    var patience: Int32? {
        interval.map { Int32(clamping: max(Int(($0 - (.now - lastSign)) / .milliseconds(1)), 0) + 1) }
    }
}
