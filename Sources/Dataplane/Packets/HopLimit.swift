// SPDX-License-Identifier: BSD-2-Clause
import Synchronization

/// The hop limit of what interfaces send by themselves, net.inet6.ip6.gifhlim, for their threads.
final class HopLimit: Sendable {
    private let hops = Atomic<UInt8>(64)

    var value: UInt8 {
        get { hops.load(ordering: .relaxed) }
        set { hops.store(newValue, ordering: .relaxed) }
    }
}
