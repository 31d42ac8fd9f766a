// SPDX-License-Identifier: BSD-2-Clause
import Control
import KernelPrograms
import Logging
import Netlink
import Stf
import SystemIO
import TestSupport
import Testing

@testable import Dataplane

/// What a reader of metrics gets of a dataplane inside this process, in a network namespace of its own.
@Suite struct MetricsTests {
    @Test func `every reason has a row of its own from the beginning`() throws {
        try with { dataplane in
            let rows = dataplane.metrics.rows
            let keys = rows.map { [$0.metric.name] + $0.labels }
            #expect(Set(keys).count == keys.count)
            for row in rows {
                #expect(row.metric.name.wholeMatch(of: /inet6d_[a-z0-9_]+/) != nil)
                #expect((row.metric.kind == .counter) == row.metric.name.hasSuffix("_total"), "\(row.metric.name)")
                #expect(row.labels.count == row.metric.labels.count)
                #expect(
                    row.metric.labels.allSatisfy { $0 != "interface" } || ["stf0", "faith0"].contains(row.labels[0]))
            }
            let reasons = { (name: String, interface: String) in
                rows.filter { $0.metric.name == name && $0.labels[0] == interface }.compactMap(\.labels.last)
            }
            #expect(reasons("inet6d_drops_total", "stf0") == StfDrop.all.map(\.name))
            #expect(Set(reasons("inet6d_drops_total", "faith0")).isSuperset(of: FaithReason.all.map(\.name)))
            #expect(reasons("inet6d_faith_connect_seconds", "faith0").count == 32)
            let nodes = rows.filter { $0.metric.name == "inet6d_node_drops_total" }.flatMap(\.labels)
            #expect(nodes == NodeReason.all.map(\.name))
            #expect(rows.filter { $0.metric.name == "inet6d_interfaces" }.map(\.value) == [1, 1, 0, 0])
        }
    }

    /// Nor is the kernel asked: what it has told waits to be read as before, and packet threads remember their routes.
    @Test func `nothing follows from their being read`() throws {
        try with { dataplane in
            let stf = try #require(dataplane.kinds.stf["stf0"])
            // The kernel has events of its own for a while, such as a device's coming up.
            let isUndisturbed = try eventually {
                try dataplane.followKernel()
                let known = stf.routeGeneration
                try ip("link set stf0 mtu \(Int.random(in: 1300...1400))")
                let mtu = dataplane.host.network.links[stf.device.index]?.mtu
                _ = dataplane.metrics
                let isUnread = dataplane.host.network.links[stf.device.index]?.mtu == mtu
                return stf.routeGeneration == known && isUnread
            }
            #expect(isUndisturbed)
            #expect(try dataplane.list("stf0", counters: false).first?.mtu ?? 0 >= 1300)
        }
    }

    private func with(_ body: (Dataplane) throws -> Void) throws {
        try inOwnNetwork(["link set lo up", "addr add 192.0.2.1/24 dev lo"]) {
            let dataplane = try Dataplane(log: Logger(label: "test"), node: .none(.permission))
            defer { dataplane.stop() }
            for name in ["stf0", "faith0"] {
                var change = Change(interface: name)
                change.create = true
                change.up = true
                _ = try dataplane.apply([change], isIdempotent: false)
            }
            try body(dataplane)
        }
    }
}
