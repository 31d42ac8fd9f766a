// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemPackage
import Testing

/// Errors carry FreeBSD's numbers and words (intro(2), errno.h), from whatever Linux calls them.
@Suite struct BSDErrnoTests {
    /// FreeBSD's number, Linux's number, the name, and FreeBSD's strerror(3).
    static let table: [(bsd: Int, linux: Int32, name: String, text: String)] = [
        (1, 1, "EPERM", "Operation not permitted"),
        (2, 2, "ENOENT", "No such file or directory"),
        (5, 5, "EIO", "Input/output error"),
        (6, 6, "ENXIO", "Device not configured"),
        (12, 12, "ENOMEM", "Cannot allocate memory"),
        (13, 13, "EACCES", "Permission denied"),
        (16, 16, "EBUSY", "Device busy"),
        (17, 17, "EEXIST", "File exists"),
        (19, 19, "ENODEV", "Operation not supported by device"),
        (20, 20, "ENOTDIR", "Not a directory"),
        (21, 21, "EISDIR", "Is a directory"),
        (22, 22, "EINVAL", "Invalid argument"),
        (23, 23, "ENFILE", "Too many open files in system"),
        (24, 24, "EMFILE", "Too many open files"),
        (40, 90, "EMSGSIZE", "Message too long"),
        (45, 95, "EOPNOTSUPP", "Operation not supported"),
        (47, 97, "EAFNOSUPPORT", "Address family not supported by protocol family"),
        (48, 98, "EADDRINUSE", "Address already in use"),
        (49, 99, "EADDRNOTAVAIL", "Can't assign requested address"),
        (50, 100, "ENETDOWN", "Network is down"),
        (51, 101, "ENETUNREACH", "Network is unreachable"),
        (55, 105, "ENOBUFS", "No buffer space available"),
        (61, 111, "ECONNREFUSED", "Connection refused"),
        (63, 36, "ENAMETOOLONG", "File name too long"),
        (65, 113, "EHOSTUNREACH", "No route to host"),
    ]

    @Test(arguments: BSDErrnoTests.table)
    func `an error has its number, name and text`(bsd: Int, linux: Int32, name: String, text: String) throws {
        let errno = try #require(BSDErrno(rawValue: bsd))
        #expect(errno.name == name)
        #expect(errno.text == text)
        #expect(BSDErrno(Errno(rawValue: linux)) == errno)
    }

    @Test func `every error is in the table`() {
        #expect(BSDErrno.allCases.map(\.rawValue) == BSDErrnoTests.table.map(\.bsd))
    }

    @Test func `any other Linux error is EIO`() {
        let known = Set(BSDErrnoTests.table.map(\.linux))
        let others = (0...4096 as ClosedRange<Int32>).filter { !known.contains($0) }
        #expect(others.allSatisfy { BSDErrno(Errno(rawValue: $0)) == .EIO })
    }
}
