// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms

/// Who may have something to say about packets. Each is declared once, in `ask.h`.
public struct AskReason: Hashable, Sendable, CustomStringConvertible {
    fileprivate let number: UInt32

    private init(_ reason: ask_reason) { number = reason.rawValue }

    fileprivate init(number: UInt32) { self.number = number }

    /// Functions at the IPv4 hooks: a firewall's.
    public static let hook = AskReason(ASK_HOOK)
    /// A firewall at the ingress of the device.
    public static let deviceHook = AskReason(ASK_DEVICE_HOOK)
    public static let reversePath = AskReason(ASK_REVERSE_PATH)
    public static let trafficControl = AskReason(ASK_TRAFFIC_CONTROL)

    /// "the IPv4 firewall"
    public var description: String { unsafe String(cString: ckernel_ask_text(number)) }
}

extension AskSight {
    /// What there is to ask, in the order of the header.
    public var reasons: [AskReason] {
        (0..<UInt32(ASK_REASON_COUNT.rawValue)).filter { about >> $0 & 1 != 0 }.map { AskReason(number: $0) }
    }

    /// Whether every packet has to take the kernel's own way.
    public var isClosed: Bool { tag == .max }
}
