// SPDX-License-Identifier: BSD-2-Clause
import SystemPackage

/// Why a request was not carried out: which object and value, and BSD's errno.
public struct Refusal: Error, Equatable, Sendable {
    /// The interface, or whatever else was asked for: `stf0`.
    public var object: String
    /// The word or value refused: `2001:db8::1`.
    public var value: String?
    public var errno: BSDErrno
    /// What BSD's words do not say: `not in 2002::/16`.
    public var detail: String?
    /// Which of several changes it was, from 0; nil if that is not known, or there was one.
    public var index: Int?

    public init(_ object: String, _ value: String? = nil, _ errno: BSDErrno, _ detail: String? = nil) {
        self.object = object
        self.value = value
        self.errno = errno
        self.detail = detail
    }

    /// The Varlink error it travels as, one that each of our interfaces has.
    public var errorName: String {
        switch errno {
        case .EPERM, .EACCES: "NotPermitted"
        case .ENXIO, .EADDRNOTAVAIL, .ENOENT: "NotFound"
        case .EEXIST: "Exists"
        case .EINVAL, .EAFNOSUPPORT: "Invalid"
        case .EIO, .ENOMEM, .EBUSY, .ENODEV, .ENOTDIR, .EISDIR, .ENFILE, .EMFILE, .EMSGSIZE, .EOPNOTSUPP, .EADDRINUSE,
            .ENETDOWN,
            .ENETUNREACH, .ENOBUFS, .ECONNREFUSED, .ENAMETOOLONG, .EHOSTUNREACH:
            "Failed"
        }
    }

    /// `stf0: 2001:db8::1: Invalid argument (not in 2002::/16)`.
    public var line: String {
        let what = value.map { "\(object): \($0)" } ?? object
        return "\(what): \(errno.text)" + (detail.map { " (\($0))" } ?? "")
    }
}

extension Refusal: Codable {
    private enum CodingKeys: String, CodingKey {
        case object, value, errno, number, reason, detail, index
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        object = try fields.decode(String.self, forKey: .object)
        value = try fields.decodeIfPresent(String.self, forKey: .value)
        errno = BSDErrno(rawValue: try fields.decode(Int.self, forKey: .number)) ?? .EIO
        detail = try fields.decodeIfPresent(String.self, forKey: .detail)
        index = try fields.decodeIfPresent(Int.self, forKey: .index)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(object, forKey: .object)
        try fields.encodeIfPresent(value, forKey: .value)
        try fields.encode(errno.name, forKey: .errno)
        try fields.encode(errno.rawValue, forKey: .number)
        try fields.encode(errno.text, forKey: .reason)
        try fields.encodeIfPresent(detail, forKey: .detail)
        try fields.encodeIfPresent(index, forKey: .index)
    }
}
