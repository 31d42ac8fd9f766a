// SPDX-License-Identifier: BSD-2-Clause
public import Foundation

/// An IPv6 socket that never waits, closed with it.
public final class TestSocket: Sendable {
    public let number: Int32

    /// Opens it in the namespace.
    public convenience init(in namespace: Namespace, type: __socket_type, proto: Int32 = 0) throws {
        try self.init(in: namespace.network, type: type, proto: proto)
    }

    public init(in network: Network, type: __socket_type, proto: Int32 = 0) throws {
        number = try network.inside {
            socket(AF_INET6, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), proto)
        }
        guard number >= 0 else { throw CommandFailure(description: "socket: errno \(errno)") }
    }

    deinit {
        close(number)
    }

    /// Binds it to an address; `interface` is the index that a link-local one needs.
    public func bind(_ address: String, port: UInt16, interface: UInt32 = 0) throws {
        let status = withAddress(address, port, interface) { Foundation.bind(number, $0, $1) }
        guard status == 0 else { throw CommandFailure(description: "bind \(address): errno \(errno)") }
    }

    /// Lets it be bound to what no interface has: IP_FREEBIND.
    public func bindsAnywhere() throws {
        var yes: Int32 = 1
        guard setsockopt(number, Int32(IPPROTO_IP), IP_FREEBIND, &yes, 4) == 0 else {
            throw CommandFailure(description: "setsockopt: errno \(errno)")
        }
    }

    /// The errno of connect(2); EINPROGRESS is its good beginning.
    public func connect(_ address: String, port: UInt16, interface: UInt32 = 0) -> Int32 {
        withAddress(address, port, interface) { Foundation.connect(number, $0, $1) } == 0 ? 0 : errno
    }

    /// The errno of sendto(2); 0: sent.
    public func send(_ bytes: [UInt8], to address: String, port: UInt16 = 0, interface: UInt32 = 0) -> Int32 {
        withAddress(address, port, interface) { sendto(number, bytes, bytes.count, 0, $0, $1) } >= 0 ? 0 : errno
    }

    /// The next message, if there is one.
    public func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(number, &buffer, buffer.count, 0)
        return count >= 0 ? Array(buffer.prefix(count)) : nil
    }

    /// Is it established?
    public var isConnected: Bool {
        var peer = sockaddr_storage(), size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &peer) { bytes in
            guard let name = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return getpeername(number, name, &size) == 0
        }
    }

    public func listen() throws {
        guard Foundation.listen(number, 16) == 0 else { throw CommandFailure(description: "listen: errno \(errno)") }
    }

    private func withAddress<Result>(
        _ address: String, _ port: UInt16, _ interface: UInt32,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        name.sin6_scope_id = interface
        let isAddress = inet_pton(AF_INET6, address, &name.sin6_addr) == 1
        precondition(isAddress, "a test names an address that is none")
        return withUnsafePointer(to: name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
