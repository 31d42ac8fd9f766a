// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc

/// A pipe between two sockets, through which the kernel moves data without copying it: splice(2).
public struct Pipe: ~Copyable, Sendable {
    /// Bytes it may hold, if the kernel permits.
    public static let size = 1 << 20

    private let input: Descriptor
    private let output: Descriptor

    public init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try must("pipe2") { unsafe clinux_pipe(&ends, Int32(Pipe.size)) }
        output = Descriptor(number: ends[0])
        input = Descriptor(number: ends[1])
    }

    /// Moves what `source` has into this pipe, which must be empty. Nil: nothing now. 0: the peer sends no more.
    public func fill(from source: borrowing TCPSocket) throws(SystemError) -> Int? {
        let from = source.descriptor.number
        let to = input.number
        return try system("splice") { clinux_splice(from, to, Pipe.size) }
    }

    /// Moves up to `count` bytes out of this pipe, which must hold them. Nil: `sink` takes none now.
    public func drain(_ count: Int, into sink: borrowing TCPSocket) throws(SystemError) -> Int? {
        let from = output.number
        let to = sink.descriptor.number
        return try system("splice") { clinux_splice(from, to, count) }
    }
}
