// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What programs inside the kernel carry is carried while `inet6d` is dead, and the next one goes on with it. The hosts
    /// are those of `TwoSites`, but b never dies.
    @Suite struct SurvivalTests {
        struct Site {
            let net: Topology
            let a: Namespace
            let b: Namespace
            let bpf: String
            let boot: String
            var daemon: Daemon

            static let boot = "create inet6 \(TwoSites.addressA)/16 mtu 1480 engine kernel"

            /// Kills the daemon.
            func kill() { daemon.kill() }

            /// Starts another, with this in its stf0.if; nil: without.
            mutating func restart(_ boot: String?) throws {
                daemon = try net.daemon(in: a, options: ["-b", bpf], boot: boot.map { ["stf0.if": $0] } ?? [:])
            }

            /// Names of what is pinned for a.
            var pins: [String] {
                get throws {
                    try a.shell("find \(bpf)/inet6d -type f").split(separator: "\n").compactMap {
                        $0.split(separator: "/").last.map(String.init)
                    }.sorted()
                }
            }
        }

        private static func with(boot: String = Site.boot, _ body: (inout Site) throws -> Void) throws {
            try Topology.with { net throws in
                let a = try net.namespace("a"), b = try net.namespace("b")
                try net.link(a, "ne0", "192.0.2.1/24", b, "ne0", "192.0.2.2/24")
                let bpf = try net.bpfFileSystem()
                let daemon = try net.daemon(in: a, options: ["-b", bpf], boot: ["stf0.if": boot])
                let other = try net.daemon(in: b)
                try other.succeed("stf0 create inet6 \(TwoSites.addressB)/16 mtu 1480 engine kernel")
                // Until the neighbor is known, packets are left to user space.
                try a.expectReplies(2, of: 2, from: TwoSites.addressB)
                var site = Site(net: net, a: a, b: b, bpf: bpf, boot: boot, daemon: daemon)
                try body(&site)
            }
        }

        @Test func deathAndRestartLoseNoPacket() throws {
            try SurvivalTests.with { site in
                let index = try #require(try site.daemon.interface("stf0")).index
                let flood = try site.a.start("ping -n -f -w 5 \(TwoSites.addressB)")
                let sink = try site.b.start("iperf3 -s -1 -B \(TwoSites.addressB)")
                #expect(try eventually { try !site.b.succeed("ss -Hltn sport = :5201").isEmpty })
                let stream = try site.a.start("iperf3 -J -u -b 50M -l 1400 -w 2M -t 4 -c \(TwoSites.addressB)")
                #expect(try eventually { try !site.a.succeed("ss -Htn dport = :5201").isEmpty })
                site.kill()
                // Nobody reads the device, and it goes on.
                let isUnread = try eventually { try site.a.succeed("ip link show stf0").contains("NO-CARRIER") }
                #expect(isUnread)
                let (_, before) = try SurvivalTests.transmitted(site.a)
                let isCarrying = try eventually { try SurvivalTests.transmitted(site.a).packets > before + 1000 }
                #expect(isCarrying)
                try site.restart(Site.boot)
                let result = try stream.wait(within: .seconds(20))
                #expect(result.status == 0, "\(result)")
                #expect(result.output.contains(/"lost_packets":\s*0\b/), "\(result.output.suffix(2000))")
                #expect(try sink.wait(within: .seconds(20)).status == 0)
                let replies = try flood.wait(within: .seconds(20))
                #expect(replies.output.contains(" 0% packet loss"), "\(replies)")
                let stf0 = try #require(try site.daemon.interface("stf0"))
                #expect(stf0.index == index)
                #expect(stf0.losses == [])
                // Both ends' programs counted all the while.
                let sent = replies.output.firstMatch(of: /(\d+) packets transmitted/).flatMap { Int($0.1) }
                #expect(stf0.counters.output.packets > (try #require(sent)))
            }
        }

        /// What left ne0.
        private static func transmitted(_ host: Namespace) throws -> (text: String, packets: Int) {
            let text = try host.succeed("cat /sys/class/net/ne0/statistics/tx_packets")
            return (text, Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0)
        }

        /// What others and commands did to it, and no file says, is as with a new one.
        @Test func theNextHasWhatItsFilesSay() throws {
            try SurvivalTests.with { site in
                try site.daemon.succeed("stf0 description x link2 mtu 1400")
                try site.a.succeed("ip addr add 2002:c000:201:9::1/64 dev stf0")
                let index = try #require(try site.daemon.interface("stf0")).index
                site.kill()
                try site.restart(Site.boot)
                let stf0 = try #require(try site.daemon.interface("stf0"))
                #expect(stf0.index == index)
                #expect(stf0.mtu == 1480 && stf0.description == nil && !stf0.flags.contains("LINK2"))
                #expect(stf0.addresses == ["\(TwoSites.addressA)/16"])
                try site.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                site.kill()
                try site.restart("create engine user inet6 \(TwoSites.addressA)/16 down")
                #expect(try site.a.kernelState("stf0")?.flags.contains("UP") == false)
                // Threads carry it now, and it goes with them.
                #expect(try site.pins == [])
                site.kill()
                #expect(try eventually { try site.a.kernelState("stf0") == nil })
            }
        }

        @Test func whatNoFileNamesGoes() throws {
            try SurvivalTests.with { site in
                site.kill()
                #expect(try site.a.kernelState("stf0") != nil)
                #expect(try site.pins.count == 3)
                try site.restart(nil)
                #expect(try site.a.kernelState("stf0") == nil)
                #expect(try site.pins == [])
                #expect(site.daemon.log.contains("stf0: left by a process that was killed, and removed"))
            }
        }

        @Test func cleanupRemovesWhatIsLeftAndNothingElse() throws {
            try SurvivalTests.with { site in
                let inet6d = "\(site.net.inet6d) --cleanup -b \(site.bpf)"
                // Of one that lives it is not left.
                let refused = try site.a.run(inet6d)
                #expect(refused.status == 1 && refused.error.contains("Resource temporarily unavailable"), "\(refused)")
                try site.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                site.kill()
                #expect(try site.b.run(inet6d).status == 0, "that of another host is not its own")
                #expect(try site.a.kernelState("stf0") != nil)
                let result = try site.a.run(inet6d)
                #expect(result.status == 0 && result.output == "stf0: removed\n" && result.error == "", "\(result)")
                #expect(try site.a.kernelState("stf0") == nil)
                #expect(try site.a.succeed("find \(site.bpf)/inet6d") == "\(site.bpf)/inet6d\n")
                #expect(try site.a.run(inet6d).output == "")
            }
        }

        /// The commands end what the first line of the test has begun.
        @Test(arguments: ["stop", "destroy", "engine user"])
        func anEndThatIsWantedLeavesNothing(_ end: String) throws {
            try SurvivalTests.with { site in
                #expect(try site.pins.map { $0.prefix { $0 != "-" } } == ["stf_counters", "stf_input", "stf_output"])
                switch end {
                case "stop": #expect(try site.daemon.stop().status == 0)
                case "destroy": try site.daemon.succeed("destroy stf0")
                case _: try site.daemon.succeed("stf0 engine user")
                }
                #expect(try site.pins == [])
                #expect(try (site.a.kernelState("stf0") == nil) == (end != "engine user"))
                if end == "engine user" { try site.a.expectReplies(3, of: 3, from: TwoSites.addressB) }
                site.kill()
                #expect(try eventually { try site.a.kernelState("stf0") == nil })
            }
        }

        /// Another version's counters are numbered by other reasons.
        @Test func countersOfAnotherVersionAreNotTakenForOurs() throws {
            try SurvivalTests.with { site in
                site.kill()
                let counters = try #require(try site.pins.first { $0.hasPrefix("stf_counters-") })
                try site.a.shell("cd \(site.bpf)/inet6d/* && mv \(counters) stf_counters-0")
                try site.restart(Site.boot)
                #expect(try site.daemon.interface("stf0")?.counters.output.packets == 0)
                #expect(try site.pins.filter { $0.hasPrefix("stf_counters") } == [counters])
                try site.a.expectReplies(3, of: 3, from: TwoSites.addressB)
            }
        }

        /// Of devices that came, went or changed meanwhile, the next one knows.
        @Test func whatHappenedMeanwhileIsFollowed() throws {
            try SurvivalTests.with { site in
                site.kill()
                try site.a.succeed("ip link set stf0 down")
                try site.a.succeed("ip link set stf0 name other0")
                try site.restart(Site.boot)
                // It is not stf0 any more, and nobody named it.
                #expect(try site.a.kernelState("other0") == nil)
                try site.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                site.kill()
                try site.a.succeed("ip link del ne0")
                try site.net.link(site.a, "ne0", "192.0.2.1/24", site.b, "ne0", "192.0.2.2/24")
                try site.restart(Site.boot)
                try site.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                site.kill()
                try site.a.succeed("ip link del stf0")
                try site.restart(Site.boot)
                try site.a.expectReplies(3, of: 3, from: TwoSites.addressB)
                #expect(try site.pins.count == 3)
            }
        }
    }
}
