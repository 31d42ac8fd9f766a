// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import Internet
public import SystemPackage

/// A raw IPv4 socket for one protocol: it receives the packets of that protocol that are for one of this host's
/// addresses, reassembled and with their headers, and sends packets whose headers we wrote.
public final class TunnelSocket: Inheritable, Sendable {
    private let descriptor: Descriptor
    /// A second socket, for packets larger than the underlying device takes: there the kernel writes the header and may
    /// fragment, which IP_HDRINCL rules out.
    private let fragmenting: Descriptor
    /// A third socket, for packets of which we want to know what became of them on their way to a device.
    private let echoing: Descriptor

    /// Bytes queued by the kernel while a worker is busy: some milliseconds at a gigabit per second.
    private static let queueSize: Int32 = 4 << 20

    /// Requires CAP_NET_RAW.
    public convenience init(proto: UInt8) throws(SystemError) {
        let descriptor = try TunnelSocket.socket(proto: Int32(proto))
        try TunnelSocket.set(descriptor, CLINUX_HEADER_INCLUDED, 1)
        try TunnelSocket.set(descriptor, CLINUX_FREEBIND, 1)
        try TunnelSocket.set(descriptor, CLINUX_PACKET_INFO, 1)
        try TunnelSocket.set(descriptor, CLINUX_RECEIVE_BUFFER, TunnelSocket.queueSize)
        try self.init(adopting: descriptor)
    }

    /// What it is bound to, and what waits to be received, stay. Requires CAP_NET_RAW, for the sockets beside it.
    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        let proto = try descriptor.protocolOfTunnel()
        fragmenting = try TunnelSocket.socket(proto: proto)
        echoing = try TunnelSocket.socket(proto: proto)
        self.descriptor = descriptor
        try TunnelSocket.set(fragmenting, CLINUX_NO_PATH_MTU_DISCOVERY, 1)
        try TunnelSocket.set(echoing, CLINUX_HEADER_INCLUDED, 1)
        try TunnelSocket.set(echoing, CLINUX_PACKET_INFO, 1)
        let echo = echoing.number
        try must("setsockopt SO_TIMESTAMPING") { clinux_echo(echo) }
        for number in [self.descriptor.number, fragmenting.number, echoing.number] {
            // A device that takes no more packets must not hold up a worker that is told to stop.
            var patience = timeval(tv_sec: 1, tv_usec: 0)
            try must("setsockopt SO_SNDTIMEO") {
                unsafe setsockopt(
                    number, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            }
        }
        // These only send; without this the kernel would copy every packet to them.
        for number in [fragmenting.number, echoing.number] {
            try must("bind") { TunnelSocket.ignoreInput(number) }
        }
    }

    /// Leaves the first of the two sockets: nothing comes to the other.
    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
    }

    private static func socket(proto: Int32) throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return Descriptor(number: try must("socket") { Glibc.socket(AF_INET, type, proto) })
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// Receives only what is for `address`, which this host need not have yet. The corresponding call is `bind(2)`.
    public func bind(to address: IPv4Address) throws(SystemError) {
        let number = descriptor.number
        try must("bind") { bindSocket(number, to: address) }
    }

    /// Fills the batch with what has arrived, perhaps nothing. The corresponding call is `recvmmsg(2)`.
    public func receive(into batch: inout ReceiveBatch) throws(SystemError) {
        try batch.fill(from: descriptor.number)
    }

    /// Packets the kernel dropped because nobody received them in time.
    public var queueDrops: UInt64 {
        var drops: UInt32 = 0
        guard unsafe clinux_queue_drops(descriptor.number, &drops) == 0 else { return 0 }
        return UInt64(drops)
    }

    /// Sends the batch and empties it; `refused` is called with the errno, the beginning and the size of each packet
    /// that the kernel would not send.
    /// The corresponding call is `sendmmsg(2)`.
    /// - Parameter isEchoed: each comes back as it leaves, to `echoes(_:)`.
    public func send(
        _ batch: inout SendBatch, isEchoed: Bool = false,
        refused: (Errno, _ beginning: borrowing RawSpan, _ bytes: Int) -> Void
    ) {
        var next = 0
        while next < batch.count {
            let parts = unsafe batch.parts + 2 * next
            let count = UInt32(batch.count - next)
            let sent =
                unsafe isEchoed
                ? clinux_send_from(echoing.number, parts, count) : clinux_send(descriptor.number, parts, count)
            if sent > 0 {
                next += Int(sent)
                continue
            }
            var errno = Errno(rawValue: Glibc.errno)
            if errno == .interrupted { continue }
            if errno == .messageTooLong {
                if unsafe clinux_send_fragmentable(fragmenting.number, parts) >= 0 {
                    next += 1
                    continue
                }
                errno = Errno(rawValue: Glibc.errno)
            }
            let beginning = unsafe UnsafeRawBufferPointer(start: parts[0].iov_base, count: parts[0].iov_len)
            unsafe refused(errno, beginning.bytes, parts[0].iov_len + parts[1].iov_len)
            next += 1
        }
        batch.removeAll()
    }

    /// Takes what has come back: the beginnings of frames, each with the index of the device that it left by. Of one packet
    /// there are several if devices are on top of others, and the uppermost is the first.
    public func echoes(_ body: (_ frame: borrowing RawSpan, _ interface: UInt32) -> Void) {
        // Headers of a link and of IPv4, and the next.
        var frame = InlineArray<128, UInt8>(repeating: 0)
        var interface: UInt32 = 0
        while true {
            var bytes = frame.mutableSpan
            let length = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                unsafe clinux_receive_echo(echoing.number, bytes.baseAddress, bytes.count, &interface)
            }
            guard length >= 0 else { return }
            unsafe body(frame.span.bytes.extracting(first: length), interface)
        }
    }

    private static func set(
        _ descriptor: borrowing Descriptor, _ option: clinux_option, _ value: Int32
    ) throws(SystemError) {
        let number = descriptor.number
        try must("setsockopt") { clinux_set_option(number, option, value) }
    }

    /// Binds a socket that only sends to an address no packet is for, so that none is queued there.
    private static func ignoreInput(_ number: Int32) -> Int32 {
        guard clinux_set_option(number, CLINUX_FREEBIND, 1) == 0 else { return -1 }
        return bindSocket(number, to: IPv4Address(bits: 0x7FFF_FFFF))
    }
}

/// bind(2) to an IPv4 address.
func bindSocket(_ number: Int32, to address: IPv4Address) -> Int32 {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = address.bits.bigEndian
    return unsafe withUnsafePointer(to: name) { name in
        unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
