// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// Why a file is not read.
public enum RegularFileError: Error, Equatable, Sendable {
    case failed(SystemError)
    /// A directory, a pipe, a device, a socket: what may have no end, or wait for somebody.
    case notRegular
    /// Longer than so many bytes.
    case tooLarge(Int)
}

/// The bytes of a regular file of no more than `limit` bytes. Whatever else has its name makes nobody wait, and is not
/// read.
public func contents(ofRegularFile path: String, limit: Int) throws(RegularFileError) -> [UInt8] {
    let bytes: [UInt8]?
    do throws(SystemError) {
        // Opening a pipe would wait for its writer, and a terminal would become ours.
        let number = try must("open") { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        let descriptor = Descriptor(number: number)
        guard try isRegular(descriptor.number) else { throw SystemError("open", .noSuchAddressOrDevice) }
        bytes = try read(descriptor.number, limit: limit)
    } catch {
        // That is what open(2) says of a socket.
        throw error.errno == .noSuchAddressOrDevice ? .notRegular : .failed(error)
    }
    guard let bytes else { throw .tooLarge(limit) }
    return bytes
}

private func isRegular(_ number: Int32) throws(SystemError) -> Bool {
    var status = stat()
    try must("fstat") { unsafe fstat(number, &status) }
    return status.st_mode & S_IFMT == S_IFREG
}
