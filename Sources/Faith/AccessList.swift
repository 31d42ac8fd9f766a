// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// Who may reach what. The first rule that matches decides; where none does, the answer is no.
public struct AccessList: Hashable, Sendable {
    /// How many rules are looked at for each connection at most.
    public static let limit = 4096

    public let rules: [AccessRule]
    /// Whether what no rule matches is permitted, unless it is private or shared.
    private let isOpen: Bool

    /// Nil if there are more rules than ``limit``. Unlike faithd(8), for which no rules mean no restriction, an empty list
    /// permits nobody anything.
    public init?(_ rules: [AccessRule]) {
        guard rules.count <= AccessList.limit else { return nil }
        self.rules = rules
        isOpen = false
    }

    private init(isOpen: Bool) {
        rules = []
        self.isOpen = isOpen
    }

    /// What faithd(8) does without a configuration file: anyone may reach every address that is not private or shared.
    public static let open = AccessList(isOpen: true)
    public static let closed = AccessList(isOpen: false)

    /// What the list says of one connection; rules are numbered from 1.
    public enum Decision: Hashable, Sendable {
        /// No rule permits it if the list is ``open``.
        case permit(rule: Int?, from: IPv4Address?)
        case deny(rule: Int)
        case noRule
        /// No rule names the server, which is private or shared; but for that, it would be permitted.
        case unnamed(IPv4Rule)
    }

    public func decision(client: IPv6Address, server: IPv4Address) -> Decision {
        var isUnnamed = isOpen
        for (index, rule) in rules.enumerated() where rule.clients.contains(client) && rule.servers.contains(server) {
            switch rule.action {
            case .deny: return .deny(rule: index + 1)
            case .permit where rule.names(server): return .permit(rule: index + 1, from: rule.source)
            case .permit: isUnnamed = true
            }
        }
        guard isUnnamed else { return .noRule }
        let isPrivate = IPv4Prefix.privateBlocks.contains { $0.contains(server) }
        if isPrivate, let rule = IPv4Rule.broken(by: server) { return .unnamed(rule) }
        return .permit(rule: nil, from: nil)
    }
}
