// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// A file descriptor that is closed exactly once, when its owner goes.
public struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    init(number: Int32) {
        self.number = number
    }

    /// Takes over a descriptor that a C library has made.
    public init(owning number: Int32) {
        self.number = number
    }

    /// Another descriptor of an open file, whose own is a C library's and stays so.
    public init(duplicating number: Int32) throws(SystemError) {
        self.number = try must("fcntl") { fcntl(number, F_DUPFD_CLOEXEC, 0) }
    }

    deinit {
        // A failing close(2) has still given up the descriptor.
        _ = Glibc.close(number)
    }

    /// Gives the number to somebody who closes it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Another descriptor of the same open file.
    public func duplicate() throws(SystemError) -> Descriptor {
        try Descriptor(duplicating: number)
    }

    /// The same open file by a number above these, so that it is closed before them when the process is killed: the kernel
    /// ends what has the highest number first (the works of task_work_run() in Linux, which close files, are a stack).
    consuming func closed(before others: [PollDescriptor]) throws(SystemError) -> Descriptor {
        guard let last = others.map(\.number).max(), last > number else { return self }
        return Descriptor(number: try must("fcntl") { fcntl(number, F_DUPFD_CLOEXEC, last + 1) })
    }

    /// Lends the number to calls that only a C library makes, such as those of bpf(2). It stays this descriptor's.
    public func withNumber<Result: ~Copyable, Failure: Error>(
        _ body: (_ number: Int32) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(number)
    }

    /// Takes the descriptor of a listening socket, a device or a signal for epoll(7) and poll(2).
    public var pollable: PollDescriptor { PollDescriptor(number: number) }
}

/// A number to wait on. Whoever holds it sees to it that its `Descriptor` lives.
public struct PollDescriptor: Hashable, Sendable {
    let number: Int32
}

extension PollDescriptor {
    /// For a descriptor that a C library owns: libmnl's.
    public init(watching number: Int32) {
        self.number = number
    }
}

/// Permits this process as many descriptors as it may have at most: select(2), for whose sake the limit is lower to begin
/// with, is not used here.
public func raiseDescriptorLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // Without, there are just fewer interfaces.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// How many descriptors this process may have now: RLIMIT_NOFILE.
public func descriptorLimit() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    return Int(clamping: limit.rlim_cur)
}

/// How many descriptors this process has now.
public func openDescriptors() -> Int {
    // One of them reads the directory.
    (try? fileNames(inDirectory: "/proc/self/fd").count).map { $0 - 1 } ?? 0
}
