// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// The binary header of the PROXY protocol, version 2 (§2.2 of its specification), for TCP over IPv6: 12 bytes of
/// signature, version 2 and command PROXY, family AF_INET6 and SOCK_STREAM, the length of what follows, the client's
/// address, the one it asked for, and the two ports.
enum ProxyHeader {
    static let size = 52

    /// Writes the header to the first 52 bytes.
    static func write(_ request: RelayRequest, to bytes: inout MutableRawSpan) {
        bytes.put(0x0D0A_0D0A as UInt32, at: 0)
        bytes.put(0x000D_0A51 as UInt32, at: 4)
        bytes.put(0x5549_540A as UInt32, at: 8)
        bytes.put(0x21 as UInt8, at: 12)
        bytes.put(0x21 as UInt8, at: 13)
        bytes.put(36 as UInt16, at: 14)
        bytes.put(request.client.address, at: 16)
        bytes.put(request.destination.address, at: 32)
        bytes.put(request.client.port, at: 48)
        bytes.put(request.destination.port, at: 50)
    }
}
