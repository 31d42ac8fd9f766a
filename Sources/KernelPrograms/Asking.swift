// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
internal import Synchronization
import SystemIO
import SystemPackage

extension KernelObject {
    /// An IPv4 header with nothing in it, for programs that do not look at the packet.
    static let anyFrame = [UInt8](repeating: 0, count: 12) + [0x08, 0x00] + [UInt8](repeating: 0, count: 60)

    /// Shows the programs of this object what a network namespace has at its IPv4 hooks from its beginning, such as
    /// AppArmor's functions. What is there besides is somebody's firewall, and until this is known, everything is. Without
    /// CAP_SYS_ADMIN there is no new network namespace to look at: then every function is taken for a firewall's.
    /// - Throws: `.field`: the kernel does not have what the programs look at.
    func learnBaseline() throws(KernelProgramError) {
        let number = try programNumber(ASK_MEASURE_PROGRAM)
        let outcome = Mutex<KernelProgramError?>(nil)
        do throws(SystemError) {
            try inNewNetwork {
                // The first bridge of a network namespace brings a function along that keeps packets from meeting one
                // firewall twice (br_netfilter), and that never goes. Without, nobody loads a module for it.
                if kernelVariable("net/bridge/bridge-nf-call-iptables") != nil { try? addBridge("bridge") }
                do throws(KernelProgramError) {
                    try KernelObject.measure(number)
                } catch {
                    outcome.withLock { $0 = error }
                }
            }
        } catch {
            guard error.errno == .notPermitted else { throw .failed(error) }
            // Which fields are missing is the same everywhere.
            try KernelObject.measure(number)
            let baseline = try map(ASK_BASELINE_MAP, UInt32.self, ask_baseline.self)
            var nothing = ask_baseline()
            nothing.generation = monotonicNanoseconds() | 1
            try baseline.set(0, to: nothing)
        }
        if let error = outcome.withLock({ $0 }) { throw error }
    }

    private static func measure(_ program: Int32) throws(KernelProgramError) {
        let (missing, _) = try run(program, over: anyFrame, at: 1)
        guard missing != Int32(ASK_FIELD_COUNT) else { return }
        throw .field(unsafe String(cString: ckernel_ask_field(UInt32(bitPattern: missing))))
    }
}
