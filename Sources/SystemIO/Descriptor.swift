// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// A file descriptor that is closed exactly once, when its owner goes.
public struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    init(number: Int32) {
        self.number = number
    }

    deinit {
        // A failing close(2) has still given up the descriptor.
        _ = Glibc.close(number)
    }

    /// Takes the descriptor of a listening socket, a device or a signal for epoll(7) and poll(2).
    var pollable: PollDescriptor { PollDescriptor(number: number) }
}

/// A number to wait on. Whoever holds it sees to it that its `Descriptor` lives.
public struct PollDescriptor: Hashable, Sendable {
    let number: Int32
}

extension PollDescriptor {
    /// For a descriptor that a C library owns: libmnl's.
    public init(watching number: Int32) {
        self.number = number
    }
}
