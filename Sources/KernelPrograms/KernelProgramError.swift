// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
import Glibc
public import SystemIO
public import SystemPackage

/// Why programs inside the kernel cannot do their work: the node variables are not enforced, or nothing is captured.
public enum KernelProgramError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kernel is too old; this is its release: "6.1.0-18-amd64".
    case kernel(release: String, lacks: KernelFeature)
    /// The kernel does not have what a program looks at, or not by this name: "net.nf".
    case field(String)
    /// CAP_BPF, CAP_NET_ADMIN or CAP_PERFMON is missing.
    case permission
    /// Capabilities of a user namespace are not enough for programs inside the kernel.
    case userNamespace
    /// Another program has our place at a hook of this network namespace: another NodeFilter, or FaithCapture.
    case occupied
    /// Programs at devices would stay for ever when this process is killed, for nobody would find them.
    case unpinned
    /// The kernel does not take the program: the last words of its verifier, if it had any.
    case refused(Errno, verifier: String)
    /// A map could not be read or written, as it should be.
    case failed(SystemError)

    public var description: String {
        switch self {
        case .kernel(let release, let feature): "Linux \(release) has no \(feature)"
        case .field(let field):
            "this kernel's struct \(field) is not there or not known: the firewall could not be asked"
        case .permission: "CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are needed"
        case .userNamespace: "not permitted inside a user namespace"
        case .occupied: "another process does this in this network namespace"
        case .unpinned:
            "programs at devices are no links here (tcx, Linux 6.6), and without a BPF file system nobody would find them"
        case .refused(let errno, let verifier): verifier.isEmpty ? "\(errno)" : "\(errno): \(verifier)"
        case .failed(let error): "\(error)"
        }
    }

    /// Finds the reason for which a program that needs `feature` was not loaded or attached.
    init(refusing errno: Errno, verifier: String = "", needing feature: KernelFeature) {
        switch errno {
        // The verifier says EACCES of a program that is wrong, and of one that does what takes a capability.
        case .permissionDenied where !verifier.isEmpty && ckernel_is_capable():
            self = .refused(errno, verifier: verifier)
        case .permissionDenied, .notPermitted:
            // A full set of capabilities helps nothing if it is not the first user namespace's.
            self = isFirstUserNamespace ? .permission : .userNamespace
        case .resourceBusy:
            self = .occupied
        default:
            let release = kernelRelease
            self =
                feature.isIn(release) ? .refused(errno, verifier: verifier) : .kernel(release: release, lacks: feature)
        }
    }
}

/// What not every kernel has.
public enum KernelFeature: Sendable, CustomStringConvertible {
    case netfilter
    case socketLookup
    case deviceProgram
    case trafficControl

    private var since: (major: Int, minor: Int) {
        switch self {
        case .netfilter: (6, 4)
        case .socketLookup: (5, 9)
        // bpf_fib_lookup(9) tells the MTU of a way since then.
        case .deviceProgram: (5, 12)
        case .trafficControl: (6, 6)
        }
    }

    /// "netfilter programs, which came with 6.4"
    public var description: String {
        let name =
            switch self {
            case .netfilter: "netfilter programs"
            case .socketLookup: "programs for the lookup of sockets"
            case .deviceProgram: "programs at devices that learn the MTU of a way"
            case .trafficControl: "programs at devices that are links (tcx)"
            }
        return "\(name), which came with \(since.major).\(since.minor)"
    }

    /// Netfilter programs are in "6.4.0", "6.18.44-custom" and "10.0"; they are not in "6.3.9" and "5.10.0-28-amd64".
    func isIn(_ release: String) -> Bool {
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard let major = numbers.first else { return false }
        return (major, numbers.dropFirst().first ?? 0) >= since
    }
}

private var kernelRelease: String {
    var names = utsname()
    guard unsafe uname(&names) == 0 else { return "" }
    return unsafe withUnsafeBytes(of: names.release) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// The first user namespace has a fixed number (linux/proc_ns.h, PROC_USER_INIT_INO).
private var isFirstUserNamespace: Bool {
    var status = stat()
    guard unsafe stat("/proc/self/ns/user", &status) == 0 else { return true }
    return status.st_ino == 0xEFFF_FFFD
}
