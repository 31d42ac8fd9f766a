// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What decides over the connections that a faith interface captures, but for where the kernel would lead them. A value
/// that does not change; a new one is published when a prefix or a rule does.
public struct FaithPolicy: Hashable, Sendable {
    public var prefix: FaithPrefix
    public var access: AccessList

    public init(prefix: FaithPrefix, access: AccessList) {
        self.prefix = prefix
        self.access = access
    }

    public enum Verdict: Hashable, Sendable {
        /// To connect to `server`, from `source` if that is given. `rule` counts from 1.
        case relay(to: IPv4Address, from: IPv4Address?, rule: Int?)
        case refuse(FaithRefusal, rule: Int?)
    }

    /// Whether `client` may be connected with the server that `asked` stands for.
    ///
    /// No rule can permit what ``IPv4Rule`` has, but for private and shared addresses.
    public func verdict(client: IPv6Address, asked: IPv6Address) -> Verdict {
        let server: IPv4Address
        do throws(FaithPrefixError) {
            server = try prefix.embedded(in: asked)
        } catch {
            return .refuse(FaithRefusal(error), rule: nil)
        }
        switch IPv4Rule.broken(by: server) {
        // 10.0.0.1 is for the rules.
        case .privateNetwork, .sharedSpace, nil: break
        // 127.0.0.1, 224.0.0.1
        case .some(let rule): return .refuse(.destination(rule), rule: nil)
        }
        switch access.decision(client: client, server: server) {
        case .permit(let rule, let source): return .relay(to: server, from: source, rule: rule)
        case .deny(let rule): return .refuse(.denied, rule: rule)
        case .noRule: return .refuse(.noRule, rule: nil)
        case .unnamed(let rule): return .refuse(.destination(rule), rule: nil)
        }
    }
}
