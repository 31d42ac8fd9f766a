// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms

/// What `stf.h` says of the reason with a number.
public enum StfReasonText {
    /// "not-for-us"
    public static func name(_ number: UInt32) -> String { unsafe String(cString: ckernel_stf_reason_name(number)) }

    /// "the outer destination is not the address of the interface"
    public static func description(_ number: UInt32) -> String {
        unsafe String(cString: ckernel_stf_reason_text(number))
    }
}
