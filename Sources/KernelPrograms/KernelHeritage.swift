// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
import SystemIO

/// Where the maps and links of one owner's programs are while one process takes the place of another: in an estate, by
/// their names behind the owner's.
struct KernelHeritage {
    let estate: Estate
    let prefix: String

    func leave(_ descriptor: consuming Descriptor, as name: String) throws(SystemError) {
        try estate.leave(descriptor, as: "\(prefix).\(name)")
    }

    func take(_ name: String) -> Descriptor? { estate.take("\(prefix).\(name)") }

    func takeLink(_ program: String) -> KernelLink? {
        guard let descriptor = take(program) else { return nil }
        return KernelLink(descriptor)
    }
}

extension KernelObject {
    /// Puts a map that was left in the place of one that is not loaded yet. False: it has another shape, as that of another
    /// version may.
    static func reuse(_ descriptor: consuming Descriptor, for map: OpaquePointer) -> Bool {
        descriptor.withNumber { number in
            guard unsafe has(number, theShapeOf: map) else { return false }
            // It has a descriptor of its own then.
            return unsafe bpf_map__reuse_fd(map, number) == 0
        }
    }

    private static func has(_ number: Int32, theShapeOf map: OpaquePointer) -> Bool {
        var info = bpf_map_info()
        var size = UInt32(MemoryLayout<bpf_map_info>.size)
        guard unsafe bpf_obj_get_info_by_fd(number, &info, &size) == 0 else { return false }
        return unsafe info.type == bpf_map__type(map).rawValue && info.key_size == bpf_map__key_size(map)
            && info.value_size == bpf_map__value_size(map) && info.max_entries == bpf_map__max_entries(map)
            && info.map_flags == bpf_map__map_flags(map)
    }
}

/// A program's place at a hook. The kernel calls it no more when the last descriptor goes, also by the end of a process.
struct KernelLink: ~Copyable {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    var number: Int32 { descriptor.withNumber { $0 } }

    /// Has the kernel call another program instead. False: it cannot be.
    func update(to program: Int32) -> Bool {
        descriptor.withNumber { bpf_link_update($0, program, nil) } == 0
    }

    /// Where it is at a device; the device is 0 if that is gone. Nil: it is something else.
    var place: (device: UInt32, hook: UInt32)? {
        var place = (device: UInt32(0), hook: UInt32(0))
        let status = descriptor.withNumber { unsafe ckernel_link_place($0, &place.device, &place.hook) }
        return status == 0 ? place : nil
    }

    /// Ends it, whoever has a descriptor.
    func detach() {
        // If it was no link, or ended before, there is nothing to end.
        _ = descriptor.withNumber { bpf_link_detach($0) }
    }

    func leave(to heritage: KernelHeritage, as program: String) throws(SystemError) {
        try heritage.leave(descriptor.duplicate(), as: program)
    }
}
