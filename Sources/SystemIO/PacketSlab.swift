// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc

/// Memory for a batch of packets, allocated once and reused for as long as a worker lives.
///
/// Each slot has room in front of the packet for an outer header, so that encapsulation moves nothing. Whoever looks at a
/// packet does it in a closure that is given its bytes and no others; only this module has their addresses.
@safe
public struct PacketSlab: ~Copyable {
    /// Bytes in front of each packet; a multiple of eight.
    public static let headroom = 64
    /// Bytes of the largest IPv4 packet, and of the largest that a TUN device with offloads hands over.
    public static let capacity = 65_536 + 64
    @usableFromInline static let stride = headroom + capacity

    public let slots: Int
    @usableFromInline let memory: UnsafeMutableRawPointer
    /// Bytes of the packet in each slot.
    @usableFromInline let lengths: UnsafeMutablePointer<UInt32>

    public init(slots: Int) {
        self.slots = slots
        unsafe memory = .allocate(byteCount: slots * PacketSlab.stride, alignment: 64)
        unsafe lengths = .allocate(capacity: slots)
        unsafe lengths.initialize(repeating: 0, count: slots)
    }

    deinit {
        unsafe memory.deallocate()
        unsafe lengths.deallocate()
    }

    /// Bytes of the packet in `slot`.
    public func length(_ slot: Int) -> Int {
        precondition(slot >= 0 && slot < slots)
        return Int(unsafe lengths[slot])
    }

    /// Looks at the packet in `slot`, and the `headroom` bytes in front of it.
    @inlinable
    public func withBytes<Result, Failure>(
        _ slot: Int, headroom: Int = 0, _ body: (borrowing RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe bytes(slot, headroom: headroom).bytes)
    }

    /// Changes the packet in `slot`, and the `headroom` bytes in front of it.
    @inlinable
    public mutating func withMutableBytes<Result, Failure>(
        _ slot: Int, headroom: Int = 0, _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var bytes = unsafe bytes(slot, headroom: headroom).mutableBytes
        return try body(&bytes)
    }

    /// Puts a packet into `slot`: `body` writes it into the room there is, and returns its length. False, and there is
    /// none: it returned nil.
    public mutating func fill<Failure>(
        _ slot: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Int?
    ) throws(Failure) -> Bool {
        var room = unsafe room(slot).mutableBytes
        let length = try body(&room)
        setLength(slot, length ?? 0)
        return length != nil
    }

    /// All that a packet in `slot` may have.
    func room(_ slot: Int) -> UnsafeMutableRawBufferPointer {
        precondition(slot >= 0 && slot < slots)
        return unsafe UnsafeMutableRawBufferPointer(
            start: memory + slot * PacketSlab.stride + PacketSlab.headroom, count: PacketSlab.capacity)
    }

    /// The packet in `slot`, and what is in front of it.
    @inlinable
    func bytes(_ slot: Int, headroom: Int = 0) -> UnsafeMutableRawBufferPointer {
        precondition(slot >= 0 && slot < slots && headroom >= 0 && headroom <= PacketSlab.headroom)
        return unsafe UnsafeMutableRawBufferPointer(
            start: memory + slot * PacketSlab.stride + PacketSlab.headroom - headroom,
            count: headroom + Int(lengths[slot]))
    }

    mutating func setLength(_ slot: Int, _ length: Int) {
        precondition(slot >= 0 && slot < slots && length >= 0 && length <= PacketSlab.capacity)
        unsafe lengths[slot] = UInt32(length)
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

    /// Adds the packet in a slot with the `headroom` bytes in front of it. It must stay as it is until the batch is sent.
    public mutating func append(_ slot: Int, of slab: borrowing PacketSlab, headroom: Int) {
        unsafe append(slab.bytes(slot, headroom: headroom), UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }

    /// Writes the header of a packet whose payload lies elsewhere; follow it with `append(headerBytes:payload:of:in:)`.
    @inlinable
    public mutating func withHeader<Result, Failure>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var header = unsafe header().mutableBytes
        return try body(&header)
    }

    /// Adds a packet made of the first bytes of the header that was written, and of a part of the packet in a slot, which
    /// must stay as it is until the batch is sent.
    public mutating func append(headerBytes: Int, payload: Range<Int>, of slot: Int, in slab: borrowing PacketSlab) {
        unsafe append(
            UnsafeMutableRawBufferPointer(rebasing: header()[..<headerBytes]),
            UnsafeMutableRawBufferPointer(rebasing: slab.bytes(slot)[payload]))
    }

    public mutating func removeAll() {
        count = 0
    }

    @usableFromInline
    func header() -> UnsafeMutableRawBufferPointer {
        precondition(!isFull)
        return unsafe UnsafeMutableRawBufferPointer(
            start: headers + count * SendBatch.headerCapacity, count: SendBatch.headerCapacity)
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
    @usableFromInline var slab: PacketSlab
    public private(set) var count = 0
    private let slots: UnsafeMutablePointer<iovec>
    private let interfaces: UnsafeMutablePointer<UInt32>

    public init(slots capacity: Int) {
        slab = PacketSlab(slots: capacity)
        unsafe slots = .allocate(capacity: capacity)
        unsafe interfaces = .allocate(capacity: capacity)
        for slot in 0..<capacity {
            let room = unsafe slab.room(slot)
            unsafe slots[slot] = iovec(iov_base: room.baseAddress, iov_len: room.count)
        }
    }

    deinit {
        unsafe slots.deallocate()
        unsafe interfaces.deallocate()
    }

    /// Looks at the packet in `slot`, which must be below `count`.
    @inlinable
    public func withBytes<Result, Failure>(
        _ slot: Int, _ body: (borrowing RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(slot < count)
        return try slab.withBytes(slot, body)
    }

    /// Changes the packet in `slot`, which must be below `count`.
    @inlinable
    public mutating func withMutableBytes<Result, Failure>(
        _ slot: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(slot < count)
        return try slab.withMutableBytes(slot, body)
    }

    /// The kernel's index of the interface that the packet in `slot` arrived on.
    public func interface(_ slot: Int) -> UInt32 {
        precondition(slot >= 0 && slot < count)
        return unsafe interfaces[slot]
    }

    mutating func fill(from number: Int32) throws(SystemError) {
        let slots = unsafe slots
        let lengths = unsafe slab.lengths
        let interfaces = unsafe interfaces
        let capacity = UInt32(slab.slots)
        let received = try system("recvmmsg") {
            unsafe clinux_receive(number, slots, capacity, lengths, interfaces)
        }
        count = Int(received ?? 0)
    }
}
