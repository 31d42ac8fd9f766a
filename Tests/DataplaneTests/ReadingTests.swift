// SPDX-License-Identifier: BSD-2-Clause
import Control
import KernelPrograms
import Logging
import SystemIO
import TestSupport
import Testing

@testable import Dataplane

/// A daemon's dataplane inside this process, in a network namespace of its own: who asks disturbs no packet thread.
@Suite struct ReadingTests {
    @Test func `asking changes nothing that packet threads know`() throws {
        try inOwnNetwork(["link set lo up", "addr add 192.0.2.1/24 dev lo"]) {
            let dataplane = try Dataplane(log: Logger(label: "test"), node: .none(.permission))
            defer { dataplane.stop() }
            var change = Change(interface: "stf0")
            change.create = true
            change.inet6 = AddressChange(address: "2002:c000:201::1")
            change.inet6?.prefixlen = 16
            _ = try dataplane.apply([change], isIdempotent: false)
            try dataplane.followKernel()
            let stf = try #require(dataplane.kinds.stf["stf0"])
            // The kernel has events of its own for a while, such as a device's coming up.
            let isUndisturbed = try eventually {
                try dataplane.followKernel()
                let known = stf.routeGeneration
                _ = try dataplane.list(nil, counters: true)
                _ = try dataplane.check("stf0")
                _ = try dataplane.listInet6(nil)
                _ = try dataplane.readVariables(nil)
                _ = try dataplane.existing("stf0", dataplane.kinds.stf)
                // Nor does a request that comes to nothing.
                var again = Change(interface: "stf0")
                again.up = true
                _ = try dataplane.apply([again], isIdempotent: true)
                return stf.routeGeneration == known
            }
            #expect(isUndisturbed)
        }
    }

    /// An interface, an address, a route or a rule of anybody's, of either protocol.
    @Test(arguments: [
        "link add ne9 type veth peer name ne8", "addr add 198.51.100.7/24 dev lo", "addr add 2001:db8::7/64 dev lo",
        "route add 203.0.113.0/24 dev lo", "route add 2001:db8:7::/48 dev stf0",
        "rule add from 192.0.2.9 table 77", "-6 rule add from 2001:db8::9 table 77",
    ])
    func `what changes routes is forgotten`(line: String) throws {
        try inOwnNetwork(["link set lo up", "addr add 192.0.2.1/24 dev lo"]) {
            let dataplane = try Dataplane(log: Logger(label: "test"), node: .none(.permission))
            defer { dataplane.stop() }
            var change = Change(interface: "stf0")
            change.create = true
            change.up = true
            _ = try dataplane.apply([change], isIdempotent: false)
            try dataplane.followKernel()
            let stf = try #require(dataplane.kinds.stf["stf0"])
            let known = stf.routeGeneration
            try ip(line)
            try dataplane.followKernel()
            #expect(stf.routeGeneration > known)
        }
    }
}
