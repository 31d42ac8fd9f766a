// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
import SystemIO
import SystemPackage

/// What the running kernel, and what this process may do there, are enough for: tried, not concluded from its release.
/// Nothing is attached.
public struct KernelProbe: Sendable {
    /// What scripts may rely on: `tcx`.
    public let name: String
    /// What it is for.
    public let purpose: String
    /// Why not; nil: it is there.
    public let obstacle: String?

    /// - Parameter root: where a BPF file system is looked for.
    public static func all(bpf root: String) -> [KernelProbe] {
        [
            KernelProbe("tun", "interfaces") { () throws(SystemError) in try Tun.probe() },
            KernelProbe("btf", "programs that find the kernel's structures") { () throws(SystemError) in
                try probeFile("/sys/kernel/btf/vmlinux")
            },
            KernelProbe("tcx", "programs at devices that are links") { () throws(SystemError) in
                if let obstacle = DeviceHook.linkObstacle { throw obstacle }
            },
            KernelProbe("bpffs", "packets that are carried while inet6d is dead") { () throws(SystemError) in
                guard try BPFFileSystem.isOne(root) else { throw SystemError(object: root, .notSupported) }
            },
            KernelProbe("stf", "engine kernel of stf(4)") { () throws(KernelProgramError) in
                _ = try KernelObject(loading: stfObject, needing: .deviceProgram)
            },
            KernelProbe("faith", "connections that faith(4) captures") { () throws(KernelProgramError) in
                _ = try KernelObject(loading: faithObject, needing: .socketLookup)
            },
            KernelProbe("silence", "no answers from what faith(4) captures") { () throws(KernelProgramError) in
                let faith = try KernelObject(loading: faithObject, needing: .socketLookup)
                _ = try KernelObject(loading: silenceObject, needing: .netfilter, sharing: faith)
            },
            KernelProbe("node", "variables of the whole node in inet6(4)") { () throws(KernelProgramError) in
                _ = try KernelObject(loading: nodeObject, needing: .netfilter)
            },
        ]
    }

    private init<Failure: Error & CustomStringConvertible>(
        _ name: String, _ purpose: String, _ attempt: () throws(Failure) -> Void
    ) {
        self.name = name
        self.purpose = purpose
        do throws(Failure) {
            try attempt()
            obstacle = nil
        } catch {
            obstacle = error.description
        }
    }

    /// `tcx: yes (programs at devices that are links)`
    public var line: String { "\(name): \(obstacle.map { "no: \($0)" } ?? "yes") (\(purpose))" }
}
