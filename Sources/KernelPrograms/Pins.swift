// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
public import SystemIO
import SystemPackage

/// What is to stay inside the kernel when this process is killed, and to be found by the next: links, programs and maps by
/// name, in a directory of a BPF file system that is this network namespace's alone.
///
///     /sys/fs/bpf/inet6d/1/stf_output-7
///
/// It knows none of them. A program's place is called by the program and the device, a map by its own name and by what its
/// values are made of: what another version left is not taken for something else. No name has a dot in it, which the file
/// system keeps for itself.
public final class Pins: Sendable {
    private let path: String
    /// Whoever has it locked is alive, and what is in it is in use.
    private let directory: LockedDirectory

    /// Finds or makes the directory of the calling thread's network namespace. Requires CAP_BPF, and CAP_SYS_ADMIN where the
    /// file system has to be mounted.
    /// - Parameter root: where a BPF file system is, or is to be mounted.
    /// - Parameter estate: where another process has left the directory, and goes on.
    /// - Throws: why nothing can stay; EWOULDBLOCK if another process does this here.
    public init(in root: String, from estate: Estate? = nil) throws(SystemError) {
        try BPFFileSystem.provide(at: root)
        let home = "\(root)/inet6d"
        path = "\(home)/\(try networkCookie())"
        do throws(SystemError) {
            try makeDirectory(home)
            let left = try estate?.take(Pins.legacy, as: LockedDirectory.self)
            if let left { directory = left } else { directory = try LockedDirectory(path) }
        } catch {
            throw SystemError(object: path, error.errno)
        }
        for name in (try? fileNames(inDirectory: home)) ?? [] { Pins.bury("\(home)/\(name)") }
    }

    public func leave(to estate: Estate) throws(SystemError) {
        try directory.leave(to: estate, as: Pins.legacy)
    }

    private static let legacy = "pins"

    /// In order.
    public var names: [String] { ((try? fileNames(inDirectory: path)) ?? []).sorted() }

    /// Gives a link or a map a name. What had it is there no more.
    func pin(_ number: Int32, as name: String) throws(KernelProgramError) {
        try? removeFile("\(path)/\(name)")
        let status = unsafe bpf_obj_pin(number, "\(path)/\(name)")
        guard status == 0 else { throw .failed(SystemError(object: "\(path)/\(name)", Errno(rawValue: -status))) }
    }

    /// What has a name; nil: nothing.
    func find(_ name: String) -> Descriptor? { Pins.find("\(path)/\(name)") }

    /// The kernel's numbers of the programs that have one of these names.
    func programs(_ names: String...) -> Set<UInt32> {
        Set(
            names.compactMap { name in
                guard let descriptor = find(name) else { return nil }
                let identifier = descriptor.withNumber { ckernel_program_identifier($0) }
                return identifier == 0 ? nil : identifier
            })
    }

    /// Takes a name away, and ends the link that had it, whoever has that besides.
    public func end(_ name: String) { Pins.end("\(path)/\(name)") }

    /// Removes the directory if there is nothing in it any more.
    public func close() {
        // There may be, and then it is for whoever comes.
        try? removeDirectory(path)
    }

    private static func find(_ path: String) -> Descriptor? {
        let number = unsafe bpf_obj_get(path)
        return number >= 0 ? Descriptor(owning: number) : nil
    }

    private static func end(_ path: String) {
        if let descriptor = find(path) { KernelLink(descriptor).detach() }
        // It may have gone before.
        try? removeFile(path)
    }

    /// Removes what is left of a network namespace that is gone: no process has its directory, and none of its links leads
    /// anywhere; where there are programs instead, the kernel has no such network namespace.
    private static func bury(_ directory: String) {
        let names = (try? fileNames(inDirectory: directory)) ?? []
        // Whoever begins just now has made it and not locked it yet.
        guard !names.isEmpty, let lock = try? LockedDirectory(existing: directory) else { return }
        var hasPrograms = false
        for name in names {
            guard let descriptor = find("\(directory)/\(name)") else { continue }
            if descriptor.withNumber({ ckernel_program_identifier($0) }) != 0 { hasPrograms = true }
            if let place = KernelLink(descriptor).place, place.device != 0 { return }
        }
        if hasPrograms {
            guard let cookie = directory.split(separator: "/").last.flatMap({ UInt64($0) }),
                let search = try? NetworkSearch(), search.isGone(cookie)
            else { return }
        }
        for name in names { end("\(directory)/\(name)") }
        try? removeDirectory(directory)
        withExtendedLifetime(lock) {}
    }
}
