// SPDX-License-Identifier: BSD-2-Clause
import Glibc
public import SystemIO
public import SystemPackage

/// Why the node variables cannot be enforced.
public enum NodeFilterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Netfilter programs came with Linux 6.4; this is its release: "6.1.0-18-amd64".
    case kernel(release: String)
    /// CAP_BPF, CAP_NET_ADMIN or CAP_PERFMON is missing.
    case permission
    /// Capabilities of a user namespace are not enough for programs inside the kernel.
    case userNamespace
    /// Another program has our place at a hook of this network namespace: another NodeFilter.
    case occupied
    /// The kernel does not take the program: the last words of its verifier, if it had any.
    case refused(Errno, verifier: String)
    /// A map could not be read or written, as it should be.
    case failed(SystemError)

    public var description: String {
        switch self {
        case .kernel(let release): "Linux \(release) has no netfilter programs, which came with 6.4"
        case .permission: "CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are needed"
        case .userNamespace: "not permitted inside a user namespace"
        case .occupied: "another process enforces the node variables of this network namespace"
        case .refused(let errno, let verifier): verifier.isEmpty ? "\(errno)" : "\(errno): \(verifier)"
        case .failed(let error): "\(error)"
        }
    }

    /// Finds the reason for which a program was not loaded or attached.
    init(refusing errno: Errno, verifier: String = "") {
        switch errno {
        // The verifier says EACCES of a program that is wrong, but names the capability if one is all that is missing.
        case .permissionDenied where !verifier.isEmpty && !verifier.contains("CAP_"):
            self = .refused(errno, verifier: verifier)
        case .permissionDenied, .notPermitted:
            // A full set of capabilities helps nothing if it is not the first user namespace's.
            self = isFirstUserNamespace ? .permission : .userNamespace
        case .resourceBusy:
            self = .occupied
        default:
            let release = kernelRelease
            self = isNetfilterCapable(release) ? .refused(errno, verifier: verifier) : .kernel(release: release)
        }
    }
}

/// "6.4.0", "6.18.44-custom" and "10.0" are; "6.3.9" and "5.10.0-28-amd64" are not.
func isNetfilterCapable(_ release: String) -> Bool {
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    guard let major = numbers.first else { return false }
    return major > 6 || major == 6 && (numbers.dropFirst().first ?? 0) >= 4
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
