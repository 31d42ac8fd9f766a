// SPDX-License-Identifier: BSD-2-Clause
import SystemIO

/// How a tool ends (sysexits(3) where there is a number for it).
public enum ExitStatus: Int32, Sendable {
    case success = 0
    /// The daemon said no.
    case refused = 1
    /// EX_USAGE
    case usage = 64
    /// EX_NOINPUT: the file of `-f` cannot be opened.
    case noInput = 66
    /// EX_UNAVAILABLE: no daemon.
    case unavailable = 69
    /// EX_NOPERM
    case notPermitted = 77

    public func exit() -> Never {
        endProcess(rawValue)
    }
}
