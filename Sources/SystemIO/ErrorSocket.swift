// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import Internet

/// A raw socket for ICMPv4 errors: destination unreachable, time exceeded, parameter problem.
public final class ErrorSocket: Inheritable, Sendable {
    private let descriptor: Descriptor

    /// Requires CAP_NET_RAW.
    public init() throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = try must("socket") { socket(AF_INET, type, Int32(InternetProtocol.icmp)) }
        descriptor = Descriptor(number: number)
        try must("setsockopt") { clinux_set_option(number, CLINUX_FREEBIND, 1) }
        try must("setsockopt ICMP_FILTER") { clinux_receive_errors(number) }
    }

    public init(adopting descriptor: consuming Descriptor) throws(SystemError) {
        try descriptor.require(SocketKind(AF_INET, SOCK_RAW, Int32(InternetProtocol.icmp)))
        self.descriptor = descriptor
    }

    public func leave(to estate: Estate, as name: String) throws(SystemError) {
        try estate.leave(descriptor.duplicate(), as: name)
    }

    public var pollable: PollDescriptor { descriptor.pollable }

    /// Receives only what is for `address`. The corresponding call is `bind(2)`.
    public func bind(to address: IPv4Address) throws(SystemError) {
        let number = descriptor.number
        try must("bind") { bindSocket(number, to: address) }
    }

    /// Fills the batch with what has arrived, perhaps nothing.
    public func receive(into batch: inout ReceiveBatch) throws(SystemError) {
        try batch.fill(from: descriptor.number)
    }
}
