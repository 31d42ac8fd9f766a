// SPDX-License-Identifier: BSD-2-Clause
import Control
import Words

/// What a sysctl.conf(5) of another system may name that is no variable here, and what is so instead.
enum ForeignVariable {
    /// Nil for a variable, and for a name that nothing has: a slip.
    static func note(on name: String) -> String? {
        guard MIBInstance(name) == nil, MIBNode(rawValue: name) == nil else { return nil }
        if let note = known(name) { return note }
        let isOurs = [MIBNode.stf, .ip6, .icmp6].contains { name.hasPrefix("\($0.rawValue).") }
        return isOurs || nearest(to: name) != nil ? nil : "not a variable of inet6d; sysctl(8) sets Linux's own"
    }

    /// Of a name that some system has.
    static func known(_ name: String) -> String? {
        notes.first { $0.names.contains(name) }?.note ?? trees.first { name.hasPrefix($0.node) }?.note
    }

    /// The variable that was meant.
    static func nearest(to name: String) -> String? {
        Words.nearest(to: name, among: MIBVariable.allCases.map(\.rawValue))
    }

    private static let noSwitch = "Linux has no switch for it"
    private static let obsolete = "obsolete on every system"
    private static let counted = "Linux counts in /proc/net/snmp6, which nstat(8) shows"

    /// Single names of FreeBSD, NetBSD and OpenBSD.
    private static let notes: [(names: [String], note: String)] = [
        (ip6("stats", "rip6stats") + icmp6("stats"), counted),
        (ip6("mrtproto", "mrt_stat", "mrtstats", "mrt6stat", "mfctable", "mif6table", "mforwarding"), multicast),
        (ip6("grehlim"), "ip-tunnel(8) sets the hop limit of each tunnel"),
        (ip6("use_defaultzone"), "Linux has no default zone"),
        (ip6("stealth"), "Linux counts every hop"),
        (ip6("intr_queue_maxlen", "intr_direct_queue_maxlen"), "net.core.netdev_max_backlog is Linux's queue"),
        (ip6("addrctlpolicy"), "ip-addrlabel(8) sets the policy"),
        (ip6("lowportmin", "lowportmax"), "net.ipv4.ip_unprivileged_port_start is Linux's bound of low ports"),
        (ip6("neighborgcthresh"), "net.ipv6.neigh.default.gc_thresh3 is Linux's bound of neighbours"),
        (ip6("maxifprefixes", "maxifdefrouters"), "net.ipv6.conf.*.max_addresses is Linux's bound of an interface"),
        (ip6("maxdynroutes") + icmp6("mtudisc_hiwat", "mtudisc_lowat"), "net.ipv6.route.max_size is Linux's bound"),
        (ip6("mtudisctimeout"), "net.ipv6.route.mtu_expires is Linux's time"),
        (ip6("soiikey"), "net.ipv6.conf.*.stable_secret is Linux's key"),
        (ip6("dad_pending"), "ip-address(8) shows what is tentative"),
        (ip6("forwsrcrt", "rht0"), "routing headers of type 0 are gone (RFC 5095)"),
        (
            ip6("norbit_raif", "mcast_pmtu", "multicast_mtudisc", "rtadv_maxroutes", "rtadv_numroutes")
                + icmp6("nd6_debug", "reflect_pmtu", "dynamic_rt_msg", "nd6_ignore_ipv6_only_ra"), noSwitch
        ),
        (
            ip6(
                "sourcecheck", "sourcecheck_logint", "mapped_addr", "rtexpire", "rtminexpire", "rtmaxcache", "mtu",
                "maxflows", "hashsize") + icmp6("nd6_maxnudhint"), obsolete
        ),
        (
            icmp6("redirtimeout"),
            "Linux forgets a redirect that was not used for net.ipv6.route.gc_timeout seconds"
        ),
        (icmp6("nodeinfo", "nodeinfo_oldmcprefix"), "Linux answers no node information queries (RFC 4620), as with 0"),
        (icmp6("nd6_onlink_ns_rfc4861"), "Linux answers every neighbour on the link (RFC 4861), as with 1"),
        (icmp6("nd6_useloopback"), "Linux reaches its own addresses by lo, as with 1"),
        (icmp6("nd6_prune"), "Linux watches lifetimes to the second"),
        (icmp6("nd6_drlist", "nd6_prlist"), "ip-route(8) shows it: ip -6 route show proto ra"),
    ]

    private static let multicast = "multicast routing is that of Linux, and of its daemon"

    /// Whole trees.
    private static let trees: [(node: String, note: String)] = [
        ("net.inet6.ip6.fw.", "the firewall is nft(8)"),
        ("net.inet6.ip6.ifq.", "net.core.netdev_max_backlog is Linux's queue"),
        ("net.inet6.ip6.anonportalgo.", "Linux picks ports at random (RFC 6056)"),
        ("net.inet6.tcp6.", "TCP and UDP are Linux's: net.ipv4 and net.core"),
        ("net.inet6.udp6.", "TCP and UDP are Linux's: net.ipv4 and net.core"),
        ("net.inet6.ipsec6.", "IPsec is Linux's: ip-xfrm(8)"),
        ("net.inet6.mld.", "MLD is Linux's: net.ipv6.conf.*.force_mld_version"),
        ("net.inet6.pim6.", multicast),
        ("net.inet6.send.", noSwitch),
        ("net.inet6.sctp6.", "SCTP is Linux's: net.sctp"),
        ("net.ipv6.", "Linux's own, which sysctl(8) sets"),
        ("net.ipv4.", "Linux's own, which sysctl(8) sets"),
        ("net.inet.", "IPv4 is Linux's, and sysctl(8) sets it: net.ipv4"),
    ]

    private static func ip6(_ words: String...) -> [String] { words.map { "\(MIBNode.ip6.rawValue).\($0)" } }
    private static func icmp6(_ words: String...) -> [String] { words.map { "\(MIBNode.icmp6.rawValue).\($0)" } }
}

extension Refusal {
    /// Of a name that is no variable, with what is so instead if another system has it.
    static func unknownVariable(_ name: String, _ value: String? = nil) -> Refusal {
        Refusal(name, value, .ENOENT, ForeignVariable.known(name))
    }
}
