// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// One rule of who may reach what: a line of faithd.conf(5), or words.
///
///     2001:db8::/32 permit 10.0.0.0/8 192.0.2.1
///     permit 2001:db8::/32 10.0.0.0/8 from 192.0.2.1
public struct AccessRule: Hashable, Sendable {
    public enum Action: String, Hashable, Sendable {
        case permit, deny
    }

    public var action: Action
    /// The clients.
    public var clients: IPv6Prefix
    /// The servers, by their IPv4 addresses.
    public var servers: IPv4Prefix
    /// The IPv4 address to connect from; nil leaves it to the routing table. A rule that denies may have one, as in
    /// faithd.conf(5), where it means nothing.
    public var source: IPv4Address?

    public init(_ action: Action, _ clients: IPv6Prefix, _ servers: IPv4Prefix, from source: IPv4Address? = nil) {
        self.action = action
        self.clients = clients
        self.servers = servers
        self.source = source
    }

    /// The line of faithd.conf(5).
    public var line: String {
        "\(clients) \(action.rawValue) \(servers)" + (source.map { " \($0)" } ?? "")
    }

    public var words: [String] {
        [action.rawValue, clients.description, servers.description] + (source.map { ["from", $0.description] } ?? [])
    }

    /// Whether the rule's servers are within the block that makes `server` private or shared; true of all others.
    ///
    /// To be permitted, such an address must be named: `permit ::/0 0.0.0.0/0` does not name 10.0.0.1, so that opening the
    /// Internet does not open what is behind the relay; `permit ::/0 10.0.0.0/8` does.
    func names(_ server: IPv4Address) -> Bool {
        guard let block = IPv4Prefix.privateBlocks.first(where: { $0.contains(server) }) else { return true }
        return servers.length >= block.length
    }
}

extension IPv4Prefix {
    /// RFC 1918 §3 and RFC 6598 §7.
    static let privateBlocks = [
        IPv4Prefix(IPv4Address(bits: 0x0A00_0000), length: 8),
        IPv4Prefix(IPv4Address(bits: 0x6440_0000), length: 10),
        IPv4Prefix(IPv4Address(bits: 0xAC10_0000), length: 12),
        IPv4Prefix(IPv4Address(bits: 0xC0A8_0000), length: 16),
    ]
}
