// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// A file system whose files are programs and maps inside the kernel, which stay while they have a name there (bpf(2)).
public enum BPFFileSystem {
    /// Where a host has it: systemd mounts it there.
    public static let usualPath = "/sys/fs/bpf"

    /// Sees to it that there is one at `path`, and mounts it unless there is. Equivalent: `mount -t bpf -o mode=0700 bpf PATH`,
    /// which requires CAP_SYS_ADMIN.
    ///
    /// It is mounted only if it outlives this process: one in a mount namespace of our own, such as ip-netns(8) makes, would
    /// not.
    /// - Throws: why there is none.
    public static func provide(at path: String) throws(SystemError) {
        if try isOne(path) { return }
        guard mountsStay else {
            throw SystemError(
                object: "\(path) is no BPF file system, and one that is mounted here ends with inet6d", .notSupported)
        }
        do throws(SystemError) {
            try must("mount") { unsafe mount("bpf", path, "bpf", UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC), "mode=0700") }
        } catch {
            throw SystemError(object: "\(path) is no BPF file system: mount", error.errno)
        }
    }

    /// - Throws: ENOENT without a directory there.
    public static func isOne(_ path: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            return try must("statfs") { unsafe clinux_is_bpf_file_system(path) } != 0
        } catch {
            throw SystemError(object: path, error.errno)
        }
    }

    /// Whoever started us has the same mount namespace, or there was nobody to do it.
    private static var mountsStay: Bool {
        getpid() == 1 || mounts(of: "self").map { $0 == mounts(of: "\(getppid())") } ?? false
    }

    private static func mounts(of process: String) -> UInt? {
        var status = stat()
        guard unsafe stat("/proc/\(process)/ns/mnt", &status) == 0 else { return nil }
        return status.st_ino
    }
}

/// Looks whether a file can be read.
public func probeFile(_ path: String) throws(SystemError) {
    do throws(SystemError) {
        try must("access") { unsafe access(path, R_OK) }
    } catch {
        throw SystemError(object: path, error.errno)
    }
}

/// The number of the calling thread's network namespace, which none will have again until the host is started anew.
/// The corresponding socket option is `SO_NETNS_COOKIE`, of Linux 5.14.
public func networkCookie() throws(SystemError) -> UInt64 {
    let socket = Descriptor(
        number: try must("socket") { Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0) })
    var cookie: UInt64 = 0
    var size = socklen_t(MemoryLayout<UInt64>.size)
    let number = socket.number
    try must("SO_NETNS_COOKIE") { unsafe getsockopt(number, SOL_SOCKET, cookieOption, &cookie, &size) }
    return cookie
}

/// SO_NETNS_COOKIE of asm/socket.h.
private let cookieOption: Int32 = 71
