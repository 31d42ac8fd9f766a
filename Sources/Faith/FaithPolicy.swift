// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What decides over the connections that a faith interface captures. A value that does not change; a new one is published
/// when an address, a network or a rule does.
public struct FaithPolicy: Hashable, Sendable {
    public var prefix: FaithPrefix
    public var access: AccessList
    /// This host's IPv4 addresses: what listens there for local use only would see a local client.
    public var own: Set<IPv4Address>
    /// Broadcast addresses of all directly connected networks.
    public var broadcasts: Set<IPv4Address>

    public init(
        prefix: FaithPrefix, access: AccessList, own: Set<IPv4Address> = [], broadcasts: Set<IPv4Address> = []
    ) {
        self.prefix = prefix
        self.access = access
        self.own = own
        self.broadcasts = broadcasts
    }

    public enum Verdict: Hashable, Sendable {
        /// To connect to `server`, from `source` if that is given. `rule` counts from 1.
        case relay(to: IPv4Address, from: IPv4Address?, rule: Int?)
        case refuse(FaithRefusal, rule: Int?)
    }

    /// Whether `client` may be connected with the server that `asked` stands for.
    ///
    /// No rule can permit what ``IPv4Rule`` has, but for private and shared addresses, nor this host's own.
    public func verdict(client: IPv6Address, asked: IPv6Address) -> Verdict {
        let server: IPv4Address
        do throws(FaithPrefixError) {
            server = try prefix.embedded(in: asked)
        } catch {
            return .refuse(FaithRefusal(error), rule: nil)
        }
        if let refusal = always(refusing: server) { return .refuse(refusal, rule: nil) }
        switch access.decision(client: client, server: server) {
        case .permit(let rule, let source): return .relay(to: server, from: source, rule: rule)
        case .deny(let rule): return .refuse(.denied, rule: rule)
        case .noRule: return .refuse(.noRule, rule: nil)
        case .unnamed(let rule): return .refuse(.destination(rule), rule: nil)
        }
    }

    /// Where nobody may go, whatever the rules say: `127.0.0.1`, `224.0.0.1`, our own address; not `10.0.0.1`.
    private func always(refusing server: IPv4Address) -> FaithRefusal? {
        switch IPv4Rule.broken(by: server) {
        case .privateNetwork, .sharedSpace, nil: break
        case .some(let rule): return .destination(rule)
        }
        if broadcasts.contains(server) { return .destination(.subnetBroadcast) }
        return own.contains(server) ? .ownAddress : nil
    }
}
