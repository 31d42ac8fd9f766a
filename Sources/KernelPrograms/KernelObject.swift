// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
import Glibc
import SystemIO
import SystemPackage

/// Programs and maps inside the kernel, of one embedded object. They go with it.
@safe final class KernelObject {
    private let object: OpaquePointer

    /// Has the kernel check and load all netfilter programs of an object. Takes about half a second.
    init(loading bytes: [UInt8]) throws(NodeFilterError) {
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
                let status = unsafe bpf_object__load(object)
                return status == 0 ? nil : Errno(rawValue: -status)
            }
        }
        if let failure {
            unsafe bpf_object__close(opened)
            let words = String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw NodeFilterError(refusing: failure, verifier: KernelObject.verdict(in: words))
        }
        guard let opened = unsafe opened else { throw NodeFilterError(refusing: .noMemory) }
        unsafe object = opened
    }

    deinit {
        unsafe bpf_object__close(object)
    }

    /// libbpf 1.1 does not know the type that the section names.
    private static func setTypes(_ object: OpaquePointer) {
        var program = unsafe bpf_object__next_program(object, nil)
        while unsafe program != nil {
            unsafe bpf_program__set_type(program, bpf_prog_type(UInt32(CKERNEL_PROGRAM_NETFILTER)))
            unsafe bpf_program__set_expected_attach_type(
                program, bpf_attach_type(UInt32(CKERNEL_ATTACH_NETFILTER)))
            unsafe program = bpf_object__next_program(object, program)
        }
    }

    /// The last line of a verifier's log that is not a statistic.
    private static func verdict(in log: String) -> String {
        log.split(separator: "\n").last { !$0.hasPrefix("processed ") }.map(String.init) ?? ""
    }

    /// The map called `name`, whose keys and values have the size of these types.
    func map<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) throws(NodeFilterError) -> KernelMap<Key, Value> {
        KernelMap(number: try mapNumber(name), owner: self)
    }

    /// The descriptor of the map called `name`, which lives as long as this object.
    func mapNumber(_ name: String) throws(NodeFilterError) -> Int32 {
        let number = unsafe bpf_object__find_map_fd_by_name(object, name)
        guard number >= 0 else { throw .failed(SystemError(object: name, .noSuchFileOrDirectory)) }
        return number
    }

    /// Attaches the program called `name` to a hook of the current network namespace.
    func attach(_ name: String, to hook: ckernel_hook, priority: Int32) throws(NodeFilterError) -> KernelLink {
        guard let program = unsafe bpf_object__find_program_by_name(object, name) else {
            throw .failed(SystemError(object: name, .noSuchFileOrDirectory))
        }
        let number = unsafe ckernel_attach(bpf_program__fd(program), hook, priority)
        guard number >= 0 else { throw NodeFilterError(refusing: Errno(rawValue: Glibc.errno)) }
        return KernelLink(number: number)
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
