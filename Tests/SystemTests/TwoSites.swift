// SPDX-License-Identifier: BSD-2-Clause
import TestSupport

/// Two 6to4 sites on one wire, each with an `inet6d` and `stf0`.
///
///     a  ne0 ───────────────── ne0  b
///        192.0.2.1/24  192.0.2.2/24
///        stf0: 2002:c000:201::1/16, 2002:c000:202::1/16
struct TwoSites {
    let net: Topology
    let a: Namespace
    let b: Namespace
    let daemonA: Daemon
    let daemonB: Daemon

    static let addressA = "2002:c000:201::1"
    static let addressB = "2002:c000:202::1"

    static func with(_ body: (TwoSites) throws -> Void) throws {
        try Topology.with { net throws in
            let a = try net.namespace("a"), b = try net.namespace("b")
            try net.link(a, "ne0", "192.0.2.1/24", b, "ne0", "192.0.2.2/24")
            let daemonA = try net.daemon(in: a), daemonB = try net.daemon(in: b)
            try daemonA.succeed("stf0 create inet6 \(addressA)/16")
            try daemonB.succeed("stf0 create inet6 \(addressB)/16")
            try body(TwoSites(net: net, a: a, b: b, daemonA: daemonA, daemonB: daemonB))
        }
    }

    /// Sets both interfaces' MTU.
    func setMTU(_ bytes: Int) throws {
        try daemonA.succeed("stf0 mtu \(bytes)")
        try daemonB.succeed("stf0 mtu \(bytes)")
    }

    /// Sets the MTU of the wire.
    func setUnderlayMTU(_ bytes: Int) throws {
        try a.succeed("ip link set ne0 mtu \(bytes)")
        try b.succeed("ip link set ne0 mtu \(bytes)")
    }
}
