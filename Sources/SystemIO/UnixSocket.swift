// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// A connected stream socket of the Unix domain.
public final class UnixSocket: Sendable {
    private let descriptor: Descriptor

    init(descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Connects; the calls on the socket then wait at most `timeout`.
    /// - Throws: ENOENT or ECONNREFUSED when nobody listens, EACCES, ENAMETOOLONG.
    public convenience init(connectingTo path: String, timeout: Duration) throws(SystemError) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = Descriptor(number: try must("socket") { socket(AF_UNIX, type, 0) })
        var patience = timeval(tv_sec: Int(timeout.components.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        let number = descriptor.number
        try must("setsockopt") { unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, size) }
        try must("setsockopt") { unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, size) }
        unsafe try withUnixName(path) { (name, size) throws(SystemError) in
            _ = try must("connect") { unsafe connect(number, name, size) }
        }
        self.init(descriptor: descriptor)
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// Nil: nothing now. Empty: the peer has closed.
    public func read(upTo limit: Int) throws(SystemError) -> [UInt8]? {
        var failure: SystemError?
        var isEmpty = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            do throws(SystemError) {
                let number = descriptor.number
                let read = try system("read") { unsafe Glibc.read(number, buffer.baseAddress, limit) }
                isEmpty = read == nil
                count = read ?? 0
            } catch {
                failure = error
                count = 0
            }
        }
        if let failure { throw failure }
        return isEmpty ? nil : bytes
    }

    /// Writes what the socket takes now and returns how many bytes that was.
    public func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        let number = descriptor.number
        let count = try system("write") {
            unsafe bytes.withUnsafeBytes { unsafe send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
        return count ?? 0
    }

    /// Who is at the other end, as the kernel says it was when they connected.
    public func peer() throws(SystemError) -> Peer {
        var credentials = clinux_credentials()
        let number = descriptor.number
        try must("getsockopt SO_PEERCRED") { unsafe clinux_peer_credentials(number, &credentials) }
        return Peer(
            processID: credentials.pid, userID: credentials.uid,
            groupIDs: [credentials.gid] + (try UnixSocket.groups(of: number)))
    }

    private static func groups(of number: Int32) throws(SystemError) -> [UInt32] {
        do throws(SystemError) {
            return try groups(of: number, atMost: 64)
        } catch  where error.errno == .outOfRange {
            // NGROUPS_MAX: nobody has more.
            return try groups(of: number, atMost: 65_536)
        }
    }

    private static func groups(of number: Int32, atMost limit: Int) throws(SystemError) -> [UInt32] {
        var groups = [UInt32](repeating: 0, count: limit)
        let count = try must("getsockopt SO_PEERGROUPS") {
            unsafe clinux_peer_groups(number, &groups, UInt32(limit))
        }
        return Array(groups.prefix(Int(count)))
    }
}

/// The process at the other end of a Unix socket.
public struct Peer: Equatable, Sendable, CustomStringConvertible {
    public var processID: Int32
    public var userID: UInt32
    public var groupIDs: [UInt32]

    /// `uid 0 pid 4711`
    public var description: String { "uid \(userID) pid \(processID)" }

    public init(processID: Int32, userID: UInt32, groupIDs: [UInt32]) {
        self.processID = processID
        self.userID = userID
        self.groupIDs = groupIDs
    }
}

/// A listening stream socket of the Unix domain, and its name in the file system, which goes with it.
public final class UnixListener: Inheritable {
    private let descriptor: Descriptor
    public let path: String
    /// Whether the file at `path` is ours to remove.
    private var isBound = false

    /// Listens at `path`, unless told otherwise readable and writable to all: who may do what is decided by credentials.
    ///
    /// A socket file that nobody listens on is what a killed process left behind; it is replaced.
    /// - Throws: EADDRINUSE if somebody listens there or the file is no socket.
    public init(path: String, permissions: UInt32 = 0o666) throws(SystemError) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        descriptor = Descriptor(number: try must("socket") { socket(AF_UNIX, type, 0) })
        self.path = path
        let number = descriptor.number
        do throws(SystemError) {
            try UnixListener.bind(number, to: path)
        } catch  where error.errno == .addressInUse && UnixListener.isStale(path) {
            unsafe unlink(path)
            try UnixListener.bind(number, to: path)
        }
        isBound = true
        try must("chmod") { unsafe chmod(path, permissions) }
        try must("listen") { listen(number, 128) }
    }

    /// Takes up the socket, with clients that wait, and the file.
    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        try descriptor.require(SocketKind(AF_UNIX, SOCK_STREAM, 0, isListening: true))
        path = try UnixListener.path(of: descriptor.number)
        self.descriptor = descriptor
        isBound = true
    }

    /// The file is not removed when this goes: it is the successor's.
    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
        isBound = false
    }

    /// The file is not removed when this goes: it is somebody else's.
    public func disownFile() { isBound = false }

    deinit {
        // An initializer that throws gets here too: the file may be another daemon's.
        if isBound { unsafe unlink(path) }
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// The next waiting client, if any; its socket does not block.
    public func accept() throws(SystemError) -> UnixSocket? {
        let number = descriptor.number
        guard let client = try system("accept4", { clinux_accept(number) }) else { return nil }
        return UnixSocket(descriptor: Descriptor(number: client))
    }

    private static func bind(_ number: Int32, to path: String) throws(SystemError) {
        unsafe try withUnixName(path) { (name, size) throws(SystemError) in
            _ = try must("bind") { unsafe Glibc.bind(number, name, size) }
        }
    }

    private static func path(of number: Int32) throws(SystemError) -> String {
        var name = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        try must("getsockname") {
            unsafe withUnsafeMutablePointer(to: &name) { name in
                unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(number, $0, &size) }
            }
        }
        return unsafe withUnsafeBytes(of: name.sun_path) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func isStale(_ path: String) -> Bool {
        // connect(2) refuses a plain file with the same errno as a socket that nobody listens on.
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        do throws(SystemError) {
            _ = try UnixSocket(connectingTo: path, timeout: .seconds(1))
            return false
        } catch {
            return error.errno == .connectionRefused
        }
    }
}

/// Sends one datagram to a Unix socket, as sd_notify(3) does, and waits no longer than a second for room. A leading `@`
/// is an abstract name.
public func sendUnixDatagram(_ text: String, to path: String) throws(SystemError) {
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = Descriptor(number: try must("socket") { socket(AF_UNIX, type, 0) })
    let number = descriptor.number
    // Who listens may have stopped.
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    try must("setsockopt") {
        unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    let bytes = Array(text.utf8)
    unsafe try withUnixName(path) { (name, size) throws(SystemError) in
        _ = try must("sendto") {
            unsafe sendto(number, bytes, bytes.count, Int32(MSG_NOSIGNAL), name, size)
        }
    }
}

/// Calls `body` with the socket address of `path`; a leading `@` makes it abstract (unix(7)).
private func withUnixName(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
) throws(SystemError) {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
    // One byte stays zero, as the end of the path.
    guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { throw SystemError("bind", .fileNameTooLong) }
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let size = MemoryLayout<sa_family_t>.size + bytes.count + (bytes.first == 0 ? 0 : 1)
    var failure: SystemError?
    unsafe withUnsafePointer(to: name) { name in
        unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
            do throws(SystemError) {
                try unsafe body(name, socklen_t(size))
            } catch {
                failure = error
            }
        }
    }
    if let failure { throw failure }
}
