// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// One end of a TCP connection over IPv6: `[2001:db8::1]:21`.
public struct IPv6Endpoint: Hashable, Sendable, CustomStringConvertible {
    public var address: IPv6Address
    public var port: UInt16

    public init(_ address: IPv6Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    public var description: String { "[\(address)]:\(port)" }
}

/// One end of a TCP connection over IPv4: `192.0.2.1:21`.
public struct IPv4Endpoint: Hashable, Sendable, CustomStringConvertible {
    public var address: IPv4Address
    public var port: UInt16

    public init(_ address: IPv4Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    public var description: String { "\(address):\(port)" }
}
