// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
import Glibc
import SystemIO
import SystemPackage

/// Programs and maps inside the kernel, of one embedded object. They go with it, but for what is left to a successor.
@safe final class KernelObject {
    private let object: OpaquePointer
    private let feature: KernelFeature
    /// Maps that belong to another object, or are the matter of libbpf.
    private let foreign: Set<String>
    /// Maps that were left by another process, with what is in them; and those that had another shape, and begin empty.
    let inherited: Set<String>
    let begunAnew: Set<String>

    /// Has the kernel check and load all programs of an object. With those of node.bpf.c that takes about half a second.
    /// - Parameter feature: what they need at least.
    /// - Parameter other: an object whose maps take the place of those with the same names.
    /// - Parameter find: finds those that another process has left; they take their places if they have the same shape.
    /// - Parameter program: one that is else left out; it alone is loaded. Nil: all others are.
    /// - Parameter types: a file of what the kernel's types are (BTF), where that is not to be asked of the kernel.
    init(
        loading bytes: [UInt8], only program: String? = nil, needing feature: KernelFeature,
        sharing other: KernelObject? = nil, types: String? = nil,
        reusing find: (_ map: String) -> Descriptor? = { _ in nil }
    ) throws(KernelProgramError) {
        ckernel_silence()
        var foreign: Set<String> = []
        var inherited: Set<String> = []
        var begunAnew: Set<String> = []
        var log = [CChar](repeating: 0, count: 65536)
        var opened: OpaquePointer?
        // Null is the kernel's own.
        let typesPath: UnsafeMutablePointer<CChar>? = unsafe types.flatMap { unsafe strdup($0) }
        defer { unsafe free(typesPath) }
        let failure: Errno? = unsafe bytes.withUnsafeBytes { bytes in
            unsafe log.withUnsafeMutableBufferPointer { log in
                var options = unsafe bpf_object_open_opts()
                unsafe options.sz = MemoryLayout<bpf_object_open_opts>.size
                unsafe options.kernel_log_buf = log.baseAddress
                unsafe options.kernel_log_size = log.count
                unsafe options.btf_custom_path = UnsafePointer(typesPath)
                unsafe opened = bpf_object__open_mem(bytes.baseAddress, bytes.count, &options)
                guard let object = unsafe opened else { return Errno(rawValue: Glibc.errno) }
                unsafe KernelObject.setTypes(object)
                if let program { unsafe KernelObject.choose(program, of: object) }
                var status: Int32 = 0
                unsafe KernelObject.forEachMap(of: object) { map, name in
                    guard status == 0 else { return }
                    if unsafe bpf_map__is_internal(map) {
                        foreign.insert(name)
                    } else if let lender = other, let number = lender.number(ofMap: name) {
                        foreign.insert(name)
                        status = unsafe bpf_map__reuse_fd(map, number)
                    } else if let old = find(name) {
                        let isReused = unsafe KernelObject.reuse(old, for: map)
                        if isReused { inherited.insert(name) } else { begunAnew.insert(name) }
                    }
                }
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
        self.foreign = foreign
        self.inherited = inherited
        self.begunAnew = begunAnew
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

    private static func choose(_ name: String, of object: OpaquePointer) {
        var next = unsafe bpf_object__next_program(object, nil)
        while let program = unsafe next {
            unsafe next = bpf_object__next_program(object, program)
            guard let other = unsafe bpf_program__name(program) else { continue }
            _ = unsafe bpf_program__set_autoload(program, String(cString: other) == name)
        }
    }

    private static func forEachMap(of object: OpaquePointer, _ body: (OpaquePointer, String) -> Void) {
        var next = unsafe bpf_object__next_map(object, nil)
        while let map = unsafe next {
            unsafe next = bpf_object__next_map(object, map)
            guard let name = unsafe bpf_map__name(map) else { continue }
            unsafe body(map, String(cString: name))
        }
    }

    /// Leaves the maps to another process; they are shared until this goes.
    func leaveMaps(to heritage: KernelHeritage) throws(SystemError) {
        var names: [String] = []
        unsafe KernelObject.forEachMap(of: object) { _, name in
            if !foreign.contains(name) { names.append(name) }
        }
        for name in names {
            guard let number = number(ofMap: name) else { continue }
            try heritage.leave(Descriptor(duplicating: number), as: name)
        }
    }

    func number(ofMap name: String) -> Int32? {
        let number = unsafe bpf_object__find_map_fd_by_name(object, name)
        return number >= 0 ? number : nil
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
        guard let number = number(ofMap: name) else { throw .failed(SystemError(object: name, .noSuchFileOrDirectory)) }
        return number
    }

    /// Attaches the program called `name` to a hook of the current network namespace.
    /// - Parameter heritage: where there may be the link of the program whose place it takes.
    ///
    /// The kernel cannot change the program of such a link, nor has it two of one priority. So that no packet meets no
    /// program, another link of this one stands in while the old one goes; a packet that comes just then meets two.
    func attach(
        _ name: String, to hook: ckernel_hook, priority: Int32, replacing heritage: KernelHeritage? = nil
    ) throws(KernelProgramError) -> KernelLink {
        guard let old = heritage?.takeLink(name) else { return try attach(name, to: hook, priority) }
        let standIn = try attach(name, to: hook, priority - KernelObject.aside)
        // Whoever else has the descriptor cannot hold up the program's end.
        old.detach()
        let link = try attach(name, to: hook, priority)
        // Not before the new one is in its place.
        _ = consume standIn
        return link
    }

    /// So far from a program's priority its stand-in is, where no other program of ours is.
    private static let aside: Int32 = 4

    private func attach(
        _ name: String, to hook: ckernel_hook, _ priority: Int32
    ) throws(KernelProgramError) -> KernelLink {
        let number = ckernel_attach(try programNumber(name), hook, priority)
        guard number >= 0 else {
            throw KernelProgramError(refusing: Errno(rawValue: Glibc.errno), needing: feature)
        }
        return KernelLink(Descriptor(owning: number))
    }

    /// Attaches the program called `name` to the lookup of listening sockets in the current network namespace.
    /// - Parameter heritage: where there may be the link of the program whose place it takes, from one lookup to the next.
    func attachToLookup(
        _ name: String, replacing heritage: KernelHeritage? = nil
    ) throws(KernelProgramError) -> KernelLink {
        // One that cannot have another program is none of ours, or its network namespace is gone.
        if let old = heritage?.takeLink(name), old.update(to: try programNumber(name)) { return old }
        let namespace = unsafe Glibc.open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard namespace >= 0 else { throw .failed(SystemError("open", Errno(rawValue: Glibc.errno))) }
        defer { close(namespace) }
        let number = bpf_link_create(try programNumber(name), namespace, BPF_SK_LOOKUP, nil)
        guard number >= 0 else { throw KernelProgramError(refusing: Errno(rawValue: -number), needing: feature) }
        return KernelLink(Descriptor(owning: number))
    }

    func programNumber(_ name: String) throws(KernelProgramError) -> Int32 {
        guard let program = unsafe bpf_object__find_program_by_name(object, name) else {
            throw .failed(SystemError(object: name, .noSuchFileOrDirectory))
        }
        return unsafe bpf_program__fd(program)
    }
}
