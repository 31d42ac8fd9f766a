// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
import Glibc
import SystemIO
import SystemPackage

/// Programs and maps inside the kernel, of one embedded object. They go with it.
@safe final class KernelObject {
    private let object: OpaquePointer
    private let feature: KernelFeature

    /// Has the kernel check and load all programs of an object. With those of node.bpf.c that takes about half a second.
    /// - Parameter feature: what they need at least.
    /// - Parameter other: an object whose maps take the place of those with the same names.
    init(
        loading bytes: [UInt8], needing feature: KernelFeature, sharing other: KernelObject? = nil
    ) throws(KernelProgramError) {
        ckernel_silence()
        var log = [CChar](repeating: 0, count: 65536)
        var opened: OpaquePointer?
        let failure: Errno? = unsafe bytes.withUnsafeBytes { bytes in
            unsafe log.withUnsafeMutableBufferPointer { log in
                var options = unsafe bpf_object_open_opts()
                unsafe options.sz = MemoryLayout<bpf_object_open_opts>.size
                unsafe options.kernel_log_buf = log.baseAddress
                unsafe options.kernel_log_size = log.count
                unsafe opened = bpf_object__open_mem(bytes.baseAddress, bytes.count, &options)
                guard let object = unsafe opened else { return Errno(rawValue: Glibc.errno) }
                unsafe KernelObject.setTypes(object)
                var status = unsafe other?.lendMaps(to: object) ?? 0
                if status == 0 { status = unsafe bpf_object__load(object) }
                return status == 0 ? nil : Errno(rawValue: -status)
            }
        }
        if let failure {
            unsafe bpf_object__close(opened)
            let words = String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw KernelProgramError(refusing: failure, verifier: KernelObject.verdict(in: words), needing: feature)
        }
        guard let opened = unsafe opened else { throw KernelProgramError(refusing: .noMemory, needing: feature) }
        unsafe object = opened
        self.feature = feature
    }

    deinit {
        unsafe bpf_object__close(object)
    }

    /// libbpf 1.1 knows the section "sk_lookup", but not "netfilter".
    private static func setTypes(_ object: OpaquePointer) {
        var next = unsafe bpf_object__next_program(object, nil)
        while let program = unsafe next {
            unsafe next = bpf_object__next_program(object, program)
            guard let section = unsafe bpf_program__section_name(program),
                unsafe String(cString: section) == "netfilter"
            else { continue }
            unsafe bpf_program__set_type(program, bpf_prog_type(UInt32(CKERNEL_PROGRAM_NETFILTER)))
            unsafe bpf_program__set_expected_attach_type(program, bpf_attach_type(UInt32(CKERNEL_ATTACH_NETFILTER)))
        }
    }

    /// 0, or an errno, negative.
    private func lendMaps(to borrower: OpaquePointer) -> Int32 {
        var next = unsafe bpf_object__next_map(borrower, nil)
        while let map = unsafe next {
            unsafe next = bpf_object__next_map(borrower, map)
            let number = unsafe bpf_object__find_map_fd_by_name(object, bpf_map__name(map))
            guard number >= 0 else { continue }
            let status = unsafe bpf_map__reuse_fd(map, number)
            if status != 0 { return status }
        }
        return 0
    }

    /// The last line of a verifier's log that is not a statistic.
    private static func verdict(in log: String) -> String {
        log.split(separator: "\n").last { !$0.hasPrefix("processed ") }.map(String.init) ?? ""
    }

    /// The map called `name`, whose keys and values have the size of these types.
    func map<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) throws(KernelProgramError) -> KernelMap<Key, Value> {
        KernelMap(number: try mapNumber(name), owner: self)
    }

    /// The descriptor of the map called `name`, which lives as long as this object.
    func mapNumber(_ name: String) throws(KernelProgramError) -> Int32 {
        let number = unsafe bpf_object__find_map_fd_by_name(object, name)
        guard number >= 0 else { throw .failed(SystemError(object: name, .noSuchFileOrDirectory)) }
        return number
    }

    /// Attaches the program called `name` to a hook of the current network namespace.
    func attach(_ name: String, to hook: ckernel_hook, priority: Int32) throws(KernelProgramError) -> KernelLink {
        let number = ckernel_attach(try programNumber(name), hook, priority)
        guard number >= 0 else {
            throw KernelProgramError(refusing: Errno(rawValue: Glibc.errno), needing: feature)
        }
        return KernelLink(number: number)
    }

    /// Attaches the program called `name` to the lookup of listening sockets in the current network namespace.
    func attachToLookup(_ name: String) throws(KernelProgramError) -> KernelLink {
        let namespace = unsafe Glibc.open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard namespace >= 0 else { throw .failed(SystemError("open", Errno(rawValue: Glibc.errno))) }
        defer { close(namespace) }
        let number = bpf_link_create(try programNumber(name), namespace, BPF_SK_LOOKUP, nil)
        guard number >= 0 else { throw KernelProgramError(refusing: Errno(rawValue: -number), needing: feature) }
        return KernelLink(number: number)
    }

    private func programNumber(_ name: String) throws(KernelProgramError) -> Int32 {
        guard let program = unsafe bpf_object__find_program_by_name(object, name) else {
            throw .failed(SystemError(object: name, .noSuchFileOrDirectory))
        }
        return unsafe bpf_program__fd(program)
    }
}

/// A program's place at a hook. The kernel calls it no more when this goes, also by the end of the process.
struct KernelLink: ~Copyable {
    let number: Int32

    init(number: Int32) {
        self.number = number
    }

    deinit {
        _ = Glibc.close(number)
    }
}
