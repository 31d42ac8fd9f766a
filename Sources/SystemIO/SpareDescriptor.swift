// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc

/// A descriptor of nothing, held so that there is one when no other is left: it is given back when this goes.
public struct SpareDescriptor: ~Copyable, Sendable {
    private let descriptor: Descriptor

    public init() throws(SystemError) {
        descriptor = Descriptor(number: try must("eventfd") { eventfd(0, Int32(EFD_CLOEXEC)) })
    }
}
