// SPDX-License-Identifier: BSD-2-Clause

/// An IPv4 address and a port: `192.0.2.1:80`.
public struct IPv4Endpoint: Hashable, Sendable {
    public var address: IPv4Address
    public var port: UInt16

    @inlinable
    public init(_ address: IPv4Address, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension IPv4Endpoint: CustomStringConvertible {
    public var description: String { "\(address):\(port)" }

    /// Reads what `description` writes.
    public init?(_ text: some StringProtocol) {
        guard let (address, port) = parts(of: text), let address = IPv4Address(address) else { return nil }
        self.init(address, port: port)
    }
}

/// An IPv6 address and a port, written as RFC 3986 §3.2.2 has it: `[2001:db8::1]:80`.
public struct IPv6Endpoint: Hashable, Sendable {
    public var address: IPv6Address
    public var port: UInt16

    @inlinable
    public init(_ address: IPv6Address, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension IPv6Endpoint: CustomStringConvertible {
    public var description: String { "[\(address)]:\(port)" }

    /// Reads what `description` writes.
    public init?(_ text: some StringProtocol) {
        guard let (address, port) = parts(of: text), address.first == "[", address.last == "]",
            let address = IPv6Address(address.dropFirst().dropLast())
        else { return nil }
        self.init(address, port: port)
    }
}

/// What is before and behind the last colon; a port has no sign and no leading zero.
private func parts<Text: StringProtocol>(of text: Text) -> (address: Text.SubSequence, port: UInt16)? {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard let port = UInt16(digits), String(port) == digits else { return nil }
    return (text[..<colon], port)
}
