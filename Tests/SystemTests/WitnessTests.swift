// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Where a firewall has something to say, programs carry what it lets pass, and nothing else: a rule acts before the
    /// command returns that makes it. The hosts are those of `TwoSites`; a sends, b receives.
    @Suite struct WitnessTests {
        /// What becomes of packets that the programs carried.
        enum Fate {
            /// Not one more arrives.
            case stopped
            /// Programs carry them again, after some questions.
            case carried
            /// They arrive, each by the kernel's own way.
            case asked
        }

        enum End {
            case a, b
        }

        struct Rule {
            let name: String
            let host: End
            /// Lets everything pass.
            var before = "true"
            let make: String
            let undo: String
            var after = "true"
            let fate: Fate
        }

        private static func chain(_ hook: String, _ type: String = "filter") -> String {
            "nft 'table ip f { set s { type ipv4_addr; }; chain c { type \(type) hook \(hook) priority 0; }; }'"
        }

        /// A rule that is added to a chain that stands.
        private static func rule(
            _ hook: String, _ rule: String, of type: String = "filter", on host: End,
            _ fate: Fate
        ) -> Rule {
            Rule(
                name: "\(hook): \(rule)", host: host, before: chain(hook, type), make: "nft add rule ip f c \(rule)",
                undo: "nft flush chain ip f c", after: "nft delete table ip f", fate: fate)
        }

        static let rules: [Rule] = [
            rule("input", "ip protocol 41 drop", on: .b, .stopped),
            rule("input", "ip protocol 41 reject", on: .b, .stopped),
            rule("prerouting", "ip protocol 41 drop", on: .b, .stopped),
            rule("input", "ip saddr 192.0.2.77 drop", on: .b, .carried),
            rule("input", "ct state new,established accept", on: .b, .carried),
            Rule(
                name: "a named set", host: .b, before: "\(chain("input")) && nft add rule ip f c ip saddr @s drop",
                make: "nft 'add element ip f s { 192.0.2.1 }'", undo: "nft 'delete element ip f s { 192.0.2.1 }'",
                after: "nft delete table ip f", fate: .stopped),
            Rule(
                name: "the first table", host: .b,
                make: "nft 'table ip f { chain c { type filter hook input priority 0; ip protocol 41 drop; }; }'",
                undo: "nft delete table ip f", fate: .stopped),
            Rule(
                name: "netdev drop", host: .b,
                before: "nft 'table netdev f { chain c { type filter hook ingress device ne0 priority 0; }; }'",
                make: "nft add rule netdev f c ip protocol 41 drop", undo: "nft flush chain netdev f c",
                after: "nft delete table netdev f", fate: .stopped),
            Rule(
                name: "netdev accept", host: .b,
                before: "nft 'table netdev f { chain c { type filter hook ingress device ne0 priority 0; }; }'",
                make: "nft add rule netdev f c ip protocol 41 accept", undo: "nft flush chain netdev f c",
                after: "nft delete table netdev f", fate: .carried),
            Rule(
                name: "traffic control", host: .b, before: "ip link add d0 type veth peer name d1",
                make: """
                    tc qdisc add dev ne0 clsact && tc filter add dev ne0 ingress protocol ip u32 match u8 41 0xff at 9 \
                    action mirred egress redirect dev d0
                    """, undo: "tc qdisc del dev ne0 clsact", after: "ip link del d0", fate: .stopped),
            Rule(
                name: "iptables-legacy", host: .b, before: "iptables-legacy -A INPUT -p tcp -j ACCEPT",
                make: "iptables-legacy -P INPUT DROP", undo: "iptables-legacy -P INPUT ACCEPT",
                after: "iptables-legacy -F", fate: .stopped),
            Rule(
                name: "iptables-nft", host: .b, make: "iptables-nft -A INPUT -p 41 -j DROP",
                undo: "iptables-nft -D INPUT -p 41 -j DROP", after: "nft delete table ip filter", fate: .stopped),
            Rule(
                name: "IPsec, in", host: .b,
                make: "ip xfrm policy add src 192.0.2.1 dst 192.0.2.2 dir in action block",
                undo: "ip xfrm policy flush",
                fate: .stopped),
            // Without our own check of sources, link2, only rp_filter is there.
            Rule(
                name: "rp_filter", host: .b,
                before:
                    "ip link add d0 type veth peer name d1 && ip link set d0 up && ip link set d1 up && ip route add 192.0.2.1/32 dev d0",
                make: "sysctl -qw net.ipv4.conf.ne0.rp_filter=1", undo: "sysctl -qw net.ipv4.conf.ne0.rp_filter=0",
                after: "ip link del d0", fate: .stopped),
            Rule(
                name: "rp_filter, and a route that moves", host: .b,
                before:
                    "ip link add d0 type veth peer name d1 && ip link set d0 up && ip link set d1 up && sysctl -qw net.ipv4.conf.ne0.rp_filter=1",
                make: "ip route add 192.0.2.1/32 dev d0", undo: "ip route del 192.0.2.1/32",
                after: "sysctl -qw net.ipv4.conf.ne0.rp_filter=0 && ip link del d0", fate: .stopped),
            rule("output", "ip protocol 41 drop", on: .a, .stopped),
            rule("output", "ip protocol 41 reject", on: .a, .stopped),
            rule("postrouting", "ip protocol 41 drop", on: .a, .stopped),
            Rule(
                name: "netdev egress", host: .a,
                make: """
                    nft 'table netdev f { chain c { type filter hook egress device ne0 priority 0; \
                    ip protocol 41 drop; }; }'
                    """, undo: "nft delete table netdev f", fate: .stopped),
            rule("postrouting", "oifname ne0 masquerade", of: "nat", on: .a, .carried),
            rule("postrouting", "ip protocol 41 ip dscp set cs5", on: .a, .asked),
            Rule(
                name: "iptables-legacy, out", host: .a, before: "iptables-legacy -A OUTPUT -p tcp -j ACCEPT",
                make: "iptables-legacy -P OUTPUT DROP", undo: "iptables-legacy -P OUTPUT ACCEPT",
                after: "iptables-legacy -F", fate: .stopped),
            Rule(
                name: "IPsec, out", host: .a,
                make: "ip xfrm policy add src 192.0.2.1 dst 192.0.2.2 dir out action block",
                undo: "ip xfrm policy flush", fate: .stopped),
            Rule(
                name: "IPsec that has no key yet", host: .a,
                make: """
                    ip xfrm policy add src 192.0.2.1 dst 192.0.2.2 dir out tmpl proto esp mode transport
                    """, undo: "ip xfrm policy flush", fate: .stopped),
            Rule(
                name: "a rule about routes", host: .a, make: "ip rule add to 192.0.2.2 prohibit",
                undo: "ip rule del to 192.0.2.2 prohibit", fate: .stopped),
            Rule(
                name: "a rule about users", host: .a, make: "ip rule add uidrange 0-0 to 192.0.2.2 prohibit",
                undo: "ip rule del uidrange 0-0 to 192.0.2.2 prohibit", fate: .stopped),
            Rule(
                name: "a mark, then a rule about it", host: .a,
                before: "\(chain("output", "route")) && nft add rule ip f c ip protocol 41 meta mark set 7",
                make: "ip rule add fwmark 7 blackhole", undo: "ip rule del fwmark 7 blackhole",
                after: "nft delete table ip f", fate: .stopped),
        ]

        @Test(arguments: [End.a, .b]) func rulesActOnTheNextPacket(_ end: End) throws {
            try WitnessTests.with { sites in
                let host = end == .a ? sites.a : sites.b
                try sites.daemonB.succeed("stf0 link2")
                for rule in WitnessTests.rules where rule.host == end {
                    try host.shell(rule.before)
                    try sites.expectCarried("\(rule.name): before")
                    try host.shell(rule.make)
                    let asked = try sites.asked()
                    let arrived = try sites.arrivals(of: 20)
                    switch rule.fate {
                    case .stopped: #expect(arrived == 0, "\(rule.name)")
                    case .carried:
                        #expect(arrived == 20, "\(rule.name)")
                        try sites.expectCarried("\(rule.name): made")
                    case .asked:
                        #expect(arrived == 20, "\(rule.name)")
                        #expect(try sites.asked() == asked + 20, "\(rule.name)")
                    }
                    try host.shell(rule.undo)
                    try sites.expectCarried("\(rule.name): undone")
                    try host.shell(rule.after)
                }
            }
        }

        /// A packet that is given another source has not left as a program would send it, though the kernel took it.
        @Test func translatedPacketsAreNotCarried() throws {
            try WitnessTests.with { sites in
                // Where every packet is counted.
                try sites.daemonB.succeed("stf0 engine user")
                try sites.a.succeed("ip addr add 192.0.2.9/24 dev ne0")
                try sites.b.shell(
                    """
                    nft 'table ip n { chain c { type filter hook prerouting priority -500; \
                    ip protocol 41 ip saddr 192.0.2.1 counter comment plain; \
                    ip protocol 41 ip saddr 192.0.2.9 counter comment translated; }; }'
                    """)
                try sites.a.shell(
                    """
                    nft 'table ip f { chain c { type nat hook postrouting priority 100; \
                    ip protocol 41 snat to 192.0.2.9; }; }'
                    """)
                for _ in 0..<3 { _ = try sites.arrivals(of: 20) }
                let counts = try sites.b.succeed("nft list table ip n").matches(of: /counter packets (\d+)/)
                #expect(counts.map { $0.1 } == ["0", "60"])
            }
        }

        /// Whoever was not spoken to first is not let in.
        @Test func connectionsAreTracked() throws {
            try WitnessTests.with { sites in
                try sites.b.shell(
                    """
                    nft 'table ip f { chain c { type filter hook input priority 0; policy drop; \
                    ct state established accept; }; }'
                    """)
                #expect(try sites.arrivals(of: 50) == 0)
                #expect(try sites.b.ping(TwoSites.addressA, count: 1).replies == 1)
                try sites.expectCarried("after own traffic")
                try sites.b.shell("nft flush chain ip f c")
                #expect(try sites.arrivals(of: 20) == 0)
            }
        }

        /// What was vouched for goes on, but a rule needs nobody to act.
        @Test func rulesActWithoutTheDaemon() throws {
            try WitnessTests.with { sites in
                try sites.b.shell(WitnessTests.chain("input"))
                try sites.expectCarried("before")
                sites.daemonB.process.signal(SIGSTOP)
                let replies = try sites.a.run("ping -n -c 20 -i 0.005 -W 1 \(TwoSites.addressB)").output
                #expect(replies.contains(" 20 received"))
                try sites.b.succeed("nft add rule ip f c ip protocol 41 drop")
                let silence = try sites.a.run("ping -n -c 20 -i 0.005 -W 0.2 \(TwoSites.addressB)").output
                #expect(silence.contains(" 0 received"))
                sites.daemonB.process.signal(SIGCONT)
                try sites.b.succeed("nft flush chain ip f c")
                try sites.expectCarried("after")
            }
        }

        /// Nor does it need one that lives: what programs carry on, a rule stops, and nobody is asked any more.
        @Test func rulesActWhenTheDaemonIsDead() throws {
            try Topology.with { net in
                let a = try net.namespace("a"), b = try net.namespace("b")
                try net.link(a, "ne0", "192.0.2.1/24", b, "ne0", "192.0.2.2/24")
                let daemonA = try net.daemon(in: a)
                try daemonA.succeed("stf0 create inet6 \(TwoSites.addressA)/16 engine kernel")
                let options = ["-b", try net.bpfFileSystem()]
                let boot = ["stf0.if": "create inet6 \(TwoSites.addressB)/16 engine kernel"]
                let daemonB = try net.daemon(in: b, options: options, boot: boot)
                let sites = TwoSites(net: net, a: a, b: b, daemonA: daemonA, daemonB: daemonB)
                try b.shell(
                    "\(WitnessTests.chain("input")) && nft add chain ip f o '{ type filter hook output priority 0; }'")
                try sites.expectCarried("before")
                // The replies, too.
                _ = try sites.arrivals(of: 5)
                daemonB.kill()
                let replies = try a.run("ping -n -c 20 -i 0.005 -W 1 \(TwoSites.addressB)").output
                #expect(replies.contains(" 20 received"), "\(replies)")
                try b.succeed("nft add rule ip f c ip protocol 41 drop")
                let silence = try a.run("ping -n -c 20 -i 0.005 -W 0.2 \(TwoSites.addressB)").output
                #expect(silence.contains(" 0 received"), "\(silence)")
                let next = try net.daemon(in: b, options: options, boot: boot)
                #expect(try a.ping(TwoSites.addressB, count: 2, options: "-W 0.2").replies == 0)
                try b.succeed("nft flush chain ip f c")
                let after = TwoSites(net: net, a: a, b: b, daemonA: daemonA, daemonB: next)
                try after.expectCarried("after")
            }
        }

        static func with(_ body: (TwoSites) throws -> Void) throws {
            try TwoSites.with { sites in
                for daemon in [sites.daemonA, sites.daemonB] { try daemon.succeed("stf0 engine kernel") }
                try body(sites)
            }
        }
    }
}

