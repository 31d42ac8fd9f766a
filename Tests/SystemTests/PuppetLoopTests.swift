// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What nothing tells but what it does: see `LoopFuse`. See `PuppetBed`.
    @Suite struct PuppetLoopTests {
        /// The tunnel comes by the sniffed interface, encrypted by somebody else, so that neither end knows what it looks like
        /// there.
        @Test func `a tunnel that nobody can recognise is paused, and the words that help are said`() throws {
            try PuppetBed.with { bed in
                let (master, slave) = (try bed.net.daemon(in: bed.c), try bed.net.daemon(in: bed.b))
                try bed.b.succeed("ip addr add 192.0.2.1/24 dev lan0")
                let (key, pem) = ("\(bed.net.scratch.path)/key", "\(bed.net.scratch.path)/pem")
                try bed.b.shell(
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=b -days 2 "
                        + "-keyout \(key) -out \(pem) 2>/dev/null; cat \(key) >> \(pem)")
                try bed.b.serve(
                    ["socat", "OPENSSL-LISTEN:2222,fork,reuseaddr,cert=\(pem),verify=0", "TCP:127.0.0.1:7113,nodelay"],
                    port: 2222)
                try bed.c.serve(
                    ["socat", "TCP-LISTEN:7113,fork,reuseaddr", "OPENSSL:192.0.2.1:2222,verify=0,nodelay"], port: 7113)
                try bed.succeed("create vamp0 dev lan0 listen 127.0.0.1:7113 up", slave, in: bed.b)
                try bed.succeed("create puppet0 connect 127.0.0.1:7113 up", master, in: bed.c)
                #expect(try eventually { try bed.status(of: "puppet0", master, in: bed.c).contains("connected") })
                try bed.b.succeed("ping -n -c 3 -i 0.2 192.0.2.3")
                let check = { try bed.puppetctl(["check", "vamp0"], slave, in: bed.b).output }
                #expect(try eventually { try check().contains("nothing is sniffed any more") })
                let said = try check()
                #expect(said.contains("lan0: the tunnel sniffs itself"))
                let words = try #require(
                    said.firstMatch(of: /exclude (192\.0\.2\.1:2222,192\.0\.2\.3:\d+)/)?.1, "\(said)")
                // It is still, and still connected.
                let before = try frames(bed)
                #expect(try bed.c.ping("192.0.2.1", count: 10).replies == 10)
                #expect(try frames(bed) - before < 200)
                // Those words help.
                try bed.succeed("vamp0 exclude auto exclude \(words)", slave, in: bed.b)
                #expect(try !check().contains("sniffs itself"))
                let tcpdump = try bed.c.start("tcpdump -n -l --immediate-mode -c 3 -i puppet0 icmp")
                #expect(eventually { tcpdump.error.contains("listening on") })
                try bed.b.succeed("ping -n -c 4 -i 0.2 192.0.2.3")
                #expect(try tcpdump.wait(within: .seconds(10)).lines.count == 3)
                #expect(try !check().contains("sniffs itself"))
            }
        }

        /// A gateway sends all day.
        @Test func `what the gateway sends for others is no loop`() throws {
            try PuppetBed.with { bed in
                let (master, slave) = (try bed.net.daemon(in: bed.a), try bed.net.daemon(in: bed.b))
                try bed.b.succeed("ip addr add 192.0.2.1/24 dev lan0")
                try bed.succeed("create vamp0 dev lan0 listen 198.51.100.2:7113 insecure up", slave, in: bed.b)
                try bed.succeed("create puppet0 connect 198.51.100.2:7113 insecure up", master, in: bed.a)
                #expect(try eventually { try bed.status(of: "puppet0", master, in: bed.a).contains("connected") })
                let count = 1500
                try bed.b.succeed("ping -q -n -i 0.002 -c \(count) -W 1 192.0.2.3")
                #expect(try !bed.puppetctl(["check", "vamp0"], slave, in: bed.b).output.contains("sniffs itself"))
                // Not one of them is lost for the question.
                let seen = { try bed.a.succeed("cat /sys/class/net/puppet0/statistics/rx_packets") }
                #expect(try eventually { try (Int(seen().filter(\.isNumber)) ?? 0) >= 2 * count })
            }
        }

        @Test func `the connection that one came by is known by its name`() throws {
            try PuppetBed.with { bed in
                let daemon = try bed.net.daemon(in: bed.b)
                let tool = bed.net.executables.appending(path: "puppetctl").path
                let words = "-s \(daemon.socket.path) create vamp0 dev lan0 exclude auto exclude ssh"
                let refused = try bed.b.run(["env", "-u", "SSH_CONNECTION", "sh", "-c", "\(tool) \(words)"])
                #expect(refused.status != 0 && refused.error.contains("SSH_CONNECTION"), "\(refused)")
                try bed.b.shell("SSH_CONNECTION='2001:db8::7 50000 2001:db8::1 22' \(tool) \(words)")
                #expect(
                    try bed.status(of: "vamp0", daemon, in: bed.b)
                        .contains("[2001:db8::7]:50000,[2001:db8::1]:22"))
                let warned = try bed.b.run(
                    ["env", "SSH_CONNECTION=127.0.0.1 5 127.0.0.1 22", tool, "-s", daemon.socket.path]
                        + ["vamp0", "exclude", "ssh"])
                #expect(warned.status == 0 && warned.error.contains("by a relay of this host"), "\(warned)")
            }
        }

        /// The way to the gateway leads into the doll, as a network's DHCP may have it.
        @Test func `a tunnel is not sent into itself`() throws {
            try PuppetBed.with { bed in
                let (master, slave) = (try bed.net.daemon(in: bed.a), try bed.net.daemon(in: bed.b))
                try bed.succeed("create vamp0 dev lan0 listen 198.51.100.2:7113 insecure up", slave, in: bed.b)
                try bed.succeed("create puppet0 connect 198.51.100.2:7113 insecure up", master, in: bed.a)
                #expect(try eventually { try bed.status(of: "puppet0", master, in: bed.a).contains("connected") })
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                let before = try frames(bed)
                try bed.a.succeed("ip route add 198.51.100.2/32 via 192.0.2.3 dev puppet0")
                _ = try bed.a.run("ping -n -c 3 -i 0.2 -W 1 192.0.2.3")
                let check = { try bed.puppetctl(["check", "puppet0"], master, in: bed.a).output }
                #expect(
                    try eventually { try check().contains("the route to 198.51.100.2:7113 leads through the tunnel") })
                #expect(try frames(bed) - before < 100)
                let counted = try bed.puppetctl(["-j", "-v", "puppet0"], master, in: bed.a).output
                #expect(counted.contains("recursive"), "\(counted)")
                // With the route gone it goes on.
                try bed.a.succeed("ip route del 198.51.100.2/32 via 192.0.2.3 dev puppet0")
                #expect(try eventually { try bed.a.ping("192.0.2.3", count: 1).replies == 1 })
            }
        }

        private func frames(_ bed: PuppetBed) throws -> Int {
            let text = try bed.b.succeed("cat /sys/class/net/lan0/statistics/tx_packets")
            return try #require(Int(text.split(separator: "\n").first ?? ""))
        }
    }
}
