// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
public import Internet
internal import Synchronization
import SystemIO
import SystemPackage

/// Why the programs of stf take a packet through the interface though there is a shortcut. Each is declared once, in
/// `stf.h`.
public struct StfDetour: KernelReason {
    public static let count = Int(STF_DETOUR_COUNT.rawValue)

    public let number: UInt32

    public init(number: UInt32) {
        self.number = number
    }

    public var name: String { unsafe String(cString: ckernel_stf_detour_name(number)) }
    public var description: String { unsafe String(cString: ckernel_stf_detour_text(number)) }
}

extension StfPrograms {
    /// Says which interfaces packets may be taken past.
    /// - Parameter filter: the number of the program of ours that is at the hooks of IPv6, and has no say about forwarded
    ///   packets.
    /// - Parameter reach: what all their destinations are within; nil: anything.
    public func setShortcuts(
        _ interfaces: Set<UInt32>, pastFilter filter: UInt32?, reach: IPv6Prefix? = nil
    ) throws(KernelProgramError) {
        found.formIntersection(interfaces)
        for index in interfaces.subtracting(found)
        where (try? object.run(STF_FIND_PROGRAM, over: KernelObject.anyFrame, at: index)) != nil {
            found.insert(index)
        }
        let between = try object.map(STF_BETWEEN_MAP, UInt32.self, stf_between.self)
        guard var known = try between.value(of: 0, or: stf_between()) else { return }
        known.own_filter = filter ?? 0
        known.shortcuts = UInt32(clamping: interfaces.count)
        known.reach_length = UInt32(min(reach?.length ?? 0, 64))
        known.reach = reach?.address.high ?? 0
        try between.set(0, to: known)
    }
}

extension StfPrograms {
    /// Instructions of a program, and how many of them the verifier looked at, on all ways through it.
    package func size(of name: String) throws(KernelProgramError) -> (instructions: Int, verified: Int) {
        let information = try object.information(of: name)
        return (Int(information.xlated_prog_len) / 8, Int(information.verified_insns))
    }
}

extension KernelObject {
    /// Shows the programs who is at the hooks of IPv6 from a network namespace's beginning, as `learnBaseline` does it of
    /// IPv4.
    func learnWhoIsBetween() throws(KernelProgramError) {
        let number = try programNumber(STF_MEASURE_PROGRAM)
        let outcome = Mutex<KernelProgramError?>(nil)
        do throws(SystemError) {
            try inNewNetwork {
                do throws(KernelProgramError) {
                    _ = try KernelObject.run(number, over: KernelObject.anyFrame, at: 1)
                } catch {
                    outcome.withLock { $0 = error }
                }
            }
        } catch {
            guard error.errno == .notPermitted else { throw .failed(error) }
            var nobody = stf_between()
            nobody.generation = 1
            try map(STF_BETWEEN_MAP, UInt32.self, stf_between.self).set(0, to: nobody)
        }
        if let error = outcome.withLock({ $0 }) { throw error }
    }

    /// The kernel's number of the program called `name`.
    func identifier(of name: String) throws(KernelProgramError) -> UInt32 { try information(of: name).id }

    /// What the kernel tells of it.
    fileprivate func information(of name: String) throws(KernelProgramError) -> bpf_prog_info {
        var information = bpf_prog_info()
        var size = UInt32(MemoryLayout<bpf_prog_info>.size)
        let number = try programNumber(name)
        let status = unsafe withUnsafeMutablePointer(to: &information) { pointer in
            unsafe bpf_obj_get_info_by_fd(number, pointer, &size)
        }
        guard status == 0 else { throw .failed(SystemError("BPF_OBJ_GET_INFO_BY_FD", Errno(rawValue: -status))) }
        return information
    }
}
