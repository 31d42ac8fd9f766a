// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
internal import SystemPackage

/// Makes the network stack of this host deaf and dumb at an interface: what comes there goes to packet sockets alone, which
/// hear it before (packet(7)), and only what carries a mark goes out.
///
/// It lasts as long as this object, and not longer than this process: the kernel takes the table away with the socket that
/// owns it, however that ends (NFT_TABLE_F_OWNER, Linux 5.12; the egress hook needs 5.16). Requires CAP_NET_ADMIN.
/// Equivalent: `nft 'table netdev inet6d-eth0 { flags owner; chain in { type filter hook ingress device eth0 priority 0;
/// policy drop; } chain out { type filter hook egress device eth0 priority 0; policy drop; meta mark 1 accept; } }'`.
public final class SilencedLink {
    private let socket: MNLSocket

    /// - Throws: EPERM: somebody else has silenced it; ENODEV; EOPNOTSUPP: the kernel is too old.
    public init(_ device: String, except mark: UInt32) throws(NetlinkError) {
        socket = try MNLSocket(bus: NETLINK_NETFILTER, groups: 0, flags: 0)
        let table = "inet6d-\(device)"
        let requests = [
            SilencedLink.request(type: Kind.begin, family: 0, resource: UInt16(Kind.nftables).bigEndian),
            SilencedLink.table(table),
            SilencedLink.chain("in", of: table, hook: 0, device),
            SilencedLink.chain("out", of: table, hook: 1, device),
            SilencedLink.rule(accepting: mark, in: "out", of: table),
            SilencedLink.request(type: Kind.end, family: 0, resource: UInt16(Kind.nftables).bigEndian),
        ]
        try socket.send(requests)
        // The last but one alone is acknowledged; of the others only failures are told.
        var isDone = false
        var failure: Errno?
        while !isDone {
            try unsafe socket.receive { message in
                guard unsafe message.type == Int(NLMSG_ERROR) else { return }
                isDone = true
                if failure == nil { failure = unsafe message.failure }
            }
        }
        if let failure { throw NetlinkError(errno: failure) }
    }

    /// linux/netfilter/nfnetlink.h and nf_tables.h.
    private enum Kind {
        static let nftables = 10
        static let begin = 0x10
        static let end = 0x11
        static let newTable = nftables << 8
        static let newChain = nftables << 8 | 3
        static let newRule = nftables << 8 | 6
        static let netdev: UInt8 = 5
    }

    private static func request(
        type: Int, family: UInt8 = Kind.netdev, resource: UInt16 = 0, flags: Int32 = 0
    ) -> RouteRequest {
        RouteRequest(type: type, flags: flags, fixed: FirewallHeader(family: family, version: 0, resource: resource))
    }

    /// NFTA_TABLE_*.
    private static func table(_ name: String) -> RouteRequest {
        let request = request(type: Kind.newTable, flags: NLM_F_CREATE)
        request.put(1, name)
        request.put(2, bytes: UInt32(2).bigEndian)  // NFT_TABLE_F_OWNER
        return request
    }

    /// NFTA_CHAIN_*, NFTA_HOOK_*.
    private static func chain(_ name: String, of table: String, hook: UInt32, _ device: String) -> RouteRequest {
        let request = request(type: Kind.newChain, flags: NLM_F_CREATE)
        request.put(1, table)
        request.put(3, name)
        request.nest(4) {
            request.put(1, bytes: hook.bigEndian)
            request.put(2, bytes: UInt32(0).bigEndian)
            request.put(3, device)
        }
        request.put(5, bytes: UInt32(0).bigEndian)  // NF_DROP
        request.put(7, "filter")
        return request
    }

    /// NFTA_RULE_*: `meta mark MARK accept`.
    private static func rule(accepting mark: UInt32, in chain: String, of table: String) -> RouteRequest {
        let request = request(type: Kind.newRule, flags: NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK)
        let register = UInt32(1).bigEndian  // NFT_REG_1
        request.put(1, table)
        request.put(2, chain)
        request.nest(4) {
            expression("meta", of: request) {
                request.put(1, bytes: register)
                request.put(2, bytes: UInt32(3).bigEndian)  // NFT_META_MARK
            }
            expression("cmp", of: request) {
                request.put(1, bytes: register)
                request.put(2, bytes: UInt32(0).bigEndian)  // NFT_CMP_EQ
                request.nest(3) { request.put(1, bytes: mark) }
            }
            expression("immediate", of: request) {
                request.put(1, bytes: UInt32(0).bigEndian)  // NFT_REG_VERDICT
                // NFTA_DATA_VERDICT, NFTA_VERDICT_CODE: NF_ACCEPT
                request.nest(2) { request.nest(2) { request.put(1, bytes: UInt32(1).bigEndian) } }
            }
        }
        return request
    }

    private static func expression(_ name: String, of request: RouteRequest, _ data: () -> Void) {
        request.nest(1) {
            request.put(1, name)
            request.nest(2, data)
        }
    }
}
