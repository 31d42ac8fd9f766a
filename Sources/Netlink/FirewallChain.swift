// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
import SystemPackage

/// A chain of nft(8) that IPv4 packets come by, at a hook of the network stack or of a device.
public struct FirewallChain: Equatable, Sendable {
    /// `ip`, `inet` or `netdev`.
    public var family: String
    public var table: String
    public var name: String
    /// Of linux/netfilter.h: 0 is prerouting, or the ingress of a device, 1 input, 3 output, 4 postrouting.
    public var hook: UInt32
    /// Names of the devices, of a chain of `netdev`, or of `inet` at their ingress.
    public var devices: [String]

    /// `ip/f/input`
    public var path: String { "\(family)/\(table)/\(name)" }
}

/// What rules of nft(8) look at or do that a packet says of no other: `limit`, `counter`, the length.
public struct PacketwiseRule: Hashable, Sendable {
    /// `ip/f`
    public var table: String
    public var what: String
}

/// Asks the kernel about the rules of nft(8) in this network namespace. Requires CAP_NET_ADMIN.
public final class FirewallSocket {
    private let socket: RouteSocket

    public init() throws(NetlinkError) {
        socket = try RouteSocket(bus: FirewallSocket.bus)
    }

    /// Chains at hooks, of IPv4.
    public func chains() throws(NetlinkError) -> [FirewallChain] {
        unsafe try socket.dump(FirewallSocket.request(FirewallSocket.getChain)) { unsafe FirewallChain($0) }
    }

    /// What all rules of IPv4 do packet by packet.
    public func packetwiseRules() throws(NetlinkError) -> Set<PacketwiseRule> {
        let rules = unsafe try socket.dump(FirewallSocket.request(FirewallSocket.getRule)) {
            unsafe PacketwiseRule.all(in: $0)
        }
        return Set(rules.joined())
    }

    private static let bus: Int32 = 12  // NETLINK_NETFILTER
    /// linux/netfilter/nfnetlink.h and nf_tables.h: NFNL_SUBSYS_NFTABLES, NFT_MSG_GETCHAIN, NFT_MSG_GETRULE.
    private static let getChain = 10 << 8 | 4
    private static let getRule = 10 << 8 | 7

    private static func request(_ type: Int) -> RouteRequest {
        RouteRequest(type: type, flags: NLM_F_DUMP, fixed: FirewallHeader())
    }
}

/// struct nfgenmsg.
struct FirewallHeader {
    var family: UInt8 = 0
    var version: UInt8 = 0
    var resource: UInt16 = 0

    /// Of those that IPv4 packets come by (NFPROTO_*).
    var familyName: String? {
        switch family {
        case 1: "inet"
        case 2: "ip"
        case 5: "netdev"
        default: nil
        }
    }
}

extension FirewallChain {
    /// NFTA_CHAIN_*, NFTA_HOOK_*. Nil: it is at no hook, or of no IPv4.
    fileprivate init?(_ message: RouteMessage) {
        let attributes = unsafe message.attributes(after: FirewallHeader.self)
        guard let family = unsafe message.fixed(FirewallHeader.self)?.familyName,
            let table = unsafe attributes.string(1), let name = unsafe attributes.string(3),
            let hook = unsafe attributes.nested(4), let number = unsafe hook.value(1, as: UInt32.self)
        else { return nil }
        var devices: [String] = []
        if let device = unsafe hook.string(3) { devices.append(device) }
        unsafe hook.nested(4)?.forEach { _, name in
            devices.append(unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
        }
        self.init(
            family: family, table: table, name: name, hook: UInt32(bigEndian: number),
            devices: Array(Set(devices)).sorted())
    }
}

extension PacketwiseRule {
    /// Expressions of which each packet counts.
    private static let expressions = ["counter", "limit", "quota", "log", "dynset", "numgen", "connlimit", "last"]

    /// NFTA_RULE_*, NFTA_EXPR_*.
    fileprivate static func all(in message: RouteMessage) -> [PacketwiseRule]? {
        let attributes = unsafe message.attributes(after: FirewallHeader.self)
        guard let family = unsafe message.fixed(FirewallHeader.self)?.familyName,
            let table = unsafe attributes.string(1), let expressions = unsafe attributes.nested(4)
        else { return nil }
        var found: [PacketwiseRule] = []
        unsafe expressions.forEach { _, element in
            let expression = unsafe RouteAttributes(bytes: element)
            guard let name = unsafe expression.string(1),
                let what = unsafe meaning(of: name, expression.nested(2))
            else { return }
            found.append(PacketwiseRule(table: "\(family)/\(table)", what: what))
        }
        return found
    }

    private static func meaning(of name: String, _ data: RouteAttributes?) -> String? {
        if expressions.contains(name) { return name == "dynset" ? "dynamic set" : name }
        guard let data = unsafe data else { return nil }
        if name == "meta", let key = unsafe data.value(2, as: UInt32.self) {
            switch UInt32(bigEndian: key) {
            case 0: return "length"  // NFT_META_LEN
            case 30...32: return "time"  // NFT_META_TIME_NS, _DAY, _HOUR
            default: return nil
            }
        }
        // NFT_PAYLOAD_NETWORK_HEADER
        guard name == "payload", let base = unsafe data.value(2, as: UInt32.self), UInt32(bigEndian: base) == 1,
            let offset = unsafe data.value(3, as: UInt32.self)
        else { return nil }
        switch UInt32(bigEndian: offset) {
        case 2: return "length"
        case 8: return "TTL"
        default: return nil
        }
    }
}
