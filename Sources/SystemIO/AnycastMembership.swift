// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import Internet

/// Makes an IPv6 address an anycast address of an interface, for as long as this object lives, or that which
/// takes it up.
public final class AnycastMembership: Inheritable, Sendable {
    private let descriptor: Descriptor

    /// The corresponding option is `IPV6_JOIN_ANYCAST`. Requires CAP_NET_ADMIN.
    /// - Throws: EADDRNOTAVAIL, EINVAL if the interface has the address as a unicast one.
    public init(_ address: IPv6Address, interface index: UInt32) throws(SystemError) {
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = try must("socket") { socket(AF_INET6, type, 0) }
        descriptor = Descriptor(number: number)
        let bytes = (address.high.bigEndian, address.low.bigEndian)
        try must("setsockopt IPV6_JOIN_ANYCAST") {
            unsafe withUnsafeBytes(of: bytes) { bytes in
                unsafe clinux_join_anycast(number, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), index)
            }
        }
    }

    /// Of which address and interface it is, the kernel does not tell.
    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        try descriptor.require(SocketKind(AF_INET6, SOCK_DGRAM, Int32(IPPROTO_UDP)))
        self.descriptor = descriptor
    }

    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
    }
}
