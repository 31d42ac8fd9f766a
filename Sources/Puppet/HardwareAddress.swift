// SPDX-License-Identifier: BSD-2-Clause

/// An Ethernet address: `02:00:5e:00:53:01`.
public struct HardwareAddress: Hashable, Sendable {
    public static let size = 6
    /// The 48 bits, the first byte highest.
    public let bits: UInt64

    public init(bits: UInt64) {
        self.bits = bits & 0xFFFF_FFFF_FFFF
    }

    /// Whether an interface may have it: not a group's, and not nobody's.
    public var isUnicast: Bool { bits >> 40 & 1 == 0 && bits != 0 }

    public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: bits >> UInt64(40 - 8 * $0)) } }

    /// Nil unless there are six.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == HardwareAddress.size else { return nil }
        bits = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension HardwareAddress: CustomStringConvertible {
    public var description: String {
        var text = ""
        for byte in bytes {
            if !text.isEmpty { text += ":" }
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }

    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.count == 2 ? UInt8($0, radix: 16) : nil }
        guard parts.count == 6, bytes.count == 6 else { return nil }
        self.init(bytes)
    }
}
