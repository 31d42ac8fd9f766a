// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms

/// Why the programs of stf leave a packet to user space. Each is declared once, in `stf.h`.
public struct StfLeft: KernelReason {
    public static let count = Int(STF_LEFT_COUNT.rawValue)

    public let number: UInt32

    public init(number: UInt32) {
        self.number = number
    }

    /// Because there is something to ask.
    public static let inputAsked = Int(STF_LEFT_INPUT_ASKED.rawValue)
    public static let outputAsked = Int(STF_LEFT_OUTPUT_ASKED.rawValue)

    public var name: String { unsafe String(cString: ckernel_stf_left_name(number)) }
    public var description: String { unsafe String(cString: ckernel_stf_left_text(number)) }
    /// Of a packet from the IPv4 side; otherwise, of one to it.
    public var isOfInput: Bool { ckernel_stf_left_direction(number) == STF_INPUT }
}
