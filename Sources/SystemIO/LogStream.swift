// SPDX-License-Identifier: BSD-2-Clause
internal import Synchronization
internal import CLinux
import Glibc

/// Where lines are written that may be lost but that nobody waits for, as whoever should read them may not do so. A line
/// that is not taken is counted, and the count is written as soon as something is taken again.
public final class LogStream: Sendable {
    private struct State {
        /// What is left of a line that was taken in part.
        var rest: ArraySlice<UInt8> = []
        var lost = 0
    }

    private let state = Mutex(State())
    private let note: @Sendable (Int) -> String
    private let number: Int32
    private let isSocket: Bool
    /// The same file, opened for us alone: it does not block, and that of others with whom the first is shared goes on as
    /// it was (open(2), O_NONBLOCK).
    private let own: Descriptor?

    /// - Parameter stream: it stays open as long as this is used.
    /// - Parameter note: the line that says how many were lost.
    public init(_ stream: PollDescriptor, note: @escaping @Sendable (Int) -> String) {
        self.note = note
        let number = stream.number
        var status = stat()
        let kind = unsafe fstat(number, &status) == 0 ? status.st_mode & S_IFMT : 0
        isSocket = kind == S_IFSOCK
        // A regular file always takes what it is given. One that we may not open is asked first whether it does.
        let opened =
            kind == S_IFIFO || kind == S_IFCHR
            ? unsafe open("/proc/self/fd/\(number)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1
        own = opened >= 0 ? Descriptor(number: opened) : nil
        self.number = opened >= 0 ? opened : number
    }

    /// - Parameter line: with the newline at its end.
    public func write(_ line: String) {
        state.withLock { put(line, &$0) }
    }

    /// Whether something was lost that nobody was told of yet.
    public var isBehind: Bool { state.withLock { $0.lost > 0 || !$0.rest.isEmpty } }

    /// Writes what was left, as far as it is taken now.
    public func catchUp() {
        state.withLock { put(nil, &$0) }
    }

    private func put(_ line: String?, _ state: inout State) {
        state.rest = state.rest.dropFirst(push(state.rest))
        if state.rest.isEmpty {
            // Together: a note alone would fit where no line does, again and again.
            let text = Array(((state.lost > 0 ? note(state.lost) : "") + (line ?? "")).utf8)
            let taken = push(text[...])
            if taken > 0 || text.isEmpty {
                state.rest = text.dropFirst(taken)
                state.lost = 0
                return
            }
        }
        if line != nil { state.lost += 1 }
    }

    /// - Returns: how many bytes were taken.
    private func push(_ bytes: ArraySlice<UInt8>) -> Int {
        var rest = bytes
        while !rest.isEmpty, takesBytes {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe isSocket
                    ? send(number, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                    // A pipe that takes anything takes so much (PIPE_BUF, pipe(7)).
                    : Glibc.write(number, bytes.baseAddress, min(bytes.count, 4096))
            }
            if count < 0, errno == EINTR { continue }
            // Nowhere is left to tell why.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        return bytes.count - rest.count
    }

    private var takesBytes: Bool {
        guard !isSocket, own == nil else { return true }
        var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&entry, 1, 0) > 0
    }
}

extension PollDescriptor {
    public static let standardError = PollDescriptor(number: STDERR_FILENO)

    /// Device and inode of what is open there, as systemd has them in JOURNAL_STREAM: `8:1234`.
    public var file: String? {
        var status = stat()
        return unsafe fstat(number, &status) == 0 ? "\(status.st_dev):\(status.st_ino)" : nil
    }
}
