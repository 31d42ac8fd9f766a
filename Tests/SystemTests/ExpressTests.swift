// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Between two Ethernet devices that are named for it, packets are taken before the kernel has made any of frames, and
    /// only while nobody is at either who would miss them. The hosts are those of `RoutedSites`, and router1 has the devices.
    @Suite struct ExpressTests {
        private static let word = "stf0 xdp lan,wan"

        private static func with(_ body: (RoutedSites) throws -> Void) throws {
            try RoutedSites.with { sites in
                // As a network card has it: tags are in the frame, and checksums are right.
                for device in ["lan", "wan"] {
                    try sites.router1.succeed("ethtool -K \(device) rxvlan off rx-vlan-stag-hw-parse off")
                }
                // A veth device gets frames only if its other end asks for them one by one.
                for (host, device) in [(sites.host1, "ne0"), (sites.router2, "wan")] {
                    try host.succeed("ethtool -K \(device) gro on tx off txvlan off tx-vlan-stag-hw-insert off")
                }
                try body(sites)
            }
        }

        /// Packets that the kernel made none of.
        private static func expresses(_ daemon: Daemon) throws -> Int {
            let text = try daemon.succeed("-v stf0")
            guard let found = text.firstMatch(of: /xdp lan,wan: (\d+) packets/), let count = Int(found.1) else {
                throw CommandFailure(description: text)
            }
            return count
        }

        /// How many of twenty packets each way the kernel made none of.
        private static func ping(_ sites: RoutedSites) throws -> Int {
            let before = try expresses(sites.daemon1)
            let pings = try sites.host1.ping(RoutedSites.address2, count: 20, options: "-i 0.02")
            #expect(pings.replies == 20, "\(pings.output)")
            #expect(pings.output.contains("ttl=62"), "each router is a hop")
            return try expresses(sites.daemon1) - before
        }

        @Test func framesAreTaken() throws {
            try ExpressTests.with { sites in
                try sites.daemon1.succeed(ExpressTests.word)
                _ = try ExpressTests.ping(sites)
                let before = try #require(try sites.daemon1.interface("stf0")).counters
                // One in 0.4 s goes to the program that decides.
                #expect(try ExpressTests.ping(sites) >= 30)
                let after = try #require(try sites.daemon1.interface("stf0")).counters
                #expect(after.input.packets == before.input.packets + 20)
                #expect(after.output.packets == before.output.packets + 20)
                #expect(try sites.daemon1.succeed("-c stf0").contains("xdp lan,wan"))
                #expect(try sites.router1.run("ip link show lan").output.contains("xdp"))
                try sites.daemon1.succeed("stf0 -xdp")
                #expect(try !sites.router1.run("ip link show lan").output.contains("xdp"))
                try sites.host1.expectReplies(2, of: 2, from: RoutedSites.address2)
            }
        }

        @Test func transfersArriveWhole() throws {
            try ExpressTests.with { sites in
                for daemon in [sites.daemon1, sites.daemon2] { try daemon.succeed("stf0 mtu 1480") }
                try sites.daemon1.succeed(ExpressTests.word)
                try sites.expectTransfers(megabytes: 8)
                #expect(try ExpressTests.expresses(sites.daemon1) > 1000)
            }
        }

        /// Who is at a device, or between the two, sees all packets again from the next one on.
        @Test(arguments: [
            ("tc qdisc replace dev wan root pfifo", "tc qdisc del dev wan root", 0...20),
            ("tc qdisc add dev lan clsact", "tc qdisc del dev lan clsact", 0...0),
            (
                "nft add table netdev f && nft 'add chain netdev f c { type filter hook egress device wan priority 0 ; }'",
                "nft delete table netdev f", 0...20
            ),
            (
                "nft add table ip6 f && nft 'add chain ip6 f c { type filter hook forward priority 0 ; }'",
                "nft delete table ip6 f", 0...0
            ),
            ("ethtool -K lan rxvlan on", "ethtool -K lan rxvlan off", 0...20),
        ])
        func whoeverIsThereSeesAll(_ make: String, _ undo: String, _ taken: ClosedRange<Int>) throws {
            try ExpressTests.with { sites in
                try sites.daemon1.succeed(ExpressTests.word)
                try sites.router1.shell(make)
                _ = try sites.host1.ping(RoutedSites.address2, count: 2)
                let isStripping = make.contains("rxvlan on")
                #expect(
                    try eventually {
                        try sites.daemon1.stfctl("check stf0").output.contains("xdp lan: it takes VLAN tags off")
                            == isStripping
                    }, "\(make)")
                #expect(taken.contains(try ExpressTests.ping(sites)), "\(make)")
                try sites.router1.shell(undo)
                _ = try sites.host1.ping(RoutedSites.address2, count: 2)
                #expect(try ExpressTests.ping(sites) >= 30, "\(undo)")
            }
        }

        @Test(arguments: ["lan", "wan"])
        func capturesAreShown(_ device: String) throws {
            try ExpressTests.with { sites in
                try sites.daemon1.succeed(ExpressTests.word)
                _ = try ExpressTests.ping(sites)
                let seen = try sites.router1.capture(20, on: device, device == "lan" ? "icmp6" : "proto 41") {
                    _ = try sites.host1.ping(RoutedSites.address2, count: 20, options: "-i 0.02")
                }
                #expect(seen.matches(of: /echo re(quest|ply)/).count == 20, "\(seen)")
            }
        }

        /// It is as the programs that decide are: it goes on, is taken up again, and goes with them.
        @Test func framesAreTakenWhileTheDaemonIsDead() throws {
            try ExpressTests.with { sites in
                sites.daemon1.kill()
                let options = ["-b", try sites.net.bpfFileSystem()]
                let site = "stf0 create inet6 2002:c000:201::1/16 engine kernel xdp lan,wan"
                let first = try sites.net.daemon(in: sites.router1, options: options)
                try first.succeed(site)
                _ = try sites.host1.ping(RoutedSites.address2, count: 20, options: "-i 0.02")
                #expect(try ExpressTests.expresses(first) > 0)
                first.kill()
                try sites.host1.expectReplies(10, of: 10, from: RoutedSites.address2)
                #expect(try sites.router1.run("ip link show lan").output.contains("xdp"))
                let next = try sites.net.daemon(in: sites.router1, options: options)
                try next.succeed(site)
                let before = try ExpressTests.expresses(next)
                _ = try sites.host1.ping(RoutedSites.address2, count: 20, options: "-i 0.02")
                #expect(try ExpressTests.expresses(next) > before)
                try next.succeed("destroy stf0")
                #expect(try !sites.router1.run("ip link show").output.contains("xdp"))
            }
        }

        @Test func whatCannotBeIsRefused() throws {
            try RoutedSites.with { sites in
                for (words, object, reason) in [
                    ("xdp lan,wan", "xdp lan:", "it takes VLAN tags off"),
                    ("xdp nowhere", "xdp nowhere:", "no such interface"),
                    ("xdp lo", "xdp lo:", "no Ethernet"), ("xdp lan,lan", "xdp lan,lan:", "up to 8 interfaces"),
                    ("xdp lan,", "xdp lan,:", "up to 8 interfaces"), ("xdp", "xdp:", "requires an argument"),
                ] {
                    let result = try sites.daemon1.stfctl("stf0 \(words)")
                    let isTold = result.error.contains(object) && result.error.contains(reason)
                    #expect(result.status != 0 && isTold, "\(words): \(result)")
                    #expect(try !sites.daemon1.succeed("-c stf0").contains("xdp"))
                    #expect(try !sites.router1.run("ip link show").output.contains("xdp"))
                }
                // A bridge has no driver that takes frames.
                try sites.router1.succeed("ip link add br0 type bridge")
                try sites.router1.succeed("ethtool -K br0 rxvlan off")
                let result = try sites.daemon1.stfctl("stf0 xdp br0")
                #expect(
                    result.error.contains("xdp br0:") && result.error.contains("its driver has no XDP of its own"),
                    "\(result)")
            }
        }
    }
}
