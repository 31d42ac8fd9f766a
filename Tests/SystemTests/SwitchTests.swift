// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// What the kernel refuses after a request was planned fails the request, which is undone, and says which switch it is.
    ///
    ///     a  ne0 ── ne0  b     192.0.2.1/24
    @Suite struct SwitchTests {
        /// Administrators switch IPv6 off for interfaces in general; what is made for IPv6 has it.
        @Test func `a device of ours has IPv6 though devices in general have none`() throws {
            try with(boot: [:]) { host, daemon in
                try daemon.succeed("stf0 create inet6 2002:c000:201::1/16")
                #expect(try host.kernelState("stf0")?.addresses == ["2002:c000:201::1/16"])
                try daemon.set("net.inet6.ip6.keepfaith", 1)
                try daemon.faith("create faith0 relay 80 prefix 2001:db8:64::/96 up")
                #expect(try eventually { try daemon.relayed().captured == ["2001:db8:64::/96"] })
                #expect(try host.succeed("sysctl -n net.ipv6.conf.default.disable_ipv6") == "1\n")
            }
            try with(boot: ["stf0.if": "create\ninet6 2002:c000:201::1/16\n"]) { host, _ in
                let addresses = try host.kernelState("stf0")?.addresses
                #expect(addresses == ["2002:c000:201::1/16"])
            }
        }

        /// Somebody switches IPv6 off later: each request that needs it says so, and changes nothing.
        @Test func `what IPv6 switched off refuses is refused`() throws {
            try with(boot: [:]) { host, daemon in
                try daemon.succeed("create stf0")
                try daemon.set("net.inet6.ip6.keepfaith", 1)
                try daemon.faith("create faith0 relay 80 up")
                try host.succeed("sysctl -q net.ipv6.conf.all.disable_ipv6=1")
                let address = try daemon.stfctl("stf0 description x inet6 2002:c000:201::1/16")
                #expect(
                    address.error == "stfctl: stf0: inet6 2002:c000:201::1/16: Permission denied "
                        + "(net.ipv6.conf.stf0.disable_ipv6 is 1)\n")
                #expect(try daemon.interface("stf0")?.description == nil)
                let prefix = try daemon.faithctl("faith0 prefix 2001:db8:64::/96 relay 443")
                #expect(prefix.status != 0)
                #expect(prefix.error.contains("net.ipv6.conf.faith0.disable_ipv6 is 1"), "\(prefix)")
                #expect(try !daemon.faith("faith0").contains("443"))
                #expect(try !daemon.faith("faith0").contains("prefix"))
                #expect(try daemon.faithctl("check faith0").output.contains("net.ipv6.conf.faith0.disable_ipv6 is 1"))
                // The words that `check` names mend it.
                #expect(try daemon.addr("stf0 inet6 -ifdisabled").status == 0)
                try daemon.succeed("stf0 inet6 2002:c000:201::1/16")
                #expect(try daemon.addr("faith0 inet6 -ifdisabled").status == 0)
                try daemon.faith("faith0 prefix 2001:db8:64::/96")
            }
        }

        /// A prefix that has no route because somebody switched IPv6 off is no reason to refuse what has nothing to do with it.
        @Test func `an old refusal keeps nothing else from being said`() throws {
            try with(boot: [:]) { host, daemon in
                try daemon.set("net.inet6.ip6.keepfaith", 1)
                try daemon.faith("create faith0 relay 80 prefix 2001:db8:64::/96")
                try host.succeed("sysctl -q net.ipv6.conf.faith0.disable_ipv6=1")
                try host.succeed("ip link set faith0 up")
                let told = { daemon.log.split(separator: "\n").filter { $0.contains("disable_ipv6 is 1") }.count }
                #expect(eventually { told() == 1 }, "\(daemon.log)")
                try daemon.faith("faith0 description old")
                try daemon.faith("faith0 relay 443")
                #expect(told() == 1, "\(daemon.log)")
                // What is refused anew fails the request that it follows from.
                let refused = try daemon.faithctl("faith0 prefix 2001:db8:65::/96")
                #expect(refused.error.contains("net.ipv6.conf.faith0.disable_ipv6 is 1"), "\(refused)")
                #expect(try daemon.addr("faith0 inet6 -ifdisabled").status == 0)
                #expect(try eventually { try daemon.relayed().captured == ["2001:db8:64::/96"] })
            }
        }

        /// Whoever removes the route to a prefix by hand finds out from `check`.
        @Test func `a route that somebody removed is found`() throws {
            try with(boot: [:]) { host, daemon in
                try daemon.set("net.inet6.ip6.keepfaith", 1)
                try daemon.faith("create faith0 relay 80 prefix 2001:db8:64::/96 prefix 2001:db8:65::/96 up")
                try host.succeed("ip -6 route del 2001:db8:64::/96 dev faith0 metric 1024")
                let found = try daemon.faithctl("check faith0")
                #expect(found.status == 1)
                #expect(
                    found.output.contains(
                        "problem: somebody removed the route to 2001:db8:64::/96: faithctl faith0 down, then up\n"),
                    "\(found)")
                try daemon.faith("faith0 down")
                try daemon.faith("faith0 up")
                #expect(try !daemon.faithctl("check faith0").output.contains("removed"))
            }
        }

        private func with(boot: [String: String], _ body: (Namespace, Daemon) throws -> Void) throws {
            try Topology.with { net throws in
                let host = try net.namespace("a"), other = try net.namespace("b")
                try net.link(host, "ne0", "192.0.2.1/24", other, "ne0", nil)
                try host.set("net/ipv6/conf/default/disable_ipv6", "1")
                try body(host, try net.daemon(in: host, boot: boot))
            }
        }
    }
}
