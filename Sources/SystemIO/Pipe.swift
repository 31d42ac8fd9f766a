// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

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

    /// Takes up a pipe that was left, with what is in it; nil: there is none.
    /// - Throws: EPROTOTYPE for what is no pipe.
    public init?(from estate: Estate, as name: String) throws(SystemError) {
        guard let output = estate.take(name + Pipe.outputSuffix), let input = estate.take(name + Pipe.inputSuffix)
        else { return nil }
        for number in [output.number, input.number] {
            var status = stat()
            try must("fstat") { unsafe fstat(number, &status) }
            guard status.st_mode & S_IFMT == S_IFIFO else {
                throw SystemError(object: "\(name) in the estate: fstat", .protocolWrongTypeForSocket)
            }
        }
        self.output = output
        self.input = input
    }

    /// Leaves both ends. If it throws, what was in it is lost.
    public consuming func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(output, as: name + Pipe.outputSuffix)
        try estate.leave(input, as: name + Pipe.inputSuffix)
    }

    private static let outputSuffix = ".o"
    private static let inputSuffix = ".i"

    /// Bytes that it holds.
    public func count() throws(SystemError) -> Int {
        var count: Int32 = 0
        let number = output.number
        try must("FIONREAD") { unsafe clinux_waiting_bytes(number, &count) }
        return Int(count)
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
