// SPDX-License-Identifier: BSD-2-Clause
import Glibc
internal import Internet

/// Bytes on their way, in the order in which they came: of a stream, behind each other in one piece of memory that is
/// allocated once.
@safe
public struct ByteQueue: ~Copyable {
    public let capacity: Int
    let memory: UnsafeMutableRawPointer
    /// Where the bytes begin and end.
    private var start = 0
    private var end = 0

    public init(capacity: Int) {
        self.capacity = capacity
        unsafe memory = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit {
        unsafe memory.deallocate()
    }

    public var count: Int { end - start }
    public var isEmpty: Bool { start == end }
    /// Bytes that can still be put behind the others.
    public var room: Int { capacity - count }

    /// Looks at all the bytes.
    public func withBytes<Result, Failure>(
        _ body: (borrowing RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe bytes.bytes)
    }

    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: memory + start, count: count) }

    /// Takes bytes away from the front.
    public mutating func remove(_ count: Int) {
        precondition(count <= self.count)
        start += count
        if start == end { (start, end) = (0, 0) }
    }

    public mutating func removeAll() {
        (start, end) = (0, 0)
    }

    /// False, and nothing is put, if there is no room.
    public mutating func append(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= room else { return false }
        let tail = unsafe tail(atLeast: bytes.count)
        unsafe bytes.withUnsafeBytes { unsafe tail.copyMemory(from: $0) }
        end += bytes.count
        return true
    }

    /// The same with a packet of a slab.
    /// - Parameter start: where it begins: bytes in front of it, if negative.
    public mutating func append(_ slot: Int, of slab: borrowing PacketSlab, from start: Int) -> Bool {
        let packet = unsafe slab.bytes(slot, headroom: max(-start, 0))
        let count = packet.count - max(start, 0)
        guard count <= room else { return false }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(packet).suffix(count))
        unsafe tail(atLeast: count).copyMemory(from: bytes)
        end += count
        return true
    }

    /// The same with what `body` writes into the room that there is, of which it returns the length.
    public mutating func append(upTo count: Int, _ body: (inout MutableRawSpan) -> Int) -> Bool {
        guard count <= room else { return false }
        var bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: tail(atLeast: count)[..<count]).mutableBytes
        let length = body(&bytes)
        precondition(length <= count)
        end += length
        return true
    }

    /// Moves the bytes to the front if otherwise there were less than `count` in one piece behind them.
    func isTight(_ count: Int) -> Bool { capacity - end < count }

    mutating func tail(atLeast count: Int) -> UnsafeMutableRawBufferPointer {
        if isTight(count), start > 0 {
            unsafe memmove(memory, memory + start, self.count)
            (start, end) = (0, self.count)
        }
        return unsafe UnsafeMutableRawBufferPointer(start: memory + end, count: capacity - end)
    }

    mutating func extend(by count: Int) {
        end += count
    }
}
