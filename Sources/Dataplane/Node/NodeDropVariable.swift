// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import KernelPrograms

/// How many packets died of each node variable, as variables: `net.inet6.ip6.dropped.source_is_own`. BSD has some of these
/// numbers in `net.inet6.ip6.stats`, for netstat(1).
enum NodeDropVariable {
    static let node = "net.inet6.ip6.dropped"

    /// Below `net.inet6.ip6`, and not BSD's.
    private static let oid = (MIBNode.ip6.declaration.oid) + [1101]

    static let status = NodeStatus(name: node, oid: oid, description: "Packets that died of node variables")

    static func status(of reason: NodeReason, packets: UInt64) -> VariableStatus {
        let word = reason.name.split(separator: "-").joined(separator: "_")
        return VariableStatus(
            name: "\(node).\(word)", oid: oid + [Int(reason.number)], type: .unsigned, value: String(packets),
            description: reason.description, place: "all interfaces, by a netfilter program", source: "Hydrangea")
    }
}