extension TwoSites {
    /// What a's program has left to user space of what goes out, and b's of what comes in, because there was something to
    /// ask.
    func asked() throws -> Int {
        let output = try daemonA.succeed("-v stf0").firstMatch(of: /(\d+) output left to inet6d: asked/)?.1
        let input = try daemonB.succeed("-v stf0").firstMatch(of: /(\d+) input left to inet6d: asked/)?.1
        return [output, input].reduce(0) { $0 + ($1.flatMap { Int($0) } ?? 0) }
    }

    /// How many of so many echo requests b's stf0 takes in, which follow each other by 5 ms.
    func arrivals(of count: Int) throws -> Int {
        let before = try taken()
        _ = try a.run("ping -n -c \(count) -i 0.005 -W 0.2 \(TwoSites.addressB)")
        return try taken() - before
    }

    private func taken() throws -> Int { try daemonB.interface("stf0")?.counters.input.packets ?? 0 }

    /// Expects packets to arrive before long without being asked about.
    func expectCarried(_ comment: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var last = (arrived: 0, asked: 0)
        let isCarried = try eventually {
            let before = try asked()
            last = (try arrivals(of: 5), try asked() - before)
            return last == (5, 0)
        }
        #expect(
            isCarried, "\(comment): of 5 arrive \(last.arrived), \(last.asked) asked", sourceLocation: sourceLocation)
    }
}
