// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The world changes and the interface with it: its address, what those who monitor see, and what senders are told.
    ///
    ///     a  ne0 ── ne0  router     192.0.2.1/24, 192.0.2.254/24
    @Suite struct WorldTests {
        @Test func automaticAddressFollowsTheDefaultRoute() throws {
            try with { host, _, daemon in
                try daemon.succeed("create stf0 auto")
                #expect(try daemon.interface("stf0")?.addresses == [])
                try host.succeed("ip route add default via 192.0.2.254")
                #expect(try follows(daemon, "2002:c000:201::1/16"))
                try host.succeed("ip addr add 198.51.100.7/24 dev ne0")
                try host.succeed("ip route replace default via 198.51.100.254")
                #expect(try follows(daemon, "2002:c633:6407::1/16"))
                // A private address gives no 6to4 address: the old one stays.
                try host.succeed("ip addr add 10.0.0.7/24 dev ne0")
                try host.succeed("ip route replace default via 10.0.0.254")
                #expect(eventually { daemon.log.contains("stf0: auto: 10.0.0.7 is private (RFC 1918)") })
                #expect(try follows(daemon, "2002:c633:6407::1/16"))
                try daemon.succeed("stf0 -auto")
                try host.succeed("ip route replace default via 192.0.2.254")
                #expect(try follows(daemon, "2002:c633:6407::1/16"))
            }
        }

        /// What follows from words follows when all of them are heard.
        @Test func `what auto gave goes with the word that ends auto`() throws {
            try with { host, _, daemon in
                try host.succeed("ip route add default via 192.0.2.254")
                try daemon.succeed("create stf0 auto")
                #expect(try follows(daemon, "2002:c000:201::1/16"))
                try daemon.succeed("stf0 -auto inet6 2002:c000:201::1 delete")
                #expect(try daemon.interface("stf0")?.addresses == [])
                #expect(try host.kernelState("stf0")?.addresses == [])
                // In a file of commands as in one.
                try daemon.succeed("stf0 auto")
                #expect(try follows(daemon, "2002:c000:201::1/16"))
                try daemon.succeed("-f -", input: "stf0 inet6 2002:c000:201::1 delete\nstf0 -auto\n")
                #expect(try daemon.interface("stf0")?.addresses == [])
            }
        }

        @Test func automaticAddressOfACustomer() throws {
            try with { host, _, daemon in
                try daemon.succeed("create stf0 stfv4net 0.0.0.0/8 stfv4br 10.255.0.1 inet6 2001:db8::1/32 auto")
                for number in [1, 2] {
                    try host.succeed("ip addr add 10.0.0.\(number)/8 dev ne0")
                    #expect(try follows(daemon, "2001:db8:0:\(number)00::1/32"))
                    try host.succeed("ip addr del 10.0.0.\(number)/8 dev ne0")
                }
            }
        }

        @Test func monitorsSeeWhatAnyoneDoes() throws {
            try Topology.with { net throws in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host)
                try daemon.succeed("create stf0")
                let monitor = try net.start("-jm", at: daemon.socket.path)
                #expect(eventually { monitor.output.contains("{\"event\":\"current\"}\n") })
                try daemon.succeed("stf0 inet6 2002:c000:201::1/16")
                try host.succeed("ip link set stf0 mtu 1400")
                #expect(eventually { monitor.output.contains("\"mtu\":1400") })
                try host.succeed("ip link del stf0")
                #expect(eventually { monitor.output.contains("{\"event\":\"removed\",\"name\":\"stf0\"}\n") })
                let lines = monitor.output.split(separator: "\n")
                for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
                #expect(lines.first?.hasPrefix("{\"event\":\"interface\",\"interface\":{") == true)
                _ = try daemon.stop()
                #expect(try monitor.wait().status == 69)
            }
        }

        /// An ICMPv4 error of a router on the way becomes an ICMPv6 error to whoever pings.
        @Test(arguments: [
            ("unreachable", "Address unreachable"), ("prohibit", "Administratively prohibited"),
        ])
        func errorsOnTheWayAreTold(type: String, text: String) throws {
            try with { host, router, daemon in
                try router.succeed("sysctl -qw net.ipv4.ip_forward=1")
                try router.succeed("ip route add \(type) 198.51.100.0/24")
                try host.succeed("ip route add default via 192.0.2.254")
                try daemon.succeed("stf0 create inet6 2002:c000:201::1/16")
                let result = try host.run("ping -c 1 -W 2 2002:c633:6407::1")
                #expect(result.output.contains("From 2002:c000:201:: icmp_seq=1 Destination unreachable: \(text)"))
            }
        }

        /// Nobody has 192.0.2.7: the kernel finds out when nobody answers its question for it, and tells us.
        @Test(arguments: ["user", "kernel"])
        func aDeadNextHopIsTold(engine: String) throws {
            try with { host, _, daemon in
                try daemon.succeed("stf0 create inet6 2002:c000:201::1/16 engine \(engine)")
                let result = try host.run("ping -c 4 -W 5 2002:c000:207::1")
                let told = result.output.matches(
                    of: /From 2002:c000:201:: icmp_seq=\d Destination unreachable: Address unreachable/)
                #expect(told.count == 4, "\(result)")
            }
        }

        @Test func hopsThatRunOutAreTold() throws {
            try with { host, router, daemon in
                try router.succeed("sysctl -qw net.ipv4.ip_forward=1")
                try router.succeed("ip addr add 198.51.100.1/24 dev ne0")
                try host.succeed("ip route add default via 192.0.2.254")
                try daemon.succeed("stf0 create inet6 2002:c000:201::1/16")
                try daemon.set("net.link.stf.ttl", 1)
                let result = try host.run("ping -c 1 -W 2 2002:c633:6407::1")
                #expect(result.output.contains("Destination unreachable"), "\(result)")
            }
        }

        private func follows(_ daemon: Daemon, _ address: String) throws -> Bool {
            try eventually { try daemon.interface("stf0")?.addresses == [address] }
        }

        private func with(_ body: (_ host: Namespace, _ router: Namespace, Daemon) throws -> Void) throws {
            try Topology.with { net throws in
                let host = try net.namespace("a"), router = try net.namespace("router")
                try net.link(host, "ne0", "192.0.2.1/24", router, "ne0", "192.0.2.254/24")
                try body(host, router, try net.daemon(in: host))
            }
        }
    }
}
