// SPDX-License-Identifier: BSD-2-Clause
public import SystemPackage

/// The errors this project reports, with FreeBSD's numbers. Linux numbers and glibc's words differ ("Cannot assign
/// requested address"), so the words of the manual pages live here.
public enum BSDErrno: Int, CaseIterable, Sendable {
    case EPERM = 1
    case ENOENT = 2
    case EIO = 5
    case ENXIO = 6
    case ENOMEM = 12
    case EACCES = 13
    case EBUSY = 16
    case EEXIST = 17
    case ENODEV = 19
    case ENOTDIR = 20
    case EISDIR = 21
    case EINVAL = 22
    case ENFILE = 23
    case EMFILE = 24
    case EMSGSIZE = 40
    case EOPNOTSUPP = 45
    case EAFNOSUPPORT = 47
    case EADDRINUSE = 48
    case EADDRNOTAVAIL = 49
    case ENETDOWN = 50
    case ENETUNREACH = 51
    case ENOBUFS = 55
    case ECONNREFUSED = 61
    case ENAMETOOLONG = 63
    case EHOSTUNREACH = 65

    /// The text of strerror(3) on FreeBSD.
    public var text: String {
        switch self {
        case .EPERM: "Operation not permitted"
        case .ENOENT: "No such file or directory"
        case .EIO: "Input/output error"
        case .ENXIO: "Device not configured"
        case .ENOMEM: "Cannot allocate memory"
        case .EACCES: "Permission denied"
        case .EBUSY: "Device busy"
        case .EEXIST: "File exists"
        case .ENODEV: "Operation not supported by device"
        case .ENOTDIR: "Not a directory"
        case .EISDIR: "Is a directory"
        case .EINVAL: "Invalid argument"
        case .ENFILE: "Too many open files in system"
        case .EMFILE: "Too many open files"
        case .EMSGSIZE: "Message too long"
        case .EOPNOTSUPP: "Operation not supported"
        case .EAFNOSUPPORT: "Address family not supported by protocol family"
        case .EADDRINUSE: "Address already in use"
        case .EADDRNOTAVAIL: "Can't assign requested address"
        case .ENETDOWN: "Network is down"
        case .ENETUNREACH: "Network is unreachable"
        case .ENOBUFS: "No buffer space available"
        case .ECONNREFUSED: "Connection refused"
        case .ENAMETOOLONG: "File name too long"
        case .EHOSTUNREACH: "No route to host"
        }
    }

    /// `"ENXIO"`.
    public var name: String { String(describing: self) }

    /// The same error as Linux numbers it, or EIO for one that no part of this project is expected to meet.
    public init(_ errno: Errno) {
        switch errno {
        case .notPermitted: self = .EPERM
        case .noSuchFileOrDirectory: self = .ENOENT
        case .noSuchAddressOrDevice: self = .ENXIO
        case .noMemory: self = .ENOMEM
        case .permissionDenied: self = .EACCES
        case .resourceBusy: self = .EBUSY
        case .fileExists: self = .EEXIST
        case .operationNotSupportedByDevice: self = .ENODEV
        case .notDirectory: self = .ENOTDIR
        case .isDirectory: self = .EISDIR
        case .invalidArgument: self = .EINVAL
        case .tooManyOpenFilesInSystem: self = .ENFILE
        case .tooManyOpenFiles: self = .EMFILE
        case .messageTooLong: self = .EMSGSIZE
        case .notSupportedOnSocket: self = .EOPNOTSUPP
        case .addressFamilyNotSupported: self = .EAFNOSUPPORT
        case .addressInUse: self = .EADDRINUSE
        case .addressNotAvailable: self = .EADDRNOTAVAIL
        case .networkDown: self = .ENETDOWN
        case .networkUnreachable: self = .ENETUNREACH
        case .noBufferSpace: self = .ENOBUFS
        case .connectionRefused: self = .ECONNREFUSED
        case .fileNameTooLong: self = .ENAMETOOLONG
        case .noRouteToHost: self = .EHOSTUNREACH
        default: self = .EIO
        }
    }
}
