// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// The header of the PROXY protocol, version 2, by which a server learns who connects to it through the relay (HAProxy's
/// proxy-protocol.txt §2.2). It goes before the first byte of the client.
public enum ProxyHeader {
    /// Bytes that no other protocol starts with.
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    /// The 52 bytes for a connection from `client` to `asked`, the IPv6 address that stands for the server.
    public static func bytes(from client: IPv6Endpoint, to asked: IPv6Endpoint) -> [UInt8] {
        var bytes = signature
        bytes.append(0x21)  // version 2, command PROXY
        bytes.append(0x21)  // AF_INET6, SOCK_STREAM
        bytes += bigEndian(UInt16(36))  // of what follows
        for address in [client.address, asked.address] {
            bytes += bigEndian(address.high) + bigEndian(address.low)
        }
        return bytes + bigEndian(client.port) + bigEndian(asked.port)
    }
}

/// The bytes of a number, the most significant first.
func bigEndian<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> Number($0)) }
}
