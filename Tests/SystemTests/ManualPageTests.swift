// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Every example of the manual pages works as it is printed, in the order it is printed, and does what the page says.
    ///
    ///     a  ne0 ── ne0  b
    @Suite struct ManualPageTests {
        @Test func examplesOfStf4Work() throws {
            try with(page: "stf.4", examples: 4) { run, host, _, daemon in
                try run(0)
                let router = try #require(try daemon.interface("stf0"))
                #expect(router.addresses == ["2002:8504:506:0:a00:5aff:fe38:6f86/16"])
                #expect(router.flags == ["up", "running"])
                #expect(router.ipv4 == "133.4.5.6")
                let route = try host.succeed("ip -6 route show default")
                #expect(route.hasPrefix("default via 2002:c058:6301::1 dev stf0 "), "\(route)")
                try run(1)
                let customer = try #require(try daemon.interface("stf2"))
                #expect(customer.addresses == ["2001:db8:0:100::1/32"])
                #expect(customer.ipv4 == "10.0.0.1")
                #expect(try daemon.succeed("-v stf2").contains("delegated: 2001:db8:0:100::/56\n"))
                try run(2)
                let restricted = try #require(try daemon.interface("stf1"))
                #expect(restricted.addresses == ["2002:901:203:0:a00:5aff:fe38:6f86/32"])
                #expect(restricted.ipv4 == "9.1.2.3")
                #expect(try host.succeed("ip -6 route show dev stf1").contains("2002:901::/32 "))
                try run(3)
                let closed = try #require(try daemon.interface("stf0"))
                #expect(closed.addresses == ["2002:8504:506:0:a00:5aff:fe38:6f86/16"])
                #expect(closed.flags == ["up", "running", "link0"])
                #expect(closed.inet6.first?.deprecated == true)
            }
        }

        @Test func examplesOfInet64Work() throws {
            try with(page: "inet6.4", examples: 5) { run, host, _, daemon in
                let kernel = { (key: String) in try host.succeed("cat /proc/sys/net/ipv6/\(key)") }
                try run(0)
                #expect(try kernel("conf/all/forwarding") == "1\n")
                #expect(try kernel("conf/ne0/accept_ra") == "2\n")
                #expect(try kernel("conf/default/accept_ra") == "1\n")
                try run(1)
                #expect(try eventually { try kernel("conf/vpn0/hop_limit") == "32\n" })
                #expect(try kernel("conf/ne0/hop_limit") == "64\n")
                try run(2)
                #expect(try kernel("bindv6only") == "1\n")
                try run(3)
                try run(4)
                // What was set in the kernel stays when the daemon ends.
                _ = try daemon.stop()
                #expect(try kernel("bindv6only") == "1\n")
                #expect(try kernel("conf/vpn0/hop_limit") == "32\n")
            }
        }

        @Test func examplesOfStfctl8Work() throws {
            try with(page: "stfctl.8", examples: 8) { run, host, _, daemon in
                try host.succeed("ip addr add 192.0.2.1/24 dev ne0")
                try run(0)
                #expect(try daemon.interface("stf0")?.ipv4 == "192.0.2.1")
                try run(1)
                #expect(try daemon.interface("stf0")?.description == "to 6to4")
                try run(2)
                #expect(try daemon.interface("stf0")?.counters.output.packets == 0)
                try run(3)
                #expect(try daemon.interface("stf0")?.flags == ["up", "running"])
                try run(4)
                let before = try daemon.succeed("")
                try run(5)
                #expect(try daemon.succeed("") == before)
                try run(6)
                #expect(try host.succeed("ip -6 route show default").hasPrefix("default via ::192.88.99.1 dev stf0 "))
                try daemon.succeed("stf0 -route default")
                try host.succeed("ip addr add 10.0.0.1/8 dev ne0")
                try run(7)
                #expect(try daemon.interface("stf6")?.addresses == ["2001:db8:0:100::1/32"])
                #expect(try daemon.succeed("-c stf6").contains("stfv4br 10.255.0.1 route default inet6"))
            }
        }

        @Test func examplesOfInet6ctl8Work() throws {
            try with(page: "inet6ctl.8", examples: 11) { run, host, _, daemon in
                try run(0)
                #expect(try daemon.inet6ctl("-n net.link.stf.permit_rfc1918").output == "1\n")
                try run(1)
                try run(2)
                #expect(try daemon.inet6ctl("-n net.link.stf.ttl").output == "64\n")
                try run(3)
                let before = try daemon.inet6ctl("-a").output
                try run(4)
                #expect(try daemon.inet6ctl("-a").output == before)
                try run(5)
                #expect(try daemon.inet6ctl("-n net.link.stf.ttl net.inet6.ip6.gifhlim").output == "9\n9\n")
                try run(6)
                try run(7)
                try run(8)
                #expect(try host.succeed("ip -6 addr show dev ne0").contains("inet6 2001:db8::1/64 scope global"))
                try run(9)
                // Without duplicate address detection, as here, the kernel has `nodad` in between.
                let old = try host.succeed("ip -6 addr show dev ne0").split(separator: "\n")
                    .first { $0.contains("inet6 2001:db8::1/64 scope global") }
                #expect(old?.contains(" deprecated ") == true, "\(old ?? "")")
                try run(10)
                #expect(try !host.succeed("ip -6 addr show dev ne0").contains("fe80::53"))
            }
        }

        @Test func examplesOfInet6d8Work() throws {
            // The first is what an import prints, whose lines begin so; the next two are for who has systemd (Tests/booted).
            try with(page: "inet6d.8", examples: 5) { run, _, _, daemon in
                try run(3)
                try run(4)
                #expect(try daemon.interfaces() == [])
            }
        }

        /// - Parameter examples: how many the page has, so that a new one is not forgotten here.
        func with(
            page name: String, examples count: Int,
            _ body: (_ run: (Int) throws -> Void, Namespace, Namespace, Daemon) throws -> Void
        ) throws {
            let page = try ManualPage(name)
            try #require(page.examples.count == count)
            try Topology.with { net in
                let host = try net.namespace("a"), other = try net.namespace("b")
                try net.link(host, "ne0", nil, other, "ne0", nil)
                let daemon = try net.daemon(in: host)
                let path = "\(net.executables.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
                let run = { (example: Int) throws in
                    for command in page.examples[example] {
                        let result = try host.run(
                            ["sh", "-c", command], environment: ["PATH": path, "INET6D_SOCKET": daemon.socket.path])
                        #expect(result.status == 0, "\(name): # \(command)\n\(result.output)\(result.error)")
                    }
                }
                try body(run, host, other, daemon)
            }
        }
    }
}
