// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// A TUN device: reading it gives the packets that the kernel routes out of the interface, writing it makes packets
/// arrive there. The device lives as long as this object, unless it is persistent.
public final class Tun: Inheritable, Sendable {
    private let descriptor: Descriptor

    /// Makes a new device; the corresponding ioctls are `TUNSETIFF` and `TUNSETOFFLOAD`. Requires CAP_NET_ADMIN.
    /// - Parameter guards: what the kernel is to close after it.
    /// - Throws: EBUSY if the name is taken, EPERM, ENODEV or ENOENT without /dev/net/tun.
    public init(name: String, outlivedBy guards: [PollDescriptor] = []) throws(SystemError) {
        descriptor = try Tun.opened().closed(before: guards)
        let number = descriptor.number
        try must("TUNSETIFF") { unsafe clinux_tun_create(number, name) }
        try must("TUNSETOFFLOAD") { clinux_tun_offload(number) }
    }

    /// Takes up a persistent device whose process has ended; it is as it was. Requires CAP_NET_ADMIN.
    /// - Throws: EBUSY if a process has it, ENODEV if there is none of this name and index.
    public init(resuming name: String, index: UInt32) throws(SystemError) {
        descriptor = try Tun.opened()
        let number = descriptor.number
        try must("TUNSETIFF") { unsafe clinux_tun_attach(number, name) }
        // It may have gone, and then this made a new one, which goes with the descriptor.
        guard unsafe if_nametoindex(name) == index else { throw SystemError("TUNSETIFF", Errno(rawValue: ENODEV)) }
        try must("TUNSETOFFLOAD") { clinux_tun_offload(number) }
    }

    /// Looks whether there can be such devices.
    public static func probe() throws(SystemError) { _ = try opened() }

    private static func opened() throws(SystemError) -> Descriptor {
        Descriptor(
            number: try must("open /dev/net/tun") {
                unsafe open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)
            })
    }

    /// Says whether the device stays when the last process that has it open ends. The corresponding ioctl is
    /// `TUNSETPERSIST`.
    public func setPersistent(_ isPersistent: Bool) throws(SystemError) {
        let number = descriptor.number
        try must("TUNSETPERSIST") { clinux_tun_persist(number, isPersistent ? 1 : 0) }
    }

    /// A device that another process made is as it was: its index, addresses and routes, and what waits to be read.
    /// - Throws: EBADFD when it was deleted.
    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        self.descriptor = descriptor
        let number = self.descriptor.number
        var name = [CChar](repeating: 0, count: 16)
        var isOurs: Int32 = 0
        try must("TUNGETIFF") { unsafe clinux_tun_name(number, &name, &isOurs) }
        guard isOurs != 0 else { throw SystemError("TUNGETIFF", .protocolWrongTypeForSocket) }
        // Whoever made it may have had other wishes.
        try must("TUNSETOFFLOAD") { clinux_tun_offload(number) }
    }

    /// What it is called now: it may have been renamed.
    /// - Throws: EBADFD when it was deleted.
    public func name() throws(SystemError) -> String {
        let number = descriptor.number
        var name = [CChar](repeating: 0, count: 16)
        var isOurs: Int32 = 0
        try must("TUNGETIFF") { unsafe clinux_tun_name(number, &name, &isOurs) }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// Reads one packet into a slot. False: there is none now.
    /// - Throws: EBADFD when the device was deleted.
    public func read(
        into slab: inout PacketSlab, _ slot: Int, header: inout OffloadHeader
    ) throws(SystemError) -> Bool {
        let number = descriptor.number
        let packet = unsafe slab.room(slot)
        let size = MemoryLayout<clinux_vnet_header>.size
        let count = try system("read tun") {
            unsafe withUnsafeMutablePointer(to: &header.layout) { header in
                var parts: InlineArray<2, iovec> = unsafe [
                    iovec(iov_base: header, iov_len: size),
                    iovec(iov_base: packet.baseAddress, iov_len: packet.count),
                ]
                var span = unsafe parts.mutableSpan
                return unsafe span.withUnsafeMutableBufferPointer { unsafe readv(number, $0.baseAddress, 2) }
            }
        }
        slab.setLength(slot, max((count ?? 0) - size, 0))
        return count != nil
    }

    /// Writes one packet. False: the kernel did not take it, because it had no room (EAGAIN, ENOBUFS, ENOMEM), the
    /// interface is down (EIO), or it makes no sense of the packet (EINVAL). None of them is the end of the device.
    /// - Throws: EBADFD when the device was deleted.
    public func write(_ packet: borrowing RawSpan, header: OffloadHeader) throws(SystemError) -> Bool {
        try unsafe packet.withUnsafeBytes { bytes throws(SystemError) in try unsafe write(bytes, header) }
    }

    private func write(_ packet: UnsafeRawBufferPointer, _ header: OffloadHeader) throws(SystemError) -> Bool {
        let number = descriptor.number
        var header = header.layout
        do throws(SystemError) {
            let count = try system("write tun") {
                unsafe withUnsafeMutablePointer(to: &header) { header in
                    var parts: InlineArray<2, iovec> = unsafe [
                        iovec(iov_base: header, iov_len: MemoryLayout<clinux_vnet_header>.size),
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: packet.baseAddress), iov_len: packet.count),
                    ]
                    var span = unsafe parts.mutableSpan
                    return unsafe span.withUnsafeMutableBufferPointer { unsafe writev(number, $0.baseAddress, 2) }
                }
            }
            return count != nil
        } catch let error where error.errno.rawValue != EBADFD {
            return false
        }
    }
}
