// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// What the kernel has, inet6ctl and sysctl(8) show and set as one.
    @Suite struct KernelVariableTests {
        /// A variable, the kernel's keys that it sets, and pairs of BSD's value and Linux's.
        struct Row: CustomTestStringConvertible, Sendable {
            let variable: String
            let keys: [String]
            let values: [(bsd: String, linux: String)]

            init(_ variable: String, _ keys: [String], _ values: [(String, String)]) {
                self.variable = "net.inet6." + variable
                self.keys = keys
                self.values = values.map { (bsd: $0.0, linux: $0.1) }
            }

            var testDescription: String { variable }
        }

        private static func each(_ key: String) -> [String] {
            ["default", "ne0", "all"].map { "net/ipv6/conf/\($0)/\(key)" }
        }

        /// A network namespace has no `neigh/default`.
        private static func neighbour(_ key: String) -> [String] {
            ["lo", "ne0"].map { "net/ipv6/neigh/\($0)/\(key)" }
        }

        static let rows: [Row] = [
            Row("ip6.forwarding", each("forwarding").reversed(), [("1", "1"), ("0", "0")]),
            Row("ip6.hlim", each("hop_limit"), [("7", "7"), ("64", "64")]),
            Row("ip6.accept_rtadv", ["net/ipv6/conf/default/accept_ra"], [("0", "0"), ("1", "1")]),
            Row("ip6.rfc6204w3", ["net/ipv6/conf/default/accept_ra"], [("1", "2"), ("0", "1")]),
            Row("ip6.no_radr", ["net/ipv6/conf/default/accept_ra_defrtr"], [("1", "0"), ("0", "1")]),
            Row("ip6.auto_linklocal", ["net/ipv6/conf/default/addr_gen_mode"], [("0", "1"), ("1", "0")]),
            Row("ip6.dad_count", each("dad_transmits"), [("3", "3"), ("0", "0")]),
            Row("ip6.auto_flowlabel", ["net/ipv6/auto_flowlabels"], [("0", "0"), ("3", "3")]),
            Row("ip6.v6only", ["net/ipv6/bindv6only"], [("1", "1"), ("0", "0")]),
            Row("ip6.anonportmin", ["net/ipv4/ip_local_port_range"], [("40000", "40000\t60999")]),
            Row("ip6.anonportmax", ["net/ipv4/ip_local_port_range"], [("50000", "32768\t50000")]),
            Row("ip6.use_tempaddr", each("use_tempaddr"), [("1", "1"), ("0", "0")]),
            Row("ip6.temppltime", each("temp_prefered_lft"), [("7200", "7200")]),
            Row("ip6.tempvltime", each("temp_valid_lft"), [("90000", "90000")]),
            Row("ip6.fraglifetime_ms", ["net/ipv6/ip6frag_time"], [("2000", "2")]),
            Row("icmp6.rediraccept", each("accept_redirects"), [("0", "0"), ("1", "1")]),
            Row("icmp6.nd6_delay", neighbour("delay_first_probe_time"), [("9", "9")]),
            Row("icmp6.nd6_umaxtries", neighbour("ucast_solicit"), [("9", "9")]),
            Row("icmp6.nd6_mmaxtries", neighbour("mcast_solicit"), [("9", "9")]),
            Row("icmp6.nd6_maxqueuelen", neighbour("unres_qlen"), [("9", "9")]),
            Row("icmp6.nd6_gctimer", neighbour("gc_stale_time"), [("9", "9")]),
        ]

        @Test(arguments: rows)
        func bothSayTheSame(_ row: Row) throws {
            try withHost { host, daemon in
                let kernel = { (key: String) in try host.succeed("cat /proc/sys/\(key)").dropLast() }
                for (bsd, linux) in row.values {
                    let before = try value(row.variable, daemon)
                    let written = try daemon.inet6ctl("\(row.variable)=\(bsd)")
                    #expect(written.output == "\(row.variable): \(before) -> \(bsd)\n")
                    for key in row.keys { #expect(try kernel(key) == linux, "\(key)") }
                    #expect(try value(row.variable, daemon) == bsd)
                }
            }
            // And the reverse, on a host as it was.
            try withHost { host, daemon in
                let first = try #require(row.values.first)
                try host.set(try #require(row.keys.first), first.linux)
                #expect(try value(row.variable, daemon) == first.bsd)
            }
        }

        @Test func aKeyWithTwoVariables() throws {
            try withHost { host, daemon in
                let key = "/proc/sys/net/ipv6/conf/ne0/use_tempaddr"
                let refused = try daemon.inet6ctl("net.inet6.ip6.prefer_tempaddr=1")
                #expect(refused.error.contains("use_tempaddr is 0"))
                #expect(refused.status == 1)
                try daemon.set("net.inet6.ip6.use_tempaddr", 1)
                try daemon.set("net.inet6.ip6.prefer_tempaddr", 1)
                #expect(try host.succeed("cat \(key)") == "2\n")
                try daemon.set("net.inet6.ip6.use_tempaddr", 0)
                #expect(try value("net.inet6.ip6.prefer_tempaddr", daemon) == "0")
            }
        }

        @Test func lifetimesOfTemporaryAddressesFitTogether() throws {
            try withHost { _, daemon in
                for (variable, value) in [("temppltime", 604_801), ("temppltime", 700), ("tempvltime", 86_399)] {
                    let refused = try daemon.inet6ctl("net.inet6.ip6.\(variable)=\(value)")
                    #expect(refused.status == 1 && refused.error.contains("Invalid argument"), "\(refused)")
                }
                try daemon.set("net.inet6.ip6.temppltime", 968)
                // What goes together can be set together, in whatever order.
                let both = try daemon.inet6ctl(
                    "-f -", input: "net.inet6.ip6.tempvltime=900000\nnet.inet6.ip6.temppltime=800000\n")
                #expect(both.status == 0, "\(both)")
                let reverse = try daemon.inet6ctl(
                    "-f -", input: "net.inet6.ip6.anonportmin=61000\nnet.inet6.ip6.anonportmax=65000\n")
                #expect(reverse.status == 0, "\(reverse)")
                #expect(try value("net.inet6.ip6.anonportmin", daemon) == "61000")
            }
        }

        /// What was set for an interface before there was one, or before it came back.
        @Test func interfacesToComeGetTheirValues() throws {
            try withHost { host, daemon in
                try daemon.set("net.inet6.ip6.interface.ne7.5.hlim", 9)
                try daemon.set("net.inet6.ip6.interface.ne7.5.accept_rtadv", 0)
                try daemon.set("net.inet6.icmp6.interface.ne7.5.nd6_delay", 9)
                for _ in 0..<2 {
                    try host.succeed("ip link add ne7.5 type veth")
                    let kernel = { (key: String) in try host.succeed("cat /proc/sys/net/ipv6/\(key)") }
                    #expect(try eventually { try kernel("conf/ne7.5/hop_limit") == "9\n" })
                    #expect(try eventually { try kernel("conf/ne7.5/accept_ra") == "0\n" })
                    #expect(try eventually { try kernel("neigh/ne7.5/delay_first_probe_time") == "9\n" })
                    #expect(try value("net.inet6.ip6.interface.ne7.5.hlim", daemon) == "9")
                    #expect(try kernel("conf/ne0/hop_limit") == "64\n")
                    try host.succeed("ip link del ne7.5")
                }
            }
        }

        /// BSD's accept_rtadv and auto_linklocal are what new interfaces begin with; those there are keep theirs.
        @Test func defaultsAreForNewInterfaces() throws {
            try withHost { host, daemon in
                try daemon.set("net.inet6.ip6.auto_linklocal", 0)
                try host.succeed("ip link set ne0 up")
                try host.succeed("ip link add ne8 type veth")
                try host.succeed("ip link set ne8 up")
                #expect(try host.succeed("ip -6 addr show dev ne0").contains("fe80::"))
                #expect(try !host.succeed("ip -6 addr show dev ne8").contains("fe80::"))
            }
        }

        @Test func hlimIsWhatPacketsLeaveWith() throws {
            try withHost { host, daemon in
                try host.succeed("ip link set ne0 up")
                try host.succeed("ip addr add 2001:db8::1/64 dev ne0 nodad")
                try host.succeed("ip neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev ne0")
                try daemon.set("net.inet6.ip6.hlim", 9)
                let packets = try host.capture(1, on: "ne0", "icmp6 and dst host 2001:db8::2") {
                    try host.expectReplies(0, of: 1, from: "2001:db8::2", options: "-W 0.1")
                }
                #expect(packets.contains("hlim 9,"), "\(packets)")
            }
        }

        /// The kernel tells nobody, so it is looked at.
        @Test func changesByOthersAreSeen() throws {
            try withHost { host, daemon in
                let monitor = try RawClient(daemon)
                monitor.send(#"{"method":"io.hydrangea.mib.Monitor","more":true}"#)
                #expect(monitor.reply()?.contains("current") == true)
                try host.set("net/ipv6/conf/all/forwarding", "1")
                let forwarding = #""name":"net.inet6.ip6.forwarding","new":"1","old":"0""#
                #expect(monitor.reply()?.contains(forwarding) == true)
                try daemon.set("net.inet6.ip6.v6only", 1)
                #expect(monitor.reply()?.contains(#""name":"net.inet6.ip6.v6only","new":"1","old":"0""#) == true)
            }
        }

        private func value(_ variable: String, _ daemon: Daemon) throws -> String {
            String(try daemon.inet6ctl("-n \(variable)").output.dropLast())
        }

        private func withHost(_ body: (Namespace, Daemon) throws -> Void) throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                try host.succeed("ip link add ne0 type veth peer name ne1")
                try host.succeed("ip link set ne1 up")
                try body(host, try net.daemon(in: host))
            }
        }
    }
}
