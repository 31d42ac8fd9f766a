// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// `stfctl check` names the cause of each way to be broken, and finds nothing where nothing is wrong.
    ///
    ///     a  ne0 ── ne0  b     192.0.2.1/24
    @Suite struct CheckTests {
        /// One way to be broken: what is done to a working router for 192.0.2.1, and a line of the answer.
        struct Breakage: CustomTestStringConvertible, Sendable {
            var host: [String] = []
            var stfctl: [String] = []
            var inet6ctl: [String] = []
            let line: String
            var status: Int32 = 1

            var testDescription: String { line }
        }

        @Test(arguments: [
            Breakage(stfctl: ["stf0 down"], line: "problem: the interface is down"),
            Breakage(stfctl: ["stf0 inet6 2002:c000:201::1 delete"], line: "problem: it has no inet6 address"),
            Breakage(host: ["ip addr del 192.0.2.1/24 dev ne0"], line: "problem: this host does not have 192.0.2.1"),
            Breakage(host: ["ip route del default"], line: "problem: there is no IPv4 route to 192.88.99.1"),
            Breakage(
                host: ["ip -6 route add 2001:db8::/32 dev stf0"],
                line: "problem: the route to 2001:db8::/32 has no gateway"),
            Breakage(
                host: ["ip -6 route add 2001:db8::/32 via 2001:db8::1 dev stf0 onlink"],
                line: "problem: 2001:db8::1, gateway of the route to 2001:db8::/32, is not within the prefix"),
            Breakage(
                host: ["ip link add lan0 type veth peer name lan1", "ip addr add 2002:c000:201:1::1/64 dev lan0"],
                line: "problem: net.ipv6.conf.all.forwarding is 0: hosts behind lan0 are cut off"),
            Breakage(
                host: ["ip addr add 10.0.0.1/24 dev ne0"],
                stfctl: ["stf0 inet6 2002:c000:201::1 delete", "stf0 inet6 2002:a00:1::1/16"],
                inet6ctl: ["net.link.stf.permit_rfc1918=1"],
                line: "note: 10.0.0.1 is private (RFC 1918): nobody outside can answer", status: 0),
            Breakage(
                host: ["ip addr add 10.0.0.1/24 dev ne0"],
                stfctl: ["stf1 create stfv4net 10.0.0.1/8 stfv4br 203.0.113.1 inet6 2001:db8::1/32 down"],
                line: "nothing is wrong", status: 0),
            Breakage(
                host: ["ip link set ne0 mtu 1290"],
                line: "note: IPv4 packets of up to 1300 bytes will be fragmented: ne0 takes 1290", status: 0),
            // 6rd: 24 bits of prefix and all 32 of an address, of which the last bits are another host's.
            Breakage(
                host: ["ip addr add 203.0.113.133/24 dev ne0", "ip route add 198.51.100.64 dev ne0"],
                stfctl: [
                    "destroy stf0",
                    "stf0 create stfv4net 203.0.113.133/32 stfv4br 198.51.100.64 inet6 3fff:1cb:71:8400::1/24",
                ],
                line: "problem: 3fff:1cb:71:8400::1 embeds 203.0.113.132, and packets leave from 203.0.113.133: "
                    + "answers go elsewhere; delete it, and set inet6 3fff:1cb:71:8500::1/24"),
            Breakage(
                stfctl: ["destroy stf0", "stf0 create inet6 2002:c000:201::1"],
                line: "problem: 2002:c000:201::1 has prefixlen 64, which leaves no peer from 48 on: delete it, and set "
                    + "inet6 2002:c000:201::1/16"),
            Breakage(
                stfctl: ["destroy stf0", "stf0 create inet6 2002:c000:201::1/48"],
                line: "problem: 2002:c000:201::1 has prefixlen 48, which leaves no peer from 48 on: delete it, and set "
                    + "inet6 2002:c000:201::1/16"),
            Breakage(
                stfctl: ["destroy stf0", "stf0 create inet6 2002:c000:201:5::1/128"],
                line: "problem: 2002:c000:201:5::1 has prefixlen 128, which leaves no peer from 48 on: delete it, and "
                    + "set inet6 2002:c000:201:5::1/16"),
            Breakage(
                stfctl: ["destroy stf0", "stf0 create stfv4net 192.0.2.1/24 inet6 2001:db8:1::1/32"],
                line: "problem: net.ipv6.conf.all.forwarding is 0: a border relay forwards; or else its address is "
                    + "wanted, stfv4br"),
            Breakage(
                stfctl: ["destroy stf0", "stf0 create inet6 3fff:1:30:3400::1/40"],
                line: "problem: 3fff:1:30:3400::1/40 and the 32 bits of stfv4net 0.0.0.0/32 exceed 64: set stfv4net to "
                    + "a length of 8 to 31, or another prefixlen"),
            Breakage(
                host: ["ip addr add 2002:c633:6407::1/16 dev stf0"],
                line: "problem: 2002:c633:6407::1 is not of the site of 192.0.2.1: what is sent from it dies; "
                    + "ip addr del 2002:c633:6407::1/16 dev stf0"),
            Breakage(
                host: ["sysctl -q net.ipv6.conf.stf0.disable_ipv6=1"],
                line: "problem: net.ipv6.conf.stf0.disable_ipv6 is 1: inet6ctl addr stf0 inet6 -ifdisabled"),
            Breakage(
                host: ["sysctl -q net.ipv6.conf.all.disable_ipv6=1"],
                line: "problem: net.ipv6.conf.stf0.disable_ipv6 is 1: inet6ctl addr stf0 inet6 -ifdisabled"),
            Breakage(
                host: ["sysctl -q net.ipv6.conf.stf0.keep_addr_on_down=0"],
                line: "note: net.ipv6.conf.stf0.keep_addr_on_down is 0: its addresses go when the interface goes down",
                status: 0),
            Breakage(
                host: ["ip -6 route replace default via 2002:c000:201::9 dev stf0"],
                line: "problem: 192.0.2.1, which packets would go to, is this host itself"),
            Breakage(
                host: ["ip -6 route replace default via 2002:a00:1::1 dev stf0"],
                line: "problem: 10.0.0.1, which packets would go to, is private (RFC 1918)"),
            Breakage(
                host: ["ip route add blackhole 192.88.99.1"],
                line: "problem: there is no IPv4 route to 192.88.99.1"),
            Breakage(
                host: ["ip link set ne0 down"], line: "problem: there is no IPv4 route to 192.88.99.1"),
            Breakage(stfctl: ["stf0 link0"], line: "note: link0 closes the input: answers do not arrive", status: 0),
            Breakage(
                host: ["ping -c 1 -W 0.1 2002:c000:202::1"],
                line: "note: packets went out and none came in: does a firewall on the way pass protocol 41?",
                status: 0),
        ])
        func everyCauseIsNamed(_ breakage: Breakage) throws {
            try with { host, daemon in
                #expect(try daemon.succeed("check stf0") == "stf0: nothing is wrong\n")
                for words in breakage.inet6ctl { #expect(try daemon.inet6ctl(words).status == 0) }
                // A ping without an answer ends with status 1.
                for line in breakage.host { #expect(try host.run(line).status <= 1) }
                for words in breakage.stfctl { try daemon.succeed(words) }
                let result = try daemon.stfctl("check stf0")
                #expect(result.output.split(separator: "\n").contains { $0 == "stf0: \(breakage.line)" }, "\(result)")
                #expect(result.status == breakage.status)
            }
        }

        /// Each is done to a host without an interface; `check stf0` finds nothing.
        @Test(arguments: [
            [],
            ["ip addr add fe80::1/64 dev stf0"],
            ["ip addr add 2002:c000:201:7::1/64 dev stf0"],
            ["ip link set ne0 mtu 1500", "ip link set stf0 mtu 1480"],
            ["sysctl -q net.ipv6.conf.all.forwarding=1"],
            ["sysctl -q net.ipv6.conf.default.disable_ipv6=1"],
            ["ip addr add 198.51.100.7/24 dev ne0"],
            ["ip link add lan0 type veth peer name lan1", "ip addr add 2001:db8:5::1/64 dev lan0"],
            ["ip -6 route add 2001:db8:9::/48 via 2002:c058:6301::1 dev stf0"],
        ])
        func `nothing is wrong with what is right`(lines: [String]) throws {
            try with { host, daemon in
                for line in lines { try host.succeed(line) }
                #expect(try daemon.stfctl("check stf0").output == "stf0: nothing is wrong\n")
            }
        }

        /// A customer and a relay of a 6rd domain, and a customer whose address is the kernel's to choose.
        @Test(arguments: [
            ["stf0 create stfv4net 192.0.2.1/24 stfv4br 192.0.2.9 inet6 2001:db8:100::1/32"],
            ["stf0 create stfv4net 192.0.2.1/32 stfv4br 192.0.2.9 inet6 2001:db8:c000:201::1/32"],
            ["create stf0 auto"],
        ])
        func `nor with what is right of another kind`(words: [String]) throws {
            try with { host, daemon in
                try daemon.succeed("destroy stf0")
                for words in words { try daemon.succeed(words) }
                let isRight = try eventually { try daemon.stfctl("check stf0").output == "stf0: nothing is wrong\n" }
                #expect(isRight)
            }
        }

        @Test func `a border relay that forwards is right`() throws {
            try with { host, daemon in
                try daemon.succeed("destroy stf0")
                try host.forward()
                try daemon.succeed("stf0 create stfv4net 192.0.2.1/24 inet6 2001:db8:100::1/32")
                #expect(try daemon.stfctl("check stf0").output == "stf0: nothing is wrong\n")
            }
        }

        /// What comes in dies of one reason: nobody would look for it among the counters.
        @Test func `packets that all die are found`() throws {
            try TwoSites.with { sites in
                try sites.daemonB.succeed("destroy stf0")
                try sites.daemonB.succeed("stf0 create inet6 \(TwoSites.addressB)/48 link2")
                try sites.a.expectReplies(0, of: 3, from: TwoSites.addressB, options: "-W 0.1")
                try sites.daemonB.expectDropped(3, "input", "peer-outside-prefix")
                let found = try sites.daemonB.stfctl("check stf0").output
                #expect(
                    found.contains("problem: packets arrive and all die, 3 of them of peer-outside-prefix"), "\(found)")
            }
        }

        @Test func whatIsNotThereIsRefused() throws {
            try with { _, daemon in
                let result = try daemon.stfctl("check stf7")
                #expect(result.status == 1 && result.error == "stfctl: stf7: Device not configured\n")
            }
        }

        private func with(_ body: (Namespace, Daemon) throws -> Void) throws {
            try Topology.with { net throws in
                let host = try net.namespace("a"), other = try net.namespace("b")
                try net.link(host, "ne0", "192.0.2.1/24", other, "ne0", nil)
                try host.succeed("ip route add default via 192.0.2.254")
                let daemon = try net.daemon(in: host)
                try daemon.succeed("stf0 create inet6 2002:c000:201::1/16")
                try host.succeed("ip -6 route add default via 2002:c058:6301::1 dev stf0")
                try body(host, daemon)
            }
        }
    }
}
