// SPDX-License-Identifier: BSD-2-Clause
internal import CPacketFilter

/// Why words are no filter, as libpcap says it.
public struct PacketFilterError: Error, Equatable, Sendable {
    public let reason: String
}

/// The words of pcap-filter(7) as a program of classic BPF for the frames of an Ethernet.
public enum PacketFilter {
    /// More the kernel would not take beside a tunnel's own.
    private static let longest = 2048

    /// An instruction in each number: its code in the highest 16 bits, then both jumps, then the constant.
    public static func program(_ words: String) throws(PacketFilterError) -> [UInt64] {
        var program = [UInt64](repeating: 0, count: longest)
        var error = [CChar](repeating: 0, count: CPACKETFILTER_ERROR_SIZE)
        let count = unsafe cpacketfilter_compile(words, &program, UInt32(longest), &error)
        guard count >= 0 else {
            let text = error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw PacketFilterError(reason: String(decoding: text, as: UTF8.self))
        }
        return Array(program.prefix(Int(count)))
    }

    /// The same in sixteen hexadecimal digits each.
    public static func digits(_ program: [UInt64]) -> String {
        var text = ""
        for instruction in program {
            let digits = String(instruction, radix: 16)
            text += String(repeating: "0", count: 16 - digits.count) + digits
        }
        return text
    }
}
