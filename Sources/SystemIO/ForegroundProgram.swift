// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// A program of PATH that was started with a connection for its standard input and output. Everything else it has of who
/// started it: the terminal, which it may ask, the environment, and the process group.
public struct ForegroundProgram: ~Copyable {
    private let process: pid_t
    private let descriptor: Descriptor

    /// - Parameter connection: the end that this process has: a Unix stream socket, which waits.
    /// - Throws: ENOENT if there is no program of this name.
    public init(_ name: String, _ arguments: [String], connection: inout Descriptor?) throws(SystemError) {
        var ends: (Int32, Int32) = (-1, -1)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try must("socketpair") {
            unsafe withUnsafeMutableBytes(of: &ends) {
                unsafe socketpair(AF_UNIX, type, 0, $0.assumingMemoryBound(to: Int32.self).baseAddress)
            }
        }
        connection = Descriptor(number: ends.0)
        // It is the program's alone from then on, or its end would not be heard.
        let io = Descriptor(number: ends.1)

        var process = pid_t()
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        var (none, ignored) = (sigset_t(), sigset_t())
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, io.number, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, io.number, STDOUT_FILENO)
        // What this process does with signals (`Signals`) is its own matter.
        unsafe sigemptyset(&none)
        unsafe sigemptyset(&ignored)
        unsafe sigaddset(&ignored, SIGPIPE)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &ignored)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words = unsafe ([name] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        let failure = unsafe posix_spawnp(&process, name, &actions, &attributes, &words, environ)
        guard failure == 0 else { throw SystemError(object: name, Errno(rawValue: failure)) }
        descriptor = try watching(child: process)
        self.process = process
    }

    /// Readable when the program has ended.
    public var pollable: PollDescriptor { descriptor.pollable }

    /// Ends the program, if it has not ended, and tells its status: as a shell has it, if a signal ended it.
    public consuming func end(by signal: Signal? = nil) -> Int32 {
        if let signal { kill(process, signal.number) }
        var status: Int32 = 0
        var answer: pid_t
        repeat {
            answer = unsafe waitpid(process, &status, 0)
        } while answer == -1 && errno == EINTR
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    }
}
