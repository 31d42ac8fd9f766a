// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
import Glibc
import SystemIO
public import SystemPackage

/// A request that the kernel refused, or a routing socket that failed.
public struct NetlinkError: Error, Equatable, Sendable, CustomStringConvertible {
    public var errno: Errno

    public var description: String { "rtnetlink: \(errno)" }

    static var last: NetlinkError { NetlinkError(errno: Errno(rawValue: Glibc.errno)) }
}

/// A NETLINK_ROUTE socket for requests, one at a time, each answered before the next.
public final class RouteSocket {
    private let socket: MNLSocket
    private var sequence: UInt32 = 0

    public init() throws(NetlinkError) {
        socket = try MNLSocket(groups: 0, flags: 0)
        socket.filterDumpsInKernel()
    }

    /// One that speaks to another part of the kernel.
    init(bus: Int32) throws(NetlinkError) {
        socket = try MNLSocket(bus: bus, groups: 0, flags: 0)
    }

    /// Sends a request and waits for its acknowledgement.
    func perform(_ request: RouteRequest) throws(NetlinkError) {
        try send(request)
        _ = unsafe try answers { _ in Optional<Never>.none }
    }

    /// Sends a dump request and collects what `read` makes of each answer.
    ///
    /// A dump that changes happened under says so (NLM_F_DUMP_INTR) and is taken again.
    func dump<Item>(_ request: RouteRequest, _ read: (RouteMessage) -> Item?) throws(NetlinkError) -> [Item] {
        for _ in 0..<100 {
            try send(request)
            do throws(NetlinkError) {
                return unsafe try answers(read)
            } catch  where error.errno == .interrupted {
                continue
            }
        }
        throw NetlinkError(errno: .resourceTemporarilyUnavailable)
    }

    /// Sends a request that is answered by one message, or by an error.
    func ask<Answer>(_ request: RouteRequest, _ read: (RouteMessage) -> Answer?) throws(NetlinkError) -> Answer? {
        try send(request)
        while true {
            var answer: Answer?
            var isDone = false
            var failure: Errno?
            try unsafe socket.receive { message in
                guard unsafe message.header.pointee.nlmsg_seq == sequence else { return }
                isDone = true
                if unsafe message.type == Int(NLMSG_ERROR) {
                    failure = unsafe message.failure
                } else {
                    answer = unsafe read(message)
                }
            }
            if let failure { throw NetlinkError(errno: failure) }
            if isDone { return answer }
        }
    }

    private func send(_ request: RouteRequest) throws(NetlinkError) {
        sequence &+= 1
        unsafe request.message.pointee.nlmsg_seq = sequence
        try unsafe socket.send(request.message)
    }

    /// Reads until the acknowledgement or the end of the dump.
    private func answers<Item>(_ read: (RouteMessage) -> Item?) throws(NetlinkError) -> [Item] {
        var items: [Item] = []
        var end: Errno?
        var isDone = false
        while true {
            try unsafe socket.receive { message in
                guard unsafe message.header.pointee.nlmsg_seq == sequence else { return }
                if unsafe Int32(message.header.pointee.nlmsg_flags) & NLM_F_DUMP_INTR != 0 { end = .interrupted }
                switch unsafe message.type {
                case Int(NLMSG_ERROR):
                    isDone = true
                    if let failure = unsafe message.failure { end = failure }
                case Int(NLMSG_DONE):
                    isDone = true
                default:
                    if let item = unsafe read(message) { items.append(item) }
                }
            }
            guard isDone else { continue }
            if let end { throw NetlinkError(errno: end) }
            return items
        }
    }
}

/// libmnl's socket, with a buffer as large as it recommends for dumps.
@safe
final class MNLSocket {
    private let handle: OpaquePointer
    private let buffer: UnsafeMutableRawPointer
    private static let capacity = 65_536

    init(bus: Int32 = NETLINK_ROUTE, groups: UInt32, flags: Int32) throws(NetlinkError) {
        let type = Int32(SOCK_CLOEXEC.rawValue) | flags
        guard let handle = unsafe mnl_socket_open2(bus, type) else { throw .last }
        guard unsafe mnl_socket_bind(handle, groups, 0) == 0 else {
            let error = NetlinkError.last
            unsafe mnl_socket_close(handle)
            throw error
        }
        unsafe self.handle = handle
        unsafe buffer = .allocate(byteCount: MNLSocket.capacity, alignment: 8)
    }

    deinit {
        unsafe mnl_socket_close(handle)
        unsafe buffer.deallocate()
    }

    var number: Int32 { unsafe mnl_socket_get_fd(handle) }

    /// Lets a dump request carry attributes that choose what is dumped (Linux 4.20); older kernels dump all.
    func filterDumpsInKernel() {
        var isOn: Int32 = 1
        _ = unsafe mnl_socket_setsockopt(
            handle, NETLINK_GET_STRICT_CHK, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Has the kernel keep so many bytes of what was not received yet: as many as are wanted, or as anybody may have.
    func keep(bytes: Int32) {
        var bytes = bytes
        let size = socklen_t(MemoryLayout<Int32>.size)
        if unsafe setsockopt(number, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, size) != 0 {
            _ = unsafe setsockopt(number, SOL_SOCKET, SO_RCVBUF, &bytes, size)
        }
    }

    func send(_ message: UnsafePointer<nlmsghdr>) throws(NetlinkError) {
        guard unsafe mnl_socket_sendto(handle, message, Int(message.pointee.nlmsg_len)) >= 0 else { throw .last }
    }

    /// Sends several as one, which nfnetlink carries out all or none.
    func send(_ batch: [RouteRequest]) throws(NetlinkError) {
        var bytes: [UInt8] = []
        for request in batch {
            let length = unsafe Int(request.message.pointee.nlmsg_len)
            unsafe bytes += UnsafeRawBufferPointer(start: request.message, count: length)
            bytes += [UInt8](repeating: 0, count: (4 - length % 4) % 4)
        }
        let sent = unsafe bytes.withUnsafeBytes { unsafe mnl_socket_sendto(handle, $0.baseAddress, $0.count) }
        guard sent >= 0 else { throw .last }
    }

    /// Receives once and calls `body` with each message; false if there was nothing.
    @discardableResult
    func receive(_ body: (RouteMessage) -> Void) throws(NetlinkError) -> Bool {
        let count = unsafe mnl_socket_recvfrom(handle, buffer, MNLSocket.capacity)
        guard count >= 0 else {
            let error = NetlinkError.last
            switch error.errno {
            case .wouldBlock: return false
            case .interrupted: return true
            default: throw error
            }
        }
        unsafe RouteMessage.forEach(in: UnsafeRawBufferPointer(start: buffer, count: count), body)
        return true
    }
}
