// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// Why a file that should be nobody else's is not read.
public enum PrivateFileError: Error, Equatable, Sendable {
    case failed(SystemError)
    case notRegular
    /// Longer than so many bytes.
    case tooLarge(Int)
    /// Others may read or change it: its mode.
    case exposed(mode: UInt32)
    /// It is of this user, who is none of those whose it may be.
    case foreign(userID: UInt32)
}

/// The bytes of a regular file of no more than `limit` bytes that nobody may read but its owner, who is root, who reads it,
/// or `owner`. What is asked about is the file that is read, whatever becomes of its name.
public func contents(
    ofPrivateFile path: String, limit: Int, owner: UInt32? = nil
) throws(PrivateFileError) -> [UInt8] {
    var status = stat()
    let bytes: [UInt8]?
    do throws(SystemError) {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let descriptor = Descriptor(number: try must("open") { unsafe open(path, flags) })
        let number = descriptor.number
        try must("fstat") { unsafe fstat(number, &status) }
        bytes = status.isPrivate(to: owner) ? try read(number, limit: limit) : []
    } catch {
        throw .failed(error)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
    guard status.isOurs(or: owner) else { throw .foreign(userID: status.st_uid) }
    guard status.isPrivate(to: owner) else { throw .exposed(mode: status.st_mode & 0o7777) }
    guard let bytes else { throw .tooLarge(limit) }
    return bytes
}

extension stat {
    fileprivate func isOurs(or owner: UInt32?) -> Bool { st_uid == 0 || st_uid == geteuid() || st_uid == owner }

    fileprivate func isPrivate(to owner: UInt32?) -> Bool {
        st_mode & S_IFMT == S_IFREG && isOurs(or: owner) && st_mode & 0o077 == 0
    }
}

/// Makes a file that nobody may read but its owner, with these bytes.
/// - Throws: EEXIST; what is there stays.
public func makePrivateFile(_ path: String, _ bytes: [UInt8], owner: UInt32? = nil) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let descriptor = Descriptor(number: try must("open") { unsafe open(path, flags, 0o600) })
    let number = descriptor.number
    do throws(SystemError) {
        if let owner { try must("fchown") { fchown(number, owner, gid_t.max) } }
        let count = try must("write") { unsafe write(number, bytes, bytes.count) }
        guard count == bytes.count else { throw SystemError("write", .noSpace) }
        try must("fsync") { fsync(number) }
    } catch {
        // Half a key is none.
        unsafe unlink(path)
        throw error
    }
}
