// SPDX-License-Identifier: BSD-2-Clause
import Internet

/// Why a rule cannot be read: `2001:db8::/129: not an IPv6 prefix`.
public struct AccessRuleError: Error, Hashable, Sendable {
    public var reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    init(_ value: String, _ reason: String) {
        self.reason = "\(value.printable): \(reason)"
    }
}

extension AccessRule {
    /// Reads a line of faithd.conf(5), already cut into its words: clients, `permit` or `deny`, servers, and perhaps the
    /// address to connect from. A prefix without a length is one host.
    ///
    /// `2001:db8::/32 permit 0.0.0.0/0` passes, `2001:db8::/32 allow 0.0.0.0/0` does not. faithd(8) takes an unknown keyword
    /// for `deny` and leaves out a line with a bad prefix; here both are errors, as whoever wrote them meant something else.
    public init(fields: [String]) throws(AccessRuleError) {
        guard (3...4).contains(fields.count) else {
            throw AccessRuleError("wants: clients permit|deny servers [source]")
        }
        try self.init(
            action: fields[1], clients: fields[0], servers: fields[2], source: fields.count == 4 ? fields[3] : nil)
    }

    /// Reads `permit 2001:db8::/32 0.0.0.0/0`, `deny ::/0 10.0.0.0/8`, `permit ::/0 0.0.0.0/0 from 192.0.2.1`.
    public init(words: [String]) throws(AccessRuleError) {
        guard words.count == 3 || words.count == 5 && words[3] == "from" else {
            throw AccessRuleError("wants: permit|deny clients servers [from source]")
        }
        try self.init(
            action: words[0], clients: words[1], servers: words[2], source: words.count == 5 ? words[4] : nil)
    }

    private init(action: String, clients: String, servers: String, source: String?) throws(AccessRuleError) {
        guard let parsedAction = Action(rawValue: action.lowercased()) else {
            throw AccessRuleError(action, "neither permit nor deny")
        }
        guard let parsedClients = IPv6Prefix(reading: clients, hostLength: 128) else {
            throw AccessRuleError(clients, "not an IPv6 prefix")
        }
        guard let parsedServers = IPv4Prefix(reading: servers, hostLength: 32) else {
            throw AccessRuleError(servers, "not an IPv4 prefix")
        }
        self.init(parsedAction, parsedClients, parsedServers, from: try AccessRule.source(source))
    }

    /// An address that a connection can come from: `10.0.0.1`, not `127.0.0.1`, from which nothing gets out.
    private static func source(_ text: String?) throws(AccessRuleError) -> IPv4Address? {
        guard let text else { return nil }
        guard let address = IPv4Address(text) else { throw AccessRuleError(text, "not an IPv4 address") }
        switch IPv4Rule.broken(by: address) {
        case .privateNetwork, .sharedSpace, nil: return address
        case .some(let rule): throw AccessRuleError(text, "cannot be a source: \(rule.description)")
        }
    }
}

extension String {
    /// With `?` for whatever could upset a terminal, and not longer than a prefix may be.
    var printable: String {
        let shown = unicodeScalars.prefix(64).map { (0x21...0x7E).contains($0.value) ? Character($0) : "?" }
        return String(shown) + (unicodeScalars.count > 64 ? "..." : "")
    }
}
