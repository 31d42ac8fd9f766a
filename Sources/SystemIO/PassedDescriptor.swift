// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// What somebody has handed over beside what he says, until somebody else takes it: one descriptor, the last.
public final class PassedDescriptor {
    private var descriptor: Descriptor?

    public init() {}

    func put(_ new: consuming Descriptor) { descriptor = consume new }

    public func take() -> Descriptor? { descriptor.take() }
}

extension Descriptor {
    /// Whether a byte waits at a socket, and not its end.
    public func hasInput() -> Bool {
        var byte: UInt8 = 0
        return unsafe recv(number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 1
    }

    /// Writes all of it, and waits for whoever reads it.
    /// - Throws: EPIPE if nobody does any more.
    public func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        let number = number
        while !rest.isEmpty {
            let count = try must("write") {
                unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
    }
}

extension UnixSocket {
    /// The same as `read`, from one who may hand something over.
    public func read(upTo limit: Int, with passed: PassedDescriptor) throws(SystemError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: limit)
        var other: Int32 = -1
        let number = pollable.number
        let count = try system("recvmsg") { unsafe clinux_receive_with(number, &bytes, limit, &other) }
        if other >= 0 { passed.put(Descriptor(number: other)) }
        return count.map { Array(bytes.prefix($0)) }
    }

    /// The same as `write`, with a descriptor that the other end has then too.
    public func write(_ bytes: ArraySlice<UInt8>, with passed: borrowing Descriptor) throws(SystemError) -> Int {
        let (number, other) = (pollable.number, passed.number)
        let count = try system("sendmsg") {
            unsafe bytes.withUnsafeBytes { unsafe clinux_send_with(number, $0.baseAddress, $0.count, other) }
        }
        return count ?? 0
    }
}
