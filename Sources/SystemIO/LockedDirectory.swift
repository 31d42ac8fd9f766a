// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// A directory that is one process's alone, among those who ask. The lock goes with the process.
public final class LockedDirectory: Inheritable, Sendable {
    private let descriptor: Descriptor

    /// Makes it, for us alone to read, unless it is there.
    /// - Throws: EWOULDBLOCK if another process has it.
    public convenience init(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            try must("mkdir") { unsafe mkdir(path, 0o700) }
        } catch  where error.errno == .fileExists {
            // It is there.
        }
        try self.init(existing: path)
    }

    public init(existing path: String) throws(SystemError) {
        descriptor = Descriptor(number: try must("open") { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        let number = descriptor.number
        try must("flock") { flock(number, LOCK_EX | LOCK_NB) }
    }

    /// It stays locked from one process to the next.
    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        self.descriptor = descriptor
        var status = stat()
        let number = self.descriptor.number
        try must("fstat") { unsafe fstat(number, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError("fstat", .protocolWrongTypeForSocket) }
    }

    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
    }
}

/// Removes a file.
public func removeFile(_ path: String) throws(SystemError) {
    try must("unlink") { unsafe unlink(path) }
}

/// Removes a directory, which must be empty.
public func removeDirectory(_ path: String) throws(SystemError) {
    try must("rmdir") { unsafe rmdir(path) }
}
