// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import SystemPackage

/// Ethernet frames that came from a device, one to a slot, each behind its offload header.
@safe
public struct FrameBatch: ~Copyable {
    /// As many as one call brings.
    public static let capacity = 64

    public var slab = PacketSlab(slots: FrameBatch.capacity)
    public internal(set) var count = 0
    private let slots: UnsafeMutablePointer<iovec>
    private let infos: UnsafeMutablePointer<clinux_frame_info>

    public init() {
        unsafe slots = .allocate(capacity: FrameBatch.capacity)
        unsafe infos = .allocate(capacity: FrameBatch.capacity)
        unsafe infos.initialize(repeating: clinux_frame_info(), count: FrameBatch.capacity)
        for slot in 0..<FrameBatch.capacity {
            let room = unsafe slab.room(slot)
            unsafe slots[slot] = iovec(iov_base: room.baseAddress, iov_len: room.count)
        }
    }

    deinit {
        unsafe slots.deallocate()
        unsafe infos.deallocate()
    }

    /// What the kernel knows of a frame besides.
    public struct Info: Sendable {
        public var isOutgoing: Bool
        /// The VLAN tag that it took out.
        public var tag: (type: UInt16, control: UInt16)?
        /// Nanoseconds since 1970; 0: not known.
        public var stamp: UInt64
    }

    public func info(_ slot: Int) -> Info {
        precondition(slot >= 0 && slot < count)
        let info = unsafe infos[slot]
        return Info(
            isOutgoing: info.is_outgoing != 0, tag: info.has_tag != 0 ? (info.tag_protocol, info.tag_control) : nil,
            stamp: info.stamp)
    }

    /// Takes one frame's room more in front: a tag has come back there.
    public mutating func fill(from socket: FrameSocket) throws(SystemError) {
        let (slots, infos) = unsafe (slots, infos)
        let number = socket.number
        count = 0
        let received = try system("recvmmsg") {
            unsafe clinux_frame_receive(number, slots, UInt32(FrameBatch.capacity), infos)
        }
        count = Int(received ?? 0)
        for slot in 0..<count { slab.setLength(slot, Int(unsafe infos[slot].length)) }
    }

    /// As many as wait, one call each.
    public mutating func fill(from tap: Tap) throws(SystemError) {
        count = 0
        while count < FrameBatch.capacity, let length = try unsafe tap.read(into: slab.room(count)) {
            unsafe infos[count] = clinux_frame_info()
            slab.setLength(count, length)
            count += 1
        }
    }
}

/// Frames on their way to a device, which stay where they are until they are sent: at most 64, each behind its offload
/// header.
@safe
public struct FrameList: ~Copyable {
    public static let capacity = 64
    public private(set) var count = 0
    /// The first that is not sent yet.
    private var position = 0
    private let parts: UnsafeMutablePointer<iovec>
    private let nothing: UnsafeMutableRawPointer
    private static let headerSize = MemoryLayout<clinux_vnet_header>.size

    public init() {
        unsafe parts = .allocate(capacity: 2 * FrameList.capacity)
        unsafe nothing = .allocate(byteCount: FrameList.headerSize, alignment: 8)
        unsafe nothing.initializeMemory(as: UInt8.self, repeating: 0, count: FrameList.headerSize)
    }

    deinit {
        unsafe parts.deallocate()
        unsafe nothing.deallocate()
    }

    public var isFull: Bool { count == FrameList.capacity }
    /// Whether none is left to be sent.
    public var isDone: Bool { position == count }
    public var waiting: Int { count - position }

    public mutating func removeAll() {
        (count, position) = (0, 0)
    }

    /// Adds a frame of a queue, which must stay as it is until then.
    /// - Parameter hasOffload: the range begins with the offload header; without, there is nothing to do for the frame.
    public mutating func append(_ range: Range<Int>, of queue: borrowing ByteQueue, hasOffload: Bool) {
        unsafe append(UnsafeRawBufferPointer(rebasing: queue.bytes[range]), hasOffload)
    }

    /// The same with a packet of a slab.
    public mutating func append(_ slot: Int, of slab: borrowing PacketSlab, hasOffload: Bool) {
        unsafe append(UnsafeRawBufferPointer(slab.bytes(slot)), hasOffload)
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ hasOffload: Bool) {
        precondition(count < FrameList.capacity && bytes.count > FrameList.headerSize)
        let skipped = hasOffload ? FrameList.headerSize : 0
        let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        unsafe parts[2 * count] = iovec(
            iov_base: hasOffload ? start : nothing, iov_len: FrameList.headerSize)
        unsafe parts[2 * count + 1] = iovec(iov_base: start.map { unsafe $0 + skipped }, iov_len: bytes.count - skipped)
        count += 1
    }

    /// What became of the frames.
    public enum Outcome: Equatable, Sendable {
        /// All are sent.
        case done
        /// The device takes no more now.
        case blocked
        /// One was refused; those behind it are yet to be sent.
        case refused(Errno)
    }

    /// How many were sent, by how many bytes of frames, is in `sent`.
    public mutating func send(to socket: FrameSocket, _ sent: inout (frames: UInt64, bytes: UInt64)) -> Outcome {
        let number = socket.number
        while !isDone {
            let (next, rest) = unsafe (parts + 2 * position, UInt32(count - position))
            do throws(SystemError) {
                guard let taken = try system("sendmmsg", { unsafe clinux_frame_send(number, next, rest) }), taken > 0
                else { return .blocked }
                advance(Int(taken), &sent)
            } catch {
                position += 1
                return .refused(error.errno)
            }
        }
        return .done
    }

    public mutating func send(to tap: Tap, _ sent: inout (frames: UInt64, bytes: UInt64)) -> Outcome {
        while !isDone {
            do throws(SystemError) {
                guard try unsafe tap.write(parts + 2 * position) else { return .blocked }
                advance(1, &sent)
            } catch {
                position += 1
                return .refused(error.errno)
            }
        }
        return .done
    }

    private mutating func advance(_ frames: Int, _ sent: inout (frames: UInt64, bytes: UInt64)) {
        for index in position..<position + frames { sent.bytes += UInt64(unsafe parts[2 * index + 1].iov_len) }
        sent.frames += UInt64(frames)
        position += frames
    }
}
