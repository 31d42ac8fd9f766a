// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc

/// Memory for a batch of packets, allocated once and reused for as long as a worker lives.
///
/// Each slot has room in front of the packet for an outer header, so that encapsulation moves nothing.
@safe
public struct PacketSlab: ~Copyable {
    /// Bytes in front of each packet; a multiple of eight.
    public static let headroom = 64
    /// Bytes of the largest IPv4 packet, and of the largest that a TUN device with offloads hands over.
    public static let capacity = 65_536 + 64
    private static let stride = headroom + capacity

    public let slots: Int
    private let memory: UnsafeMutableRawPointer

    public init(slots: Int) {
        self.slots = slots
        unsafe memory = .allocate(byteCount: slots * PacketSlab.stride, alignment: 64)
    }

    deinit {
        unsafe memory.deallocate()
    }

    /// The room for the packet in `slot`, without its headroom. Valid while the slab lives.
    public func packet(_ slot: Int) -> UnsafeMutableRawBufferPointer {
        precondition(slot >= 0 && slot < slots)
        return unsafe UnsafeMutableRawBufferPointer(
            start: memory + slot * PacketSlab.stride + PacketSlab.headroom, count: PacketSlab.capacity)
    }

    /// The `count` bytes just in front of the packet in `slot`.
    public func header(_ slot: Int, bytes count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(slot >= 0 && slot < slots && count <= PacketSlab.headroom)
        return unsafe UnsafeMutableRawBufferPointer(
            start: memory + slot * PacketSlab.stride + PacketSlab.headroom - count, count: count)
    }
}

/// Packets on their way to a socket: at most 64, each in one or two parts, so that the segments of one large packet
/// share its payload in place.
@safe
public struct SendBatch: ~Copyable {
    public static let capacity = 64
    /// Bytes of the longest header a segment may have in front of its part of the payload.
    public static let headerCapacity = 256

    public private(set) var count = 0
    let parts: UnsafeMutablePointer<iovec>
    private let headers: UnsafeMutableRawPointer

    public init() {
        unsafe parts = .allocate(capacity: 2 * SendBatch.capacity)
        unsafe headers = .allocate(byteCount: SendBatch.capacity * SendBatch.headerCapacity, alignment: 64)
    }

    deinit {
        unsafe parts.deallocate()
        unsafe headers.deallocate()
    }

    public var isFull: Bool { count == SendBatch.capacity }

    /// Adds a packet that is in one piece, which must stay where it is until the batch is sent.
    public mutating func append(_ packet: UnsafeMutableRawBufferPointer) {
        unsafe append(packet, UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }

    /// Room for a header of a packet whose payload lies elsewhere; follow it with `append(headerBytes:payload:)`.
    public mutating func header() -> UnsafeMutableRawBufferPointer {
        precondition(!isFull)
        return unsafe UnsafeMutableRawBufferPointer(
            start: headers + count * SendBatch.headerCapacity, count: SendBatch.headerCapacity)
    }

    /// Adds a packet made of the first bytes of `header()` and a payload that must stay where it is.
    public mutating func append(headerBytes: Int, payload: UnsafeMutableRawBufferPointer) {
        let header = unsafe header()
        unsafe append(UnsafeMutableRawBufferPointer(rebasing: header[..<headerBytes]), payload)
    }

    public mutating func removeAll() {
        count = 0
    }

    private mutating func append(_ first: UnsafeMutableRawBufferPointer, _ second: UnsafeMutableRawBufferPointer) {
        precondition(!isFull && first.count >= 20)
        unsafe parts[2 * count] = iovec(iov_base: first.baseAddress, iov_len: first.count)
        unsafe parts[2 * count + 1] = iovec(iov_base: second.baseAddress, iov_len: second.count)
        count += 1
    }
}

/// Packets from a socket, one to a slot.
@safe
public struct ReceiveBatch: ~Copyable {
    public let slab: PacketSlab
    public private(set) var count = 0
    private let slots: UnsafeMutablePointer<iovec>
    private let lengths: UnsafeMutablePointer<UInt32>
    private let interfaces: UnsafeMutablePointer<UInt32>

    public init(slots capacity: Int) {
        slab = PacketSlab(slots: capacity)
        unsafe slots = .allocate(capacity: capacity)
        unsafe lengths = .allocate(capacity: capacity)
        unsafe interfaces = .allocate(capacity: capacity)
        for slot in 0..<capacity {
            let packet = unsafe slab.packet(slot)
            unsafe slots[slot] = iovec(iov_base: packet.baseAddress, iov_len: packet.count)
        }
    }

    deinit {
        unsafe slots.deallocate()
        unsafe lengths.deallocate()
        unsafe interfaces.deallocate()
    }

    /// The packet in `slot`, which must be below `count`.
    public func packet(_ slot: Int) -> UnsafeMutableRawBufferPointer {
        precondition(slot >= 0 && slot < count)
        return unsafe UnsafeMutableRawBufferPointer(rebasing: slab.packet(slot)[..<Int(lengths[slot])])
    }

    /// The kernel's index of the interface that the packet in `slot` arrived on.
    public func interface(_ slot: Int) -> UInt32 {
        precondition(slot >= 0 && slot < count)
        return unsafe interfaces[slot]
    }

    mutating func fill(from number: Int32) throws(SystemError) {
        let slots = unsafe slots
        let lengths = unsafe lengths
        let interfaces = unsafe interfaces
        let capacity = UInt32(slab.slots)
        let received = try system("recvmmsg") {
            unsafe clinux_receive(number, slots, capacity, lengths, interfaces)
        }
        count = Int(received ?? 0)
    }
}
