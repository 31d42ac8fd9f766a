// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Whatever kind of device IPv4 packets leave and come by, programs inside the kernel carry them there, and follow what
    /// becomes of it.
    ///
    ///     a  ne0 ─────────────── ne0  b
    ///        10.9.0.1/24  10.9.0.2/24
    ///        u0: 192.0.2.1, 192.0.2.2
    @Suite struct UnderlayTests {
        /// What makes u0 on each host; I is the last number of its addresses, and J that of the other's.
        struct Kind: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let setup: String
            /// Runs as long as there is u0.
            var carrier: String?

            static let all = [
                Kind(
                    testDescription: "veth",
                    setup: "ip link set ne0 down; ip link set ne0 name u0; ip addr flush dev u0"),
                Kind(
                    testDescription: "bridge",
                    setup: "ip addr flush dev ne0; ip link add u0 type bridge; ip link set ne0 master u0"),
                Kind(
                    testDescription: "macvlan",
                    setup: "ip link add u0 link ne0 type macvlan; ip addr flush dev ne0; "
                        // Or ne0 answers for u0, and gets what is for it.
                        + "sysctl -q net.ipv4.conf.all.arp_ignore=1"),
                Kind(
                    testDescription: "vxlan",
                    setup: "ip link add u0 type vxlan id 7 local 10.9.0.I remote 10.9.0.J dstport 4789"),
                Kind(
                    testDescription: "tun", setup: "",
                    carrier: "socat TUN:10.8.0.I/24,tun-name=u0,iff-no-pi UDP-DATAGRAM:10.9.0.J:9999,bind=10.9.0.I:9999"
                ),
                Kind(
                    testDescription: "without an address",
                    setup: "ip link set ne0 down; ip link set ne0 name u0; ip addr flush dev u0; "
                        + "ip addr add 192.0.2.I/32 dev lo; ip link set u0 up; ip route add default dev u0"),
            ]
        }

        private struct Site {
            let net: Topology
            let hosts: [Namespace]
            let daemons: [Daemon]
            let bpf: String

            /// Packets that programs left to user space, of both.
            var left: [Int] {
                get throws {
                    try daemons.map { daemon in
                        try daemon.succeed("-v stf0").matches(of: /(\d+) (?:in|out)put left to inet6d/)
                            .reduce(0) { $0 + (Int($1.1) ?? 0) }
                    }
                }
            }

            /// Packets pass, and only by the programs.
            func expectCarried(_ comment: String = "") throws {
                // Until the neighbors are known, packets are left to user space.
                for _ in 0..<3 { _ = try hosts[0].ping(TwoSites.addressB, count: 1) }
                let (left, before) = (try left, try received)
                let (replies, output) = try hosts[0].ping(TwoSites.addressB, count: 10)
                #expect(replies == 10, "\(comment): \(output)")
                #expect(try self.left == left, "\(comment)")
                #expect(try zip(received, before).map(-) == [10, 10], "\(comment)")
            }

            var received: [Int] {
                get throws {
                    try daemons.map { try #require(try $0.interface("stf0")).counters.input.packets }
                }
            }
        }

        private static func with(_ kind: Kind, _ body: (Site) throws -> Void) throws {
            try Topology.with { net throws in
                let hosts = [try net.namespace("a"), try net.namespace("b")]
                try net.link(hosts[0], "ne0", "10.9.0.1/24", hosts[1], "ne0", "10.9.0.2/24")
                for (place, host) in hosts.enumerated() {
                    let words = { (text: String) in
                        text.replacing("I", with: "\(place + 1)").replacing("J", with: "\(2 - place)")
                    }
                    if let carrier = kind.carrier {
                        _ = try host.start(words(carrier))
                        #expect(try eventually { try host.kernelState("u0") != nil })
                    }
                    if !kind.setup.isEmpty { try host.shell(words(kind.setup)) }
                    if !kind.setup.contains("default") {
                        try host.succeed("ip addr add 192.0.2.\(place + 1)/24 dev u0")
                    }
                    try host.succeed("ip link set u0 up")
                }
                let bpf = try net.bpfFileSystem()
                let boots = [TwoSites.addressA, TwoSites.addressB].map { "create inet6 \($0)/16 engine kernel" }
                // What is pinned is a's alone.
                let daemons = try zip(hosts, boots).enumerated().map { place, host in
                    try net.daemon(in: host.0, options: place == 0 ? ["-b", bpf] : [], boot: ["stf0.if": host.1])
                }
                try body(Site(net: net, hosts: hosts, daemons: daemons, bpf: bpf))
            }
        }

        @Test(arguments: Kind.all)
        func packetsPassByPrograms(_ kind: Kind) throws {
            try UnderlayTests.with(kind) { site in
                try site.expectCarried()
                let sent = site.net.scratch.appending(path: "sent").path
                let received = site.net.scratch.appending(path: "received").path
                let left = try site.left
                try site.hosts[0].succeed("dd if=/dev/urandom of=\(sent) bs=1M count=5 status=none")
                let sink = try site.hosts[1].start(
                    "socat -u TCP6-LISTEN:1234,bind=[\(TwoSites.addressB)],reuseaddr CREATE:\(received)")
                try site.hosts[0].succeed(
                    "socat -u OPEN:\(sent) TCP6:[\(TwoSites.addressB)]:1234,retry=100,interval=0.05")
                #expect(try sink.wait().status == 0)
                #expect(try site.hosts[1].run("cmp \(sent) \(received)").status == 0)
                #expect(try site.left == left)
                #expect(try site.daemons.flatMap { try #require(try $0.interface("stf0")).losses } == [])
            }
        }

        @Test func devicesAreFollowed() throws {
            try UnderlayTests.with(Kind.all[0]) { site in
                let a = site.hosts[0]
                let places = {
                    Set(try a.shell("ls \(site.bpf)/inet6d/*/").matches(of: /stf_input-(\d+)/).map { String($0.1) })
                }
                let index = { (name: String) in
                    try a.succeed("cat /sys/class/net/\(name)/ifindex").trimmingCharacters(in: .whitespacesAndNewlines)
                }
                try site.expectCarried("at first")
                let first = try index("u0")
                #expect(try places().contains(first))
                try a.succeed("ip link set u0 name other0")
                try site.expectCarried("renamed")
                // What is a port's is its bridge's.
                try a.shell(
                    "ip addr del 192.0.2.1/24 dev other0; ip link add u0 type bridge; ip link set u0 up; "
                        + "ip link set other0 master u0; ip addr add 192.0.2.1/24 dev u0")
                try site.expectCarried("a port of a bridge")
                try a.succeed("ip addr add 10.7.0.1/24 dev other0")
                let check = try site.daemons[0].succeed("check stf0")
                #expect(check.contains("what comes by other0 goes through inet6d: a port of a bridge"), "\(check)")
                let bridge = try index("u0")
                #expect(try places().isSuperset(of: [bridge]) && !places().contains(first))
                try a.shell(
                    "ip addr flush dev other0; ip link set other0 nomaster; ip link del u0; ip link set other0 name u0; ip addr add 192.0.2.1/24 dev u0"
                )
                try site.expectCarried("a port no more")
                #expect(try places().contains(first) && !places().contains(bridge))
                // Gone, and another of the same name.
                try a.succeed("ip link del u0")
                try site.net.link(a, "u0", "192.0.2.1/24", site.hosts[1], "u0", "192.0.2.2/24")
                try site.expectCarried("made anew")
                #expect(try !places().contains(first))
            }
        }

        /// A device takes its programs along, but what comes by it there is not ours, even while nobody looks.
        @Test(arguments: [false, true])
        func whatIsMovedAwayIsLeftAlone(isDead: Bool) throws {
            try UnderlayTests.with(Kind.all[0]) { site in
                try site.expectCarried()
                let before = try site.received[0]
                if isDead { site.daemons[0].kill() }
                let away = try site.net.namespace("c")
                try site.hosts[0].succeed("ip link set u0 netns \(away.name)")
                try away.shell("ip link set u0 up; ip addr add 192.0.2.1/24 dev u0")
                #expect(try site.hosts[1].ping(TwoSites.addressA, count: 5, options: "-W 0.2").replies == 0)
                let boot = "create inet6 \(TwoSites.addressA)/16 engine kernel"
                let daemon =
                    isDead
                    ? try site.net.daemon(in: site.hosts[0], options: ["-b", site.bpf], boot: ["stf0.if": boot])
                    : site.daemons[0]
                #expect(try daemon.interface("stf0")?.counters.input.packets == before)
            }
        }
    }
}
