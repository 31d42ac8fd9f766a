// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
import SystemIO
import SystemPackage

extension KernelObject {
    /// Runs a program over a frame that begins with an Ethernet header, as if it were at an interface of this network
    /// namespace (BPF_PROG_TEST_RUN). What it redirects or sends stays where it is.
    func run(
        _ name: String, over frame: [UInt8], at interface: UInt32
    ) throws(KernelProgramError) -> (verdict: Int32, frame: [UInt8]) {
        try KernelObject.run(try programNumber(name), over: frame, at: interface)
    }

    static func run(
        _ program: Int32, over frame: [UInt8], at interface: UInt32
    ) throws(KernelProgramError) -> (verdict: Int32, frame: [UInt8]) {
        var context = unsafe __sk_buff()
        unsafe context.ifindex = interface
        return try unsafe run(program, over: frame, &context)
    }

    /// The same, with a context that the program may read, and in which it may leave something (`cb`).
    static func run(
        _ program: Int32, over frame: [UInt8], _ context: inout __sk_buff
    ) throws(KernelProgramError) -> (verdict: Int32, frame: [UInt8]) {
        unsafe try check(withUnsafeMutableBytes(of: &context) { unsafe run(program, over: frame, $0) })
    }

    /// The same of a program for frames (XDP). At the interface there must be one.
    func runExpress(
        _ name: String, over frame: [UInt8], at interface: UInt32
    ) throws(KernelProgramError) -> (verdict: Int32, frame: [UInt8]) {
        let program = try programNumber(name)
        var context = xdp_md()
        context.data_end = UInt32(frame.count)
        context.ingress_ifindex = interface
        return unsafe try KernelObject.check(
            withUnsafeMutableBytes(of: &context) { unsafe KernelObject.run(program, over: frame, $0) })
    }

    private typealias Outcome = (status: Int32, verdict: Int32, frame: [UInt8])

    private static func check(_ outcome: Outcome) throws(KernelProgramError) -> (verdict: Int32, frame: [UInt8]) {
        guard outcome.status == 0 else {
            throw .failed(SystemError("BPF_PROG_TEST_RUN", Errno(rawValue: -outcome.status)))
        }
        return (outcome.verdict, outcome.frame)
    }

    private static func run(
        _ program: Int32, over frame: [UInt8], _ context: UnsafeMutableRawBufferPointer
    ) -> Outcome {
        var after = [UInt8](repeating: 0, count: frame.count + 256)
        var verdict: UInt32 = 0
        var length: UInt32 = 0
        let status = unsafe frame.withUnsafeBytes { frame in
            unsafe after.withUnsafeMutableBytes { after in
                var options = unsafe bpf_test_run_opts()
                unsafe options.sz = MemoryLayout<bpf_test_run_opts>.size
                unsafe options.data_in = frame.baseAddress
                unsafe options.data_size_in = UInt32(frame.count)
                unsafe options.data_out = after.baseAddress
                unsafe options.data_size_out = UInt32(after.count)
                unsafe options.ctx_in = UnsafeRawPointer(context.baseAddress)
                unsafe options.ctx_size_in = UInt32(context.count)
                unsafe options.ctx_out = UnsafeMutableRawPointer(context.baseAddress)
                unsafe options.ctx_size_out = UInt32(context.count)
                let status = unsafe bpf_prog_test_run_opts(program, &options)
                verdict = unsafe options.retval
                length = unsafe options.data_size_out
                return status
            }
        }
        return (status, Int32(bitPattern: verdict), Array(after.prefix(Int(length))))
    }
}
