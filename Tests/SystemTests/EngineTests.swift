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

        private static func shell(_ line: String, on host: Namespace) throws {
            let result = try host.run(["sh", "-c", line])
            guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
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

        /// Each of these sends packets to user space, which obeys it; without it they do not come there.
        @Test(arguments: [
            (
                "nft add table netdev f ; nft 'add chain netdev f i { type filter hook ingress device ne0 priority 0 ; }'",
                "nft delete table netdev f"
            ),
            ("sysctl -w net.ipv4.conf.ne0.rp_filter=1", "sysctl -w net.ipv4.conf.ne0.rp_filter=0"),
            ("tc qdisc add dev ne0 clsact", "tc qdisc del dev ne0 clsact"),
            (
                "ip xfrm policy add src 198.51.100.1 dst 198.51.100.2 dir in action block",
                "ip xfrm policy del src 198.51.100.1 dst 198.51.100.2 dir in"
            ),
            (
                "nft add table ip n ; nft 'add chain ip n p { type nat hook postrouting priority 100 ; }'",
                "nft delete table ip n"
            ),
        ])
        func whatCouldStopPacketsIsAsked(_ make: String, _ undo: String) throws {
            try EngineTests.with { sites in
                try EngineTests.shell(make, on: sites.b)
                let before = try EngineTests.left(sites.daemonB)
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                let asked = try EngineTests.left(sites.daemonB)
                #expect(asked >= before + 3, "\(make)")
                try EngineTests.shell(undo, on: sites.b)
                try sites.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                #expect(try EngineTests.left(sites.daemonB) == asked, "\(undo)")
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
                try sites.daemonA.succeed("stf0 engine auto")
                #expect(try sites.daemonA.succeed("-c stf0").contains("engine auto"))
            }
        }
    }
}
