// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import Internet

/// A raw socket for IPv6 packets that have their own header, from whatever source. It receives nothing.
public final class RawIPv6Socket: Inheritable, Sendable {
    private let descriptor: Descriptor

    /// Requires CAP_NET_RAW.
    public init() throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        descriptor = Descriptor(number: try must("socket") { socket(AF_INET6, type, Int32(IPPROTO_RAW)) })
    }

    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        try descriptor.require(SocketKind(AF_INET6, SOCK_RAW, Int32(IPPROTO_RAW)))
        self.descriptor = descriptor
    }

    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
    }

    /// Sends a packet as this host sends its own, whether it forwards or not.
    /// - Throws: whatever the kernel has against it, such as ENETUNREACH; EINVAL for a link-local destination, which is on
    ///   no link.
    public func send(_ packet: borrowing RawSpan, to destination: IPv6Address) throws(SystemError) {
        var name = IPv6Endpoint(destination, port: 0).name
        let number = descriptor.number
        try unsafe packet.withUnsafeBytes { packet throws(SystemError) in
            _ = try system("sendto") { unsafe clinux_send_packet6(number, packet.baseAddress, packet.count, &name) }
        }
    }
}
