// SPDX-License-Identifier: BSD-2-Clause
import Control
import KernelPrograms
import Netlink
import SystemIO

/// Who may have something to say about packets, by names: what programs inside the kernel see as functions and numbers.
struct AskNames {
    private let chains: [FirewallChain]
    private let legacyTables: String

    init() {
        chains = (try? FirewallSocket().chains()) ?? []
        // Empty where no table is in use.
        let tables = (try? contents(ofFile: "/proc/thread-self/net/ip_tables_names")) ?? []
        legacyTables = String(decoding: tables, as: UTF8.self).split(separator: "\n").sorted()
            .joined(separator: ",")
    }

    /// Names for what is seen.
    /// - Parameter hooks: those that packets of this direction come by (linux/netfilter.h).
    /// - Parameter device: the name of where they come in.
    func names(of sight: AskSight, at hooks: [UInt32], on device: String? = nil) -> [String] {
        sight.reasons.flatMap { reason in
            switch reason {
            case .hook: hookNames(hooks)
            case .deviceHook: deviceNames(device ?? "", reason)
            default: [device.map { "\(reason) on \($0)" } ?? "\(reason)"]
            }
        }
    }

    private func hookNames(_ hooks: [UInt32]) -> [String] {
        var names = chains.filter { $0.devices.isEmpty && hooks.contains($0.hook) }.map { "nft chain \($0.path)" }
        if !legacyTables.isEmpty { names.append("iptables-legacy \(legacyTables)") }
        return names.isEmpty ? ["\(AskReason.hook)"] : names
    }

    private func deviceNames(_ device: String, _ reason: AskReason) -> [String] {
        let names = chains.filter { $0.devices.contains(device) }.map { "nft chain \($0.path) on \(device)" }
        return names.isEmpty ? ["\(reason) on \(device)"] : names
    }
}
