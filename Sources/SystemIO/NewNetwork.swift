// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
internal import Synchronization
import SystemPackage

/// Makes a bridge without ports. Equivalent: `ip link add … type bridge`. Requires CAP_NET_ADMIN.
public func addBridge(_ name: String) throws(SystemError) {
    try must("SIOCBRADDBR") { unsafe clinux_add_bridge(name) }
}

/// Runs `body` on a thread that is alone in a new network namespace, and waits for it. The namespace goes with it.
/// - Throws: what unshare(2) does: EPERM without CAP_SYS_ADMIN.
public func inNewNetwork(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let refusal = Mutex<Errno?>(nil)
    let worker = try Worker("new-network") { _ in
        guard clinux_leave_network() == 0 else { return refusal.withLock { $0 = Errno(rawValue: errno) } }
        body()
    }
    worker.stop()
    if let errno = refusal.withLock({ $0 }) { throw SystemError("unshare", errno) }
}
