// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `inet6d --probe` says what the kernel is enough for, and changes nothing.
    @Suite struct ProbeTests {
        @Test func whatThereIsIsSaid() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let bpf = try net.bpfFileSystem()
                let result = try host.run("\(net.inet6d) --probe -b \(bpf)")
                #expect(result.status == 0 && result.error == "", "\(result)")
                let names = ["tun", "btf", "tcx", "bpffs", "stf", "faith", "silence", "node"]
                #expect(result.lines.map { $0.prefix { $0 != ":" } } == names.map { $0[...] }, "\(result)")
                #expect(result.lines.allSatisfy { $0.contains(": yes (") }, "\(result)")
                #expect(try host.shell("ls \(bpf)") == "maps.debug\nprogs.debug\n")
                #expect(try host.succeed("ip -br link").split(separator: "\n").count == 1)
            }
        }

        /// Without privileges it says which are missing, and not that the kernel is too old.
        @Test func whatIsMissingIsNamed() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let result = try host.run("setpriv --bounding-set -all \(net.inet6d) --probe -b \(net.scratch.path)")
                #expect(result.status == 0, "\(result)")
                for name in ["stf", "node"] {
                    let words = "\(name): no: CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are needed"
                    #expect(result.lines.contains { $0.hasPrefix(words) }, "\(result)")
                }
                #expect(result.lines.contains { $0.hasPrefix("bpffs: no: \(net.scratch.path)") }, "\(result)")
            }
        }
    }
}
