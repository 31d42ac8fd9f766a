// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// A signal by its name in signal(7).
public struct Signal: Equatable, Sendable {
    public static let hangup = Signal(number: SIGHUP)
    public static let interrupt = Signal(number: SIGINT)
    public static let kill = Signal(number: SIGKILL)
    public static let terminate = Signal(number: SIGTERM)
    public static let user1 = Signal(number: SIGUSR1)
    public static let user2 = Signal(number: SIGUSR2)

    public let number: Int32

    public init(number: Int32) {
        self.number = number
    }
}

/// Signals as input: signalfd(2).
public final class Signals {
    private let descriptor: Descriptor

    /// Blocks the signals, for this thread and those it will start, and collects them here. SIGPIPE is ignored for the
    /// whole process: a peer that goes away is an errno, not an end.
    public init(_ signals: [Signal]) throws(SystemError) {
        ignoreBrokenPipes()
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal.number) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = Descriptor(
            number: try must("signalfd") {
                unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
            })
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// The next signal that has arrived, if any.
    public func next() throws(SystemError) -> Signal? {
        var info = signalfd_siginfo()
        let number = descriptor.number
        let size = MemoryLayout<signalfd_siginfo>.size
        let count = try system("read signalfd") { unsafe read(number, &info, size) }
        return count == nil ? nil : Signal(number: Int32(info.ssi_signo))
    }
}

/// Ignores SIGPIPE for the whole process: a peer that goes away is an errno, not an end. splice(2) has no flag for that.
public func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
}
