// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// What kind of socket one is that another process has made: the arguments of socket(2), and whether it listens.
struct SocketKind: Equatable {
    var family: Int32
    var type: Int32
    var proto: Int32
    var isListening = false

    init(_ family: Int32, _ type: __socket_type, _ proto: Int32, isListening: Bool = false) {
        self.family = family
        self.type = Int32(type.rawValue)
        self.proto = proto
        self.isListening = isListening
    }
}

extension Descriptor {
    /// - Throws: ENOTSOCK.
    func socketKind() throws(SystemError) -> SocketKind {
        var kind = SocketKind(try option(SO_DOMAIN), SOCK_STREAM, try option(SO_PROTOCOL))
        kind.type = try option(SO_TYPE)
        kind.isListening = try option(SO_ACCEPTCONN) != 0
        return kind
    }

    /// - Throws: EPROTOTYPE if it is another kind of socket, ENOTSOCK if it is none.
    func require(_ kind: SocketKind) throws(SystemError) {
        guard try socketKind() == kind else { throw SystemError("getsockopt", .protocolWrongTypeForSocket) }
    }

    /// The same of TCP, over either version of IP.
    func requireTCP(isListening: Bool) throws(SystemError) {
        var kind = try socketKind()
        if kind.family == AF_INET { kind.family = AF_INET6 }
        guard kind == SocketKind(AF_INET6, SOCK_STREAM, Int32(IPPROTO_TCP), isListening: isListening) else {
            throw SystemError("getsockopt", .protocolWrongTypeForSocket)
        }
    }

    /// Which protocol a raw IPv4 socket is for whose packets have headers.
    func protocolOfTunnel() throws(SystemError) -> Int32 {
        let kind = try socketKind()
        guard kind == SocketKind(AF_INET, SOCK_RAW, kind.proto), try option(IP_HDRINCL, Int32(IPPROTO_IP)) != 0 else {
            throw SystemError("getsockopt", .protocolWrongTypeForSocket)
        }
        return kind.proto
    }

    private func option(_ name: Int32, _ level: Int32 = SOL_SOCKET) throws(SystemError) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let number = number
        try must("getsockopt") { unsafe getsockopt(number, level, name, &value, &size) }
        return value
    }
}
