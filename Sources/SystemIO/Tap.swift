// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// A TAP device: reading it gives the frames that the kernel sends out of the interface, writing it makes frames arrive
/// there. The device lives as long as this object.
public final class Tap: Inheritable, Sendable {
    private let descriptor: Descriptor

    /// Makes a new device, without a carrier, whose address is set before anybody can have come to know another: udev leaves
    /// such an address alone (addr_assign_type 3). Requires CAP_NET_ADMIN.
    /// - Throws: EBUSY if the name is taken, EPERM, ENODEV or ENOENT without /dev/net/tun.
    public init(name: String, address: [UInt8]) throws(SystemError) {
        descriptor = Descriptor(
            number: try must("open /dev/net/tun") {
                unsafe open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)
            })
        let number = descriptor.number
        try must("TUNSETIFF") { unsafe clinux_tap_create(number, name) }
        try set(address: address)
        try set(carrier: false)
        try set(offload: true)
    }

    /// A device that another process made is as it was.
    /// - Throws: EBADFD when it was deleted.
    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        self.descriptor = descriptor
        let number = self.descriptor.number
        var name = [CChar](repeating: 0, count: 16)
        var isOurs: Int32 = 0
        try must("TUNGETIFF") { unsafe clinux_tap_name(number, &name, &isOurs) }
        guard isOurs != 0 else { throw SystemError("TUNGETIFF", .protocolWrongTypeForSocket) }
    }

    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// What it is called now.
    public func name() throws(SystemError) -> String {
        let number = descriptor.number
        var name = [CChar](repeating: 0, count: 16)
        var isOurs: Int32 = 0
        try must("TUNGETIFF") { unsafe clinux_tap_name(number, &name, &isOurs) }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// - Parameter address: six bytes.
    public func set(address: [UInt8]) throws(SystemError) {
        guard address.count == 6 else { throw SystemError("SIOCSIFHWADDR", .invalidArgument) }
        let number = descriptor.number
        try must("SIOCSIFHWADDR") {
            unsafe address.withUnsafeBufferPointer { unsafe clinux_tap_set_address(number, $0.baseAddress) }
        }
    }

    public func address() throws(SystemError) -> [UInt8] {
        var address = [UInt8](repeating: 0, count: 6)
        let number = descriptor.number
        try must("SIOCGIFHWADDR") { unsafe clinux_tap_address(number, &address) }
        return address
    }

    /// Without one nothing is sent here, and routing knows of it.
    public func set(carrier isOn: Bool) throws(SystemError) {
        let number = descriptor.number
        try must("TUNSETCARRIER") { clinux_tap_carrier(number, isOn ? 1 : 0) }
    }

    /// Whether the kernel may hand over what a device would cut and sum.
    public func set(offload isOn: Bool) throws(SystemError) {
        let number = descriptor.number
        try must("TUNSETOFFLOAD") { clinux_tap_offload(number, isOn ? 1 : 0) }
    }

    /// Reads one frame behind its offload header, and returns the bytes of both. Nil: there is none now.
    func read(into room: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        let number = descriptor.number
        return try system("read tap") { unsafe Glibc.read(number, room.baseAddress, room.count) }
    }

    /// Writes one frame in two parts. False: not now.
    func write(_ parts: UnsafeMutablePointer<iovec>) throws(SystemError) -> Bool {
        let number = descriptor.number
        return try system("write tap") { unsafe writev(number, parts, 2) } != nil
    }
}
