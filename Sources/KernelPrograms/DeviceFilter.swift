// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
internal import Netlink
import SystemIO
import SystemPackage

/// A program in a filter of traffic control: what kernels before Linux 6.6 have for programs at a device. It stays until it
/// is removed, whoever made it, and goes with the device.
///
/// It comes behind all other filters, with a preference that nobody else has, and is known again by its program.
struct DeviceFilter {
    let device: UInt32
    let hook: DeviceHook
    let preference: UInt32

    private static let handle: UInt32 = 1
    /// The last that there are.
    private static let preferences: ClosedRange<UInt32> = 0xFF00...0xFFFF

    /// Makes one. The qdisc that filters need at a device may be somebody's, and stays then.
    /// - Returns: whether the qdisc was made as well.
    static func make(
        _ program: Int32, at hook: DeviceHook, of device: UInt32
    ) throws(KernelProgramError) -> (filter: DeviceFilter, madeQdisc: Bool) {
        var place = hook.place(of: device)
        let made = unsafe bpf_tc_hook_create(&place)
        // The qdisc ingress of somebody else takes filters as well.
        guard made == 0 || made == -Errno.fileExists.rawValue else { throw refusal(made) }
        let taken = Set(try all(at: hook, of: device).map(\.preference))
        guard let preference = preferences.last(where: { !taken.contains($0) }) else { throw .occupied }
        let filter = DeviceFilter(device: device, hook: hook, preference: preference)
        try filter.put(program, replacing: false)
        return (filter, made == 0)
    }

    /// Finds the one that runs one of these programs, by the kernel's numbers.
    static func find(_ programs: Set<UInt32>, at hook: DeviceHook, of device: UInt32) -> DeviceFilter? {
        let found = try? all(at: hook, of: device).first { filter in
            filter.handle == handle && preferences.contains(filter.preference)
                && filter.program.map(programs.contains) ?? false
        }
        return found.map { DeviceFilter(device: device, hook: hook, preference: $0.preference) }
    }

    /// Has it run another program, from one packet to the next.
    func replace(with program: Int32) throws(KernelProgramError) {
        try put(program, replacing: true)
    }

    private func put(_ program: Int32, replacing: Bool) throws(KernelProgramError) {
        var (place, options) = (hook.place(of: device), options)
        options.prog_fd = program
        options.flags = replacing ? BPF_TC_F_REPLACE.rawValue : 0
        let status = unsafe bpf_tc_attach(&place, &options)
        guard status == 0 else { throw DeviceFilter.refusal(status) }
    }

    /// Removes it. If it went with its device or its qdisc, there is nothing to remove.
    func remove() {
        var (place, options) = (hook.place(of: device), options)
        _ = unsafe bpf_tc_detach(&place, &options)
    }

    private var options: bpf_tc_opts {
        var options = bpf_tc_opts()
        options.sz = MemoryLayout<Int>.size + 5 * MemoryLayout<UInt32>.size
        options.handle = DeviceFilter.handle
        options.priority = preference
        return options
    }

    /// Removes the qdisc of a device if nobody has a filter there.
    /// - Returns: whether there is none of ours any more.
    static func removeQdisc(of device: UInt32) -> Bool {
        do throws(KernelProgramError) {
            for hook in [DeviceHook.ingress, .egress] where try !all(at: hook, of: device).isEmpty { return false }
        } catch {
            return false
        }
        var place = DeviceHook.ingress.place(of: device)
        // Both sides at once: the qdisc itself.
        place.attach_point = bpf_tc_attach_point(BPF_TC_INGRESS.rawValue | BPF_TC_EGRESS.rawValue)
        _ = unsafe bpf_tc_hook_destroy(&place)
        return true
    }

    private static func all(at hook: DeviceHook, of device: UInt32) throws(KernelProgramError) -> [TrafficFilter] {
        do throws(NetlinkError) {
            return try RouteSocket().filters(at: device, isEgress: hook == .egress)
        } catch {
            throw .failed(SystemError("RTM_GETTFILTER", error.errno))
        }
    }

    private static func refusal(_ status: Int32) -> KernelProgramError {
        KernelProgramError(refusing: Errno(rawValue: -status), needing: .deviceProgram)
    }
}

extension DeviceHook {
    fileprivate func place(of device: UInt32) -> bpf_tc_hook {
        var place = bpf_tc_hook()
        // Up to its last field: libbpf wants what is behind to be 0, and a copy in Swift need not be.
        place.sz = MemoryLayout<Int>.size + 3 * MemoryLayout<UInt32>.size
        place.ifindex = Int32(bitPattern: device)
        switch self {
        case .ingress: place.attach_point = BPF_TC_INGRESS
        case .egress: place.attach_point = BPF_TC_EGRESS
        // No filter is there.
        case .express: break
        }
        return place
    }
}
