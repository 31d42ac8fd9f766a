// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The options of neighbour discovery are the kernel's variables, whoever sets them. The hosts are those of
    /// `AddressWires`.
    @Suite struct AddressOptionTests {
        /// An option, the kernel's variable, and its values without and with the option.
        private static let variables = [
            ("accept_rtadv", "ACCEPT_RTADV", "accept_ra", "0", "1"),
            ("no_radr", "NO_RADR", "accept_ra_defrtr", "1", "0"),
            ("auto_linklocal", "AUTO_LINKLOCAL", "addr_gen_mode", "1", "0"),
            ("no_dad", "NO_DAD", "accept_dad", "1", "0"),
            ("ifdisabled", "IFDISABLED", "disable_ipv6", "0", "1"),
        ]

        @Test func anOptionIsAVariableOfTheKernel() throws {
            try AddressWires.with { wires in
                for (word, shown, variable, off, on) in AddressOptionTests.variables {
                    for (words, value, isShown) in [("-\(word)", off, false), (word, on, true)] {
                        try wires.addr("ne0 inet6 \(words)")
                        #expect(try wires.variable(variable) == value, "\(words)")
                        #expect(try wires.options().contains(shown) == isShown, "\(words)")
                        #expect(try wires.addr("-v ne0 inet6 \(words)") == "ne0: unchanged\n", "\(words)")
                    }
                    try wires.a.set("net/ipv6/conf/ne0/\(variable)", off)
                    #expect(try !wires.options().contains(shown), "\(variable)")
                    try wires.a.set("net/ipv6/conf/ne0/\(variable)", on)
                    #expect(try wires.options().contains(shown), "\(variable)")
                }
            }
        }

        /// A device of faith is one like any other; stf(4) alone has no neighbours.
        @Test func `an option of a faith interface is the kernel's variable too`() throws {
            try AddressWires.with { wires in
                try wires.daemon.faith("create faith0 up")
                // A device without link-layer addresses detects no duplicates anyway.
                for (word, shown, variable, off, on) in AddressOptionTests.variables where word != "no_dad" {
                    for (words, value, isShown) in [("-\(word)", off, false), (word, on, true)] {
                        try wires.addr("faith0 inet6 \(words)")
                        let path = "/proc/sys/net/ipv6/conf/faith0/\(variable)"
                        #expect(try wires.a.succeed("cat \(path)") == "\(value)\n", "\(words)")
                        #expect(try wires.addr("faith0").contains(shown) == isShown, "\(words)")
                        #expect(try wires.addr("-v faith0 inet6 \(words)") == "faith0: unchanged\n", "\(words)")
                    }
                }
                #expect(
                    try wires.daemon.addr("faith0 inet6 -no_dad").error
                        == "inet6ctl: faith0: -no_dad: Operation not supported (it has no link-layer addresses)\n")
            }
        }

        /// What is refused of a link-local address is said of the kind that it is about.
        @Test func `a link-local address of a faith interface is the kernel's to make`() throws {
            try AddressWires.with { wires in
                try wires.daemon.faith("create faith0 up")
                let refusals = [
                    ("fe80::5%faith0", "link-local (fe80::/10)"),
                    ("fe80::5", "link-local (fe80::/10)"),
                    ("fe80::5%ne0", "only link-local addresses have a zone, which here is faith0"),
                ]
                for (address, reason) in refusals {
                    let refused = try wires.daemon.faithctl("faith0 inet6 \(address)")
                    #expect(refused.status == 1)
                    #expect(
                        refused.error == "faithctl: faith0: inet6 \(address): Invalid argument (\(reason))\n")
                }
                let shown = try wires.daemon.faith("faith0").firstMatch(of: /inet6 (fe80::\S+%faith0) prefixlen 64/)
                let made = try #require(shown.map { String($0.1) })
                try wires.daemon.faith("faith0 inet6 \(made) delete")
                #expect(try !wires.daemon.faith("faith0").contains("fe80"))
            }
        }

        @Test func theOptionsHaveBSDsBits() throws {
            try AddressWires.with { wires in
                try wires.addr("ne0 inet6 -no_dad")
                #expect(try wires.options() == "23<PERFORMNUD,ACCEPT_RTADV,AUTO_LINKLOCAL>")
                try wires.addr("ne0 inet6 -accept_rtadv -auto_linklocal no_radr no_dad ifdisabled nud")
                #expect(try wires.options() == "149<PERFORMNUD,IFDISABLED,NO_RADR,NO_DAD>")
            }
        }

        /// A router listens to no advertisements, unless it is told to.
        @Test func aRouterListensIfItIsTold() throws {
            try AddressWires.with { wires in
                try wires.a.set("net/ipv6/conf/ne0/forwarding", "1")
                #expect(try !wires.options().contains("ACCEPT_RTADV"))
                try wires.addr("ne0 inet6 accept_rtadv")
                #expect(try wires.variable("accept_ra") == "2")
                #expect(try wires.options().contains("ACCEPT_RTADV"))
            }
        }

        /// A router's advertisement gives an address and a default route, or not.
        @Test func advertisementsAreTakenAsTold() throws {
            try AddressWires.with { wires in
                _ = try wires.linkLocal()
                try wires.addr("ne0 inet6 accept_rtadv")
                try advertise("2001:db8:7::", wires)
                let autoconf = try eventually {
                    try wires.addr("ne0").contains(/inet6 2001:db8:7:\S+ prefixlen 64 autoconf\n/)
                }
                #expect(autoconf)
                // Who made it is not forgotten when it is changed.
                let made = try wires.addr("ne0").firstMatch(of: /inet6 (2001:db8:7:\S+) prefixlen 64 autoconf/)
                let address = try #require(made.map { String($0.1) })
                try wires.addr("ne0 inet6 \(address) pltime 500 vltime 600")
                #expect(try wires.shown(address) == "inet6 \(address) prefixlen 64 autoconf")
                #expect(try wires.kernel(address)?.contains("preferred_lft 500sec") == true)
                #expect(try wires.a.succeed("ip -6 route show default dev ne0").contains("proto ra"))
                try wires.a.succeed("ip -6 route flush proto ra")
                try wires.addr("ne0 inet6 no_radr")
                try advertise("2001:db8:8::", wires)
                #expect(try eventually { try wires.addr("ne0").contains("inet6 2001:db8:8:") })
                #expect(try wires.a.succeed("ip -6 route show default dev ne0") == "")
                try wires.addr("ne0 inet6 -accept_rtadv")
                try advertise("2001:db8:9::", wires)
                // What is sent after it has come, and so has it.
                let linkLocal = try wires.linkLocal()
                #expect(try wires.b.ping("\(linkLocal)%ne0", count: 1).replies == 1)
                #expect(try !wires.addr("ne0").contains("inet6 2001:db8:9:"))
            }
        }

        /// Sends a router advertisement of host b to all nodes (RFC 4861 §4.2, §4.6.2): a lifetime as a default router,
        /// and a prefix to make addresses of.
        private func advertise(_ prefix: String, _ wires: AddressWires) throws {
            let script = """
                import socket, struct
                wire = socket.if_nametoindex("ne0")
                s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, wire)
                head = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
                prefix = socket.inet_pton(socket.AF_INET6, "\(prefix)")
                option = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 7200, 3600, 0) + prefix
                s.sendto(head + option, ("ff02::1", 0, 0, wire))
                """
            let result = try wires.b.run(["python3", "-c", script])
            #expect(result.status == 0, "\(result)")
        }
    }
}
