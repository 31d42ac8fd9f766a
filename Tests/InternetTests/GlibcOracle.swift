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

    /// As getaddrinfo(3) with AI_NUMERICHOST reads it.
    static func scoped(_ text: String) -> ScopedAddress? {
        var hints = addrinfo()
        hints.ai_family = AF_INET6
        hints.ai_flags = AI_NUMERICHOST
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(text, nil, &hints, &list) == 0, let first = unsafe list else { return nil }
        defer { unsafe freeaddrinfo(list) }
        var address = unsafe UnsafeRawPointer(first.pointee.ai_addr).loadUnaligned(as: sockaddr_in6.self)
        let bytes = unsafe withUnsafeBytes(of: &address.sin6_addr) { unsafe [UInt8]($0) }
        return ScopedAddress(bytes.withRaw { $0.ipv6Address(at: 0) }, zone: address.sin6_scope_id)
    }

    /// As getnameinfo(3) with NI_NUMERICHOST prints it.
    static func text(of scoped: ScopedAddress) -> String? {
        var socket = sockaddr_in6()
        socket.sin6_family = sa_family_t(AF_INET6)
        socket.sin6_scope_id = scoped.zone
        let halves = (scoped.address.high.bigEndian, scoped.address.low.bigEndian)
        unsafe withUnsafeMutableBytes(of: &socket.sin6_addr) { address in
            unsafe withUnsafeBytes(of: halves) { unsafe address.copyMemory(from: $0) }
        }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let failure = unsafe withUnsafePointer(to: &socket) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getnameinfo(
                    $0, socklen_t(MemoryLayout<sockaddr_in6>.size), &text, socklen_t(text.count), nil, 0,
                    NI_NUMERICHOST)
            }
        }
        guard failure == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func text(of address: IPv6Address) -> String? {
        let halves = [address.high.bigEndian, address.low.bigEndian]
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, halves, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
