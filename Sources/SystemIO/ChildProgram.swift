// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc

/// A program that was started with a connection for its standard input, output and error, as inetd(8) does it. It is the
/// first of a session and process group of its own, and is killed when the thread that started it ends, however that
/// comes about: it should not be started by one that ends before it.
public struct ChildProgram: ~Copyable, Sendable {
    public let process: Int32
    private let descriptor: Descriptor
    private var hasEnded = false

    /// What a process that has ended left behind.
    public enum End: Equatable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    /// - Parameter socket: is made to wait, and is the program's from then on: it should be closed here.
    /// - Parameter arguments: without the program's own name, which is `path`. Its environment is no more than PATH.
    /// - Throws: what `vfork(2)`, `execve(2)` and `pidfd_open(2)` do: ENOENT, EACCES, EAGAIN.
    public init(_ path: String, _ arguments: [String], io socket: borrowing TCPSocket) throws(SystemError) {
        var process: pid_t = 0
        let io = socket.descriptor.number
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        try must("execve") { unsafe clinux_spawn(path, &words, io, &process) }
        descriptor = try watching(child: process)
        self.process = process
    }

    /// Readable when the program has ended.
    public var pollable: PollDescriptor { descriptor.pollable }

    /// Waits for its end. False: it did not come.
    public func hasEnded(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) == 1
    }

    /// Sends a signal to the program and what it started, unless `end` has told of its end.
    public func signal(_ signal: Signal) {
        if !hasEnded { kill(-process, signal.number) }
    }

    /// How it ended; nil: it has not. Told once.
    /// - Parameter isAwaited: whether to wait for it.
    public mutating func end(isAwaited: Bool = false) -> End? {
        guard !hasEnded else { return nil }
        var status: Int32 = 0
        var answer: pid_t
        repeat {
            answer = unsafe waitpid(process, &status, isAwaited ? 0 : WNOHANG)
        } while answer == -1 && errno == EINTR
        if answer == 0 { return nil }
        hasEnded = true
        // If the process's signals say that nobody waits for children (SIGCHLD in sigaction(2)), the kernel has.
        guard answer == process else { return .exited(0) }
        return status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .signalled(status & 0x7F)
    }
}

/// Readable when a child has ended. If that cannot be, it is ended, for nobody would take note of its end.
func watching(child process: pid_t) throws(SystemError) -> Descriptor {
    do throws(SystemError) {
        return Descriptor(number: try must("pidfd_open") { clinux_watch_process(process) })
    } catch {
        kill(process, SIGKILL)
        _ = waitpid(process, nil, 0)
        throw error
    }
}
