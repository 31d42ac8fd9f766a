// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
import SystemIO

/// Looks for network namespaces by their numbers (`SO_NETNS_COOKIE`), wherever in the kernel they are.
struct NetworkSearch {
    private let object: KernelObject

    /// Requires CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON.
    init() throws(KernelProgramError) {
        object = try KernelObject(loading: networkObject, needing: .deviceProgram)
    }

    /// Whether it is gone for sure.
    func isGone(_ cookie: UInt64) -> Bool {
        var context = unsafe __sk_buff()
        unsafe context.ifindex = 1
        unsafe context.cb.0 = UInt32(truncatingIfNeeded: cookie)
        unsafe context.cb.1 = UInt32(truncatingIfNeeded: cookie >> 32)
        guard let number = try? object.programNumber("network_search"),
            let (verdict, _) = unsafe try? KernelObject.run(number, over: KernelObject.anyFrame, &context)
        else { return false }
        return verdict == 0
    }
}
