// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms

extension NodePolicy {
    func count(in metrics: inout Metrics) {
        for drop in drops { metrics.add(.nodeDrops, drop.reason.name, value: drop.packets) }
    }
}

extension Metric {
    fileprivate static let nodeDrops = Metric(
        .counter, "inet6d_node_drops_total", labels: ["reason"],
        "Packets that the variables of the node stopped, on any interface.")
}
