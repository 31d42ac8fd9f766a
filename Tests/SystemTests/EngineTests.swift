// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// The engine inside the kernel carries what the one in user space would, and nothing that the administrator's rules
    /// would have stopped: a rule acts before the command returns that makes it. The hosts are those of `TwoSites`.
    @Suite struct EngineTests {
        private static func with(_ body: (TwoSites) throws -> Void) throws {
            try TwoSites.with { sites in
                for daemon in [sites.daemonA, sites.daemonB] { try daemon.succeed("stf0 engine kernel") }
                // Until the neighbor is known, packets are left to user space.
                try sites.a.expectReplies(1, of: 1, from: TwoSites.addressB)
                try body(sites)
            }
        }

        private static func left(_ daemon: Daemon) throws -> Int {
            let text = try daemon.succeed("-v stf0")
            return text.matches(of: /(\d+) (?:in|out)put left to inet6d/).reduce(0) { $0 + (Int($1.1) ?? 0) }
        }

        @Test func programsCarryPackets() throws {
            try EngineTests.with { sites in
                let before = try [sites.daemonA, sites.daemonB].map(EngineTests.left)
                try sites.a.expectReplies(20, of: 20, from: TwoSites.addressB)
                #expect(try [sites.daemonA, sites.daemonB].map(EngineTests.left) == before)
                let stf0 = try #require(try sites.daemonA.interface("stf0"))
                #expect(stf0.counters.input.packets >= 21 && stf0.counters.output.packets >= 21)
                #expect(stf0.losses == [])
                #expect(try sites.daemonA.succeed("-v stf0").contains("\tengine kernel: kernel\n"))
                // And threads go on where they are asked to.
                try sites.daemonA.succeed("stf0 engine user")
                let after = try #require(try sites.daemonA.interface("stf0")).counters
                #expect(after.input.packets >= stf0.counters.input.packets, "what was counted stays counted")
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                #expect(try !sites.daemonA.succeed("-v stf0").contains("engine"))
            }
        }

        /// Data of TCP is in pages of its own, behind headers that a program can read at once.
        @Test func dataInPagesIsTaken() throws {
            try EngineTests.with { sites in
                let sink = "socat -u TCP6-LISTEN:1234,bind=[\(TwoSites.addressB)],reuseaddr OPEN:/dev/null"
                let before = try EngineTests.delivered(at: sites.b)
                for _ in 0..<5 {
                    let receiver = try sites.b.start(sink)
                    let target = "TCP6:[\(TwoSites.addressB)]:1234,retry=100,interval=0.05"
                    try sites.a.shell("head -c 700 /dev/urandom | socat -u - \(target)")
                    #expect(try receiver.wait().status == 0)
                }
                #expect(try EngineTests.delivered(at: sites.b) == before, "IPv4 packets that came to the socket")
            }
        }

        /// IPv4 packets that the kernel has given to somebody on a host.
        private static func delivered(at host: Namespace) throws -> String {
            try host.shell("awk '$1 == \"Ip:\" && $2 ~ /[0-9]/ { print $10 }' /proc/net/snmp")
        }

        /// The commands make a rule and take it away again, on the host that packets come to or on the one that they leave.
        @Test(arguments: [
            ("input", "nft add rule ip f input ip protocol 41 drop", "nft flush chain ip f input", false),
            (
                "prerouting", "nft add rule ip f prerouting ip protocol 41 drop", "nft flush chain ip f prerouting",
                false
            ),
            ("output", "nft add rule ip f output ip protocol 41 drop", "nft flush chain ip f output", true),
            (
                "postrouting", "nft add rule ip f postrouting ip protocol 41 drop", "nft flush chain ip f postrouting",
                true
            ),
        ])
        func rulesActOnTheNextPacket(_ hook: String, _ make: String, _ undo: String, isSender: Bool) throws {
            try EngineTests.with { sites in
                let host = isSender ? sites.a : sites.b
                try host.succeed("nft add table ip f")
                try host.succeed("nft add chain ip f \(hook) { type filter hook \(hook) priority 0 ; }")
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                try host.succeed(make)
                #expect(try sites.a.ping(TwoSites.addressB, count: 3, options: "-W 0.2").replies == 0)
                try host.succeed(undo)
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                try host.succeed("nft delete table ip f")
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
            }
        }

        /// Each of these sends packets to user space, which obeys it, and is named; without it they do not come there.
        @Test(arguments: [
            (
                "nft add table netdev f ; nft 'add chain netdev f i { type filter hook ingress device ne0 priority 0 ; }'",
                "nft delete table netdev f", "input: asks nft chain netdev/f/i on ne0: 3 asked, 3 passed, 0 refused"
            ),
            (
                "sysctl -w net.ipv4.conf.ne0.rp_filter=1", "sysctl -w net.ipv4.conf.ne0.rp_filter=0",
                "input: asks rp_filter on ne0: 3 asked, 3 passed, 0 refused"
            ),
            (
                "tc qdisc add dev ne0 clsact", "tc qdisc del dev ne0 clsact",
                "input: closed by traffic control at the ingress on ne0: 3 asked, 3 passed, 0 refused"
            ),
            (
                "ip xfrm policy add src 198.51.100.1 dst 198.51.100.2 dir in action block",
                "ip xfrm policy del src 198.51.100.1 dst 198.51.100.2 dir in",
                "output: closed by IPsec policies: 3 asked"
            ),
            (
                "nft add table ip n ; nft 'add chain ip n p { type nat hook postrouting priority 100 ; }'",
                "nft delete table ip n", "output: asks nft chain ip/n/p"
            ),
            (
                "iptables-legacy -A OUTPUT -p tcp -j ACCEPT", "iptables-legacy -t filter -F ; true",
                "output: asks iptables-legacy filter"
            ),
        ])
        func whatCouldStopPacketsIsAsked(_ make: String, _ undo: String, _ says: String) throws {
            try EngineTests.with { sites in
                #expect(try sites.daemonB.succeed("-v stf0").matches(of: /put: nothing to ask/).count == 2)
                try sites.b.shell(make)
                let before = try EngineTests.left(sites.daemonB)
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                let asked = try EngineTests.left(sites.daemonB)
                #expect(asked >= before + 3, "\(make)")
                let text = try sites.daemonB.succeed("-v stf0")
                #expect(text.contains(says), "\(text)")
                try sites.b.shell(undo)
                guard !make.contains("legacy") else { return }
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                #expect(try EngineTests.left(sites.daemonB) == asked, "\(undo)")
            }
        }

        /// Whoever filters elsewhere says so, and is reminded of it; what a program cannot obey is found.
        @Test func nothingIsAskedWhereNobodyWants() throws {
            try EngineTests.with { sites in
                try sites.b.shell(
                    "nft 'table ip f { chain c { type filter hook input priority 0; limit rate 1/second counter drop; }; }'"
                )
                #expect(try sites.daemonB.stfctl("stf0 check").output.contains("its counter, limit misses the rest"))
                try sites.daemonB.succeed("stf0 -ask")
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                #expect(try sites.daemonB.stfctl("stf0 check").output.contains("-ask: neither a firewall nor IPsec"))
                #expect(try sites.daemonB.succeed("-c stf0").contains(" -ask"))
                try sites.b.shell("nft flush chain ip f c ; nft add rule ip f c drop")
                try sites.daemonB.succeed("stf0 ask")
                #expect(try sites.a.ping(TwoSites.addressB, count: 2, options: "-W 0.2").replies == 0)
                #expect(try sites.daemonB.succeed("-v stf0").contains("0 passed, 2 refused"))
            }
        }

        @Test func dropsAreCounted() throws {
            try EngineTests.with { sites in
                try sites.daemonB.succeed("stf0 link0")
                #expect(try sites.a.ping(TwoSites.addressB, count: 20, options: "-W 0.1").replies == 0)
                let stf0 = try #require(try sites.daemonB.interface("stf0"))
                #expect(stf0.losses == ["input: input-closed"])
                #expect(stf0.counters.drops.reduce(0) { $0 + $1.packets } == 20)
            }
        }

        @Test func wordsAreChecked() throws {
            try TwoSites.with { sites in
                let refused = try sites.daemonA.stfctl("stf0 engine fast")
                #expect(refused.status == 64 && refused.error.contains("engine fast"))
                #expect(try !sites.daemonA.succeed("-c stf0").contains("engine"))
                for engine in ["kernel", "user"] {
                    try sites.daemonA.succeed("stf0 engine \(engine)")
                    #expect(try sites.daemonA.succeed("-c stf0").contains("engine \(engine)"))
                }
                try sites.daemonA.succeed("stf0 engine auto")
                #expect(try !sites.daemonA.succeed("-c stf0").contains("engine"))
            }
        }
    }
}
