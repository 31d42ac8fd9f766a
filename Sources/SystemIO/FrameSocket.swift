// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import SystemPackage

/// A packet socket (packet(7)) on an interface: hears its frames, and sends others. Requires CAP_NET_RAW.
public final class FrameSocket: Sendable {
    private let descriptor: Descriptor

    /// An instruction of a classic BPF program, as `struct sock_filter` has it.
    public struct Instruction: Sendable {
        let layout: clinux_instruction

        public init(code: UInt16, jumpTrue: UInt8, jumpFalse: UInt8, k: UInt32) {
            layout = clinux_instruction(code: code, jump_true: jumpTrue, jump_false: jumpFalse, k: k)
        }
    }

    /// Bytes that may wait to be read, and to be sent.
    private static let bufferSize: Int32 = 8 << 20

    /// Hears from the first moment on nothing but what the filter takes, and nothing of other interfaces.
    /// - Throws: ENODEV: no such interface; EPERM.
    public init(on index: UInt32, filter: [Instruction], ignoringOutgoing: Bool) throws(SystemError) {
        descriptor = Descriptor(number: try must("socket AF_PACKET") { clinux_frame_socket() })
        let number = descriptor.number
        try set(filter: filter)
        try must("PACKET_VNET_HDR") { clinux_frame_prepare(number, FrameSocket.bufferSize) }
        if ignoringOutgoing { try must("PACKET_IGNORE_OUTGOING") { clinux_frame_ignore_outgoing(number, 1) } }
        try must("bind") { clinux_frame_bind(number, Int32(bitPattern: index)) }
    }

    var number: Int32 { descriptor.number }
    public var pollable: PollDescriptor { descriptor.pollable }

    /// What the kernel asks about each frame before anybody sees it, in place of what it asked before.
    public func set(filter: [Instruction]) throws(SystemError) {
        let number = descriptor.number
        let layouts = filter.map(\.layout)
        try must("SO_ATTACH_FILTER") {
            unsafe layouts.withUnsafeBufferPointer {
                unsafe clinux_frame_filter(number, $0.baseAddress, UInt32($0.count))
            }
        }
    }

    /// What is sent carries a mark, by which nft(8) may know it. Requires CAP_NET_ADMIN.
    public func set(mark: UInt32) throws(SystemError) {
        let number = descriptor.number
        try must("SO_MARK") { clinux_set_option(number, CLINUX_MARK, Int32(bitPattern: mark)) }
    }

    public enum Membership: Sendable {
        /// Every frame on the wire.
        case all
        /// Those to every group.
        case groups
    }

    /// The interface lets pass what it would keep to itself, as long as this or another membership lasts.
    public func join(_ membership: Membership, on index: UInt32, _ isMember: Bool = true) throws(SystemError) {
        let number = descriptor.number
        try must("PACKET_ADD_MEMBERSHIP") {
            clinux_frame_join(number, Int32(bitPattern: index), membership == .all ? 1 : 0, isMember ? 1 : 0)
        }
    }

    /// Whether frames are Ethernet's: ARPHRD_ETHER.
    public func isEthernet() throws(SystemError) -> Bool {
        let number = descriptor.number
        return try must("getsockname") { clinux_frame_link_type(number) } == 1
    }

    /// Frames that found no room since this was asked before.
    public func takeDrops() -> UInt64 {
        var drops: UInt32 = 0
        return unsafe clinux_frame_drops(descriptor.number, &drops) == 0 ? UInt64(drops) : 0
    }

    /// Why the interface stopped to be heard: ENETDOWN; nil: it did not.
    public func takeFailure() -> Errno? {
        var error: Int32 = 0
        guard unsafe clinux_socket_error(descriptor.number, &error) == 0, error != 0 else { return nil }
        return Errno(rawValue: error)
    }
}
