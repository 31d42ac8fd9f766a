// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// Buffers of 64 KiB for one thread, all of them allocated at once. The kernel gives a page when it is first written to,
/// and the buffer last put back is the next to be taken, so that buffers which are never needed cost nothing.
@safe
public struct ChunkPool: ~Copyable {
    /// Bytes of each chunk.
    public static let chunkSize = 65_536

    public let capacity: Int
    private let memory: UnsafeMutableRawPointer
    private var free: [Int]

    public init(capacity: Int) {
        self.capacity = capacity
        unsafe memory = .allocate(byteCount: capacity * ChunkPool.chunkSize, alignment: 4096)
        free = Array((0..<capacity).reversed())
    }

    deinit {
        unsafe memory.deallocate()
    }

    public var freeChunks: Int { free.count }

    /// A chunk that is nobody's; give it back with `put`.
    public mutating func take() -> Int? {
        free.popLast()
    }

    public mutating func put(_ chunk: Int) {
        precondition(free.count < capacity)
        free.append(chunk)
    }

    /// Lets `body` write into a chunk.
    public mutating func write(to chunk: Int, _ body: (inout MutableRawSpan) -> Void) {
        var bytes = unsafe bytes(chunk).mutableBytes
        body(&bytes)
    }

    /// Copies `source` to the beginning of a chunk.
    public mutating func write(to chunk: Int, _ source: [UInt8]) {
        unsafe bytes(chunk).copyBytes(from: source)
    }

    /// A copy of the first `count` bytes of a chunk.
    public func copy(_ chunk: Int, _ count: Int) -> [UInt8] {
        unsafe Array(bytes(chunk).prefix(count))
    }

    func bytes(_ chunk: Int) -> UnsafeMutableRawBufferPointer {
        precondition(chunk >= 0 && chunk < capacity)
        return unsafe UnsafeMutableRawBufferPointer(
            start: memory + chunk * ChunkPool.chunkSize, count: ChunkPool.chunkSize)
    }
}
