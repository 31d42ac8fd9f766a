// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// See `PuppetBed`.
    @Suite struct PuppetTests {
        @Test(arguments: ["offload", "-offload"])
        func `a puppet is the other machine's interface`(_ offload: String) throws {
            try PuppetBed.with { bed in
                let (master, slave) = (try bed.net.daemon(in: bed.a), try bed.net.daemon(in: bed.b))
                try bed.succeed("create vamp0 dev lan0 listen 198.51.100.2:7113 insecure up", slave, in: bed.b)
                try bed.succeed("create puppet0 connect 198.51.100.2:7113 insecure \(offload) up", master, in: bed.a)
                #expect(
                    try eventually { try bed.a.succeed("ip link show puppet0").contains(PuppetBed.address) })
                #expect(try eventually { try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == true })
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                try bed.expectIdentity()
                try bed.transfer(to: bed.c, "192.0.2.3", from: bed.a)
                try bed.transfer(to: bed.a, "192.0.2.9", from: bed.c)
                // The MTU and the carrier follow, and a word brings all back.
                try bed.b.succeed("ip link set lan0 mtu 1400")
                #expect(try eventually { try bed.a.kernelState("puppet0")?.mtu == 1400 })
                try bed.c.succeed("ip link set ne0 down")
                #expect(try eventually { try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == false })
                try bed.c.succeed("ip link set ne0 up")
                #expect(try eventually { try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == true })
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
            }
        }

        /// What ssh runs on a gateway without a daemon, behind a shell that greets, as many do.
        @Test func `serve is the other end for its standard input and output`() throws {
            try PuppetBed.with { bed in
                let master = try bed.net.daemon(in: bed.a)
                try bed.succeed("create puppet0 listen [::1]:7113 up", master, in: bed.a)
                let tool = bed.net.executables.appending(path: "puppetctl").path
                let line = "echo Welcome; exec ip netns exec \(bed.b.name) \(tool) serve dev lan0"
                let script = try bed.net.file("shell", "#!/bin/sh\n\(line)\n", mode: 0o755)
                let pipe = try bed.a.start(["socat", "TCP:[::1]:7113", "EXEC:\(script)"])
                #expect(try eventually { try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == true })
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                try bed.expectIdentity()
                try bed.b.succeed("ip link set lan0 mtu 1400")
                #expect(try eventually { try bed.a.kernelState("puppet0")?.mtu == 1400 })
                // A filter is asked at the other end; what is no filter is refused here.
                let refused = try bed.puppetctl(["puppet0", "filter", "icmp and nonsense"], master, in: bed.a)
                #expect(refused.status != 0 && refused.error.contains("syntax error"), "\(refused)")
                #expect(try bed.puppetctl(["puppet0", "filter", "not icmp"], master, in: bed.a).status == 0)
                #expect(try bed.a.run("ping -n -c 1 -W 1 192.0.2.3").status == 1)
                try bed.succeed("puppet0 -filter", master, in: bed.a)
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                // The other end goes, and the doll stays without a carrier.
                try bed.succeed("puppet0 down", master, in: bed.a)
                #expect(try pipe.wait(within: .seconds(10)).status == 0)
            }
        }

        /// No real interface is there: what one is given, the other has.
        @Test func `two puppets are the ends of a cable`() throws {
            try PuppetBed.with { bed in
                let (one, other) = (try bed.net.daemon(in: bed.a), try bed.net.daemon(in: bed.b))
                try bed.succeed("create puppet0 listen 198.51.100.1:7113 insecure up", one, in: bed.a)
                try bed.succeed("create puppet0 connect 198.51.100.1:7113 insecure up", other, in: bed.b)
                for host in [bed.a, bed.b] {
                    #expect(try eventually { try host.kernelState("puppet0")?.flags.contains("LOWER_UP") == true })
                }
                try bed.a.succeed("ip addr add 203.0.113.1/24 dev puppet0")
                try bed.b.succeed("ip addr add 203.0.113.2/24 dev puppet0")
                #expect(try bed.a.ping("203.0.113.2").replies == 3)
                try bed.transfer(to: bed.b, "203.0.113.2", from: bed.a)
            }
        }

        /// The connection of the tunnel goes through the interface that is sniffed.
        @Test func `a tunnel does not carry itself`() throws {
            try PuppetBed.with { bed in
                let (master, slave) = (try bed.net.daemon(in: bed.c), try bed.net.daemon(in: bed.b))
                try bed.b.succeed("ip addr add 192.0.2.1/24 dev lan0")
                try bed.b.succeed("ip -6 addr add 2001:db8::1/64 dev lan0 nodad")
                try bed.c.succeed("ip -6 addr add 2001:db8::3/64 dev ne0 nodad")
                for place in ["192.0.2.1", "[2001:db8::1]"] {
                    try bed.succeed("create vamp0 dev lan0 listen \(place):7113 insecure up", slave, in: bed.b)
                    try bed.succeed("create puppet0 connect \(place):7113 insecure up", master, in: bed.c)
                    #expect(try eventually { try bed.status(of: "puppet0", master, in: bed.c).contains("connected") })
                    let before = try frames(bed)
                    #expect(try bed.c.ping("192.0.2.1", count: 10).replies == 10)
                    // As many frames as there are without a tunnel, and some of its own.
                    #expect(try frames(bed) - before < 200)
                    try bed.succeed("destroy vamp0", slave, in: bed.b)
                    try bed.succeed("destroy puppet0", master, in: bed.c)
                }
            }
        }

        /// The tunnel comes by a relay on the gateway, so that neither end knows what it looks like on the wire.
        @Test func `a tunnel behind a relay is found in its own frames`() throws {
            try PuppetBed.with { bed in
                let (master, slave) = (try bed.net.daemon(in: bed.c), try bed.net.daemon(in: bed.b))
                try bed.b.succeed("ip addr add 192.0.2.1/24 dev lan0")
                try bed.b.serve(["socat", "TCP-LISTEN:2222,fork,nodelay", "TCP:127.0.0.1:7113,nodelay"], port: 2222)
                try bed.succeed("create vamp0 dev lan0 listen 127.0.0.1:7113 up", slave, in: bed.b)
                try bed.succeed("create puppet0 connect 192.0.2.1:2222 insecure up", master, in: bed.c)
                #expect(try eventually { try bed.status(of: "puppet0", master, in: bed.c).contains("connected") })
                try bed.b.succeed("ping -n -c 3 -i 0.2 192.0.2.3")
                let check = { try bed.puppetctl(["check", "vamp0"], slave, in: bed.b).output }
                #expect(try eventually { try check().contains("exclude 192.0.2.") })
                let before = try frames(bed)
                #expect(try bed.c.ping("192.0.2.1", count: 10).replies == 10)
                #expect(try frames(bed) - before < 200)
            }
        }

        /// puppet(4) is enough to write a far end from.
        @Test func `a far end that is not ours works`() throws {
            try PuppetBed.with { bed in
                let master = try bed.net.daemon(in: bed.a)
                try bed.succeed("create puppet0 listen 198.51.100.1:7113 insecure up", master, in: bed.a)
                let script = Executables.package.appending(path: "Tests/SystemTests/puppet_slave.py").path
                try bed.b.succeed("ethtool -K lan0 gro off")
                try bed.c.succeed("ethtool -K ne0 tx off tso off gso off")
                _ = try bed.b.start(["python3", script, "lan0", "198.51.100.1", "7113"])
                #expect(try eventually { try bed.a.succeed("ip link show puppet0").contains(PuppetBed.address) })
                #expect(try bed.status(of: "puppet0", master, in: bed.a).contains("as lan0"))
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                try bed.transfer(to: bed.c, "192.0.2.3", from: bed.a)
            }
        }

        private func frames(_ bed: PuppetBed) throws -> Int {
            let text = try bed.b.succeed("cat /sys/class/net/lan0/statistics/tx_packets")
            return try #require(Int(text.split(separator: "\n").first ?? ""))
        }

        @Test(arguments: [
            ("vamp0 dev lo", "loopback carries each frame twice"), ("vamp0 dev stf0", "a tunnel inside a tunnel"),
            ("vamp0 dev puppet0", "a tunnel inside a tunnel"), ("vamp0 listen 198.51.100.2:1", "say insecure"),
            ("vamp0 listen [::]:1", "say insecure"), ("puppet0 dev lan0", "unknown word"),
            ("vamp0 mtu 1500", "mtu"), ("vamp0 keepalive 60 10", "not less than the first"),
        ])
        func `what cannot be is refused in one line`(_ words: String, _ reason: String) throws {
            try PuppetBed.with { bed in
                let daemon = try bed.net.daemon(in: bed.b)
                try daemon.succeed("create stf0")
                try bed.succeed("create puppet0", daemon, in: bed.b)
                try bed.succeed("create vamp0", daemon, in: bed.b)
                let result = try bed.puppetctl(words.split(separator: " ").map(String.init), daemon, in: bed.b)
                #expect(result.status != 0 && result.error.contains(reason), "\(result)")
                #expect(result.error.split(separator: "\n").count == 1, "\(result)")
            }
        }

        /// Debian's etherpuppet 0.3, whose slave ends at a frame that is too long, and whose master takes nothing gathered.
        @Test(arguments: ["slave", "master"], [true, false])
        func `the original works at the other end`(_ role: String, _ listens: Bool) throws {
            try PuppetBed.with { bed in
                try bed.b.succeed("ip addr add 192.0.2.9/24 dev lan0")
                let original = "/usr/bin/etherpuppet", ours = bed.net.executables.appending(path: "etherpuppet").path
                let (slave, master) = role == "slave" ? (original, ours) : (ours, original)
                // What the gateway says itself would be a second answer.
                try bed.b.shell(
                    "nft 'add table netdev t; add chain netdev t i { type filter hook ingress device lan0 priority 0; "
                        + "policy drop; }'")
                if role == "slave" { try bed.b.succeed("ethtool -K lan0 gro off") }
                if role == "slave" { try bed.c.succeed("ethtool -K ne0 tx off tso off gso off") }
                if listens {
                    try bed.b.serve([slave, "-s", "7000", "-i", "lan0"], port: 7000)
                    _ = try bed.a.start("\(master) -m -c 198.51.100.2:7000")
                } else {
                    try bed.a.serve([master, "-m", "-s", "7000"], port: 7000)
                    _ = try bed.b.start("\(slave) -c 198.51.100.1:7000 -i lan0")
                }
                #expect(
                    try eventually { try bed.a.run("ip addr show puppet0").output.contains("192.0.2.9/24") })
                #expect(try bed.a.succeed("ip link show puppet0").contains(PuppetBed.address))
                try bed.a.succeed("ip link set puppet0 up")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                #expect(try bed.a.ping("192.0.2.3", options: "-s 1460").replies == 3)
                try bed.transfer(to: bed.c, "192.0.2.3", from: bed.a)
                try bed.transfer(to: bed.a, "192.0.2.9", from: bed.c)
            }
        }
    }
}
