// SPDX-License-Identifier: BSD-2-Clause

// Ends of connections over either version of IP: one of IPv4 has a mapped address (RFC 4291 §2.5.5.2).
extension IPv6Endpoint {
    /// `[2001:db8::1]:7113`, or `192.0.2.1:7113` as a mapped one. Nil of anything else, port 0 among it.
    public init?(either text: some StringProtocol) {
        if let ipv6 = IPv6Endpoint(text) {
            self = ipv6
        } else if let ipv4 = IPv4Endpoint(text) {
            self.init(IPv6Address(mapped: ipv4.address), port: ipv4.port)
        } else {
            return nil
        }
        guard port != 0 else { return nil }
    }

    /// What `init(either:)` reads.
    public var eitherText: String { ipv4?.description ?? description }

    /// Of a mapped address.
    public var ipv4: IPv4Endpoint? { address.mapped.map { IPv4Endpoint($0, port: port) } }

    /// Of ::1, or of 127.0.0.0/8 as a mapped one.
    public var isLoopback: Bool { address == .loopback || address.mapped.map { $0.bits >> 24 == 127 } ?? false }
}

extension IPv6Address {
    /// `2001:db8::1`, and of a mapped one `192.0.2.1`.
    public var eitherText: String { mapped?.description ?? description }
}
