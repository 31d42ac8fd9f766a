// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
internal import Synchronization
import SystemIO
import SystemPackage

extension KernelObject {
    /// Shows the programs of this object what a network namespace has at its IPv4 hooks from its beginning, such as
    /// AppArmor's functions. What is there besides is somebody's firewall, and until this is known, everything is. Without
    /// CAP_SYS_ADMIN there is no new network namespace to look at: then every function is taken for a firewall's.
    func learnBaseline() throws(KernelProgramError) {
        let number = try programNumber(ASK_MEASURE_PROGRAM)
        let outcome = Mutex<KernelProgramError?>(nil)
        do throws(SystemError) {
            try inNewNetwork {
                // Over an IPv4 header with nothing in it.
                let frame = [UInt8](repeating: 0, count: 12) + [0x08, 0x00] + [UInt8](repeating: 0, count: 60)
                do throws(KernelProgramError) {
                    _ = try KernelObject.run(number, over: frame, at: 1)
                } catch {
                    outcome.withLock { $0 = error }
                }
            }
        } catch {
            guard error.errno == .notPermitted else { throw .failed(error) }
            let baseline = try map(ASK_BASELINE_MAP, UInt32.self, ask_baseline.self)
            var nothing = ask_baseline()
            nothing.is_known = 1
            try baseline.set(0, to: nothing)
        }
        if let error = outcome.withLock({ $0 }) { throw error }
    }
}
