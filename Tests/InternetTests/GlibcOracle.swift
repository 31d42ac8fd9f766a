// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Internet

/// The C library's reading and printing of addresses.
enum GlibcOracle {
    static func ipv4(_ text: String) -> IPv4Address? {
        var network = in_addr()
        guard unsafe inet_pton(AF_INET, text, &network) == 1 else { return nil }
        return IPv4Address(bits: UInt32(bigEndian: network.s_addr))
    }

    static func ipv6(_ text: String) -> IPv6Address? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        return bytes.withRaw { $0.ipv6Address(at: 0) }
    }

    static func text(of address: IPv6Address) -> String? {
        let halves = [address.high.bigEndian, address.low.bigEndian]
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, halves, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
