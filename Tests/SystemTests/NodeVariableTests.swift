// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `inet6d` puts the node variables into force; KernelProgramsTests hold what the programs do with packets.
    ///
    ///     a  ne0 ───────────────────── ne0  b
    ///        2001:db8::1/64  2001:db8::2/64
    @Suite struct NodeVariableTests {
        private func withHosts(_ body: (_ a: Namespace, _ b: Namespace, _ daemon: Daemon) throws -> Void) throws {
            try Topology.with { net in
                let a = try net.namespace("a"), b = try net.namespace("b")
                try net.link(a, "ne0", "2001:db8::1/64", b, "ne0", "2001:db8::2/64")
                try body(a, b, try net.daemon(in: a))
            }
        }

        private func dropped(_ reason: String, _ daemon: Daemon) throws -> String {
            try daemon.inet6ctl("-n net.inet6.ip6.dropped.\(reason)").output
        }

        @Test func ourOwnSourceIsRefused() throws {
            try withHosts { a, b, daemon in
                // b claims an address of a, which a has only now.
                try a.succeed("ip addr add 2001:db8:a::1/128 dev lo")
                try b.succeed("ip addr add 2001:db8:a::1/128 dev lo")
                _ = try b.ping("2001:db8::1", count: 2, options: "-W 0.1 -I 2001:db8:a::1")
                #expect(try eventually { try dropped("source_is_own", daemon) == "2\n" })
                try daemon.set("net.inet6.ip6.source_address_validation", 0)
                _ = try b.ping("2001:db8::1", count: 2, options: "-W 0.1 -I 2001:db8:a::1")
                try daemon.set("net.inet6.ip6.source_address_validation", 1)
                #expect(try dropped("source_is_own", daemon) == "2\n")
                // And not any more when a has it no more.
                try a.succeed("ip addr del 2001:db8:a::1/128 dev lo")
                try a.succeed("ip route add 2001:db8:a::1/128 via 2001:db8::2")
                #expect(
                    try eventually {
                        try b.ping("2001:db8::1", count: 1, options: "-W 1 -I 2001:db8:a::1").replies == 1
                    })
            }
        }

        @Test func fragmentsAreRefused() throws {
            try withHosts { _, b, daemon in
                try b.expectReplies(2, of: 2, from: "2001:db8::1", options: "-s 3000")
                try daemon.set("net.inet6.ip6.maxfrags", 0)
                try b.expectReplies(0, of: 2, from: "2001:db8::1", options: "-s 3000 -W 0.2")
                #expect(try Int(dropped("maxfrags", daemon).dropLast()) == 6)
                try b.expectReplies(2, of: 2, from: "2001:db8::1")
                try daemon.set("net.inet6.ip6.maxfrags", -1)
                try b.expectReplies(2, of: 2, from: "2001:db8::1", options: "-s 3000")
                #expect(try daemon.inet6ctl("-n net.inet6.ip6.frag6_nfrags").output == "0\n")
            }
        }

        @Test func whatCannotBeForwardedIsLogged() throws {
            try withHosts { a, b, daemon in
                try a.forward()
                // Nobody is there, and nobody needs to be.
                try a.succeed("ip link add ne5 type veth peer name ne6")
                for device in ["ne5", "ne6"] { try a.succeed("ip link set \(device) up") }
                try a.succeed("ip -6 route add 2001:db8:6::/64 dev ne5")
                try b.succeed("ip -6 route add 2001:db8:6::/64 via 2001:db8::1")
                let address = try #require(
                    try b.kernelState("ne0")?.addr_info.first { $0.local.hasPrefix("fe80::") }?.local)
                _ = try b.ping("2001:db8:6::1", count: 3, options: "-W 0.1 -I \(address)%ne0")
                let line = "cannot forward src \(address)%ne0, dst 2001:db8:6::1, nxt 58, rcvif ne0, outif ne5"
                #expect(eventually { daemon.log.contains(line) }, "\(daemon.log)")
                let count = { daemon.log.split(separator: "\n").filter { $0.contains("cannot forward") }.count }
                #expect(count() == 1)
                try daemon.set("net.inet6.ip6.log_cannot_forward", 0)
                _ = try b.ping("2001:db8:6::1", count: 1, options: "-W 0.1 -I \(address)%ne0")
                #expect(count() == 1)
            }
        }

        /// Without the right to load programs the variables act on our own interfaces, and say so.
        @Test func withoutProgramsTheyActOnOurInterfaces() throws {
            try TwoSites.with { sites in
                let weak = ["setpriv", "--bounding-set", "-bpf,-sys_admin,-perfmon"]
                _ = try sites.daemonA.stop()
                let daemon = try sites.net.daemon(in: sites.a, under: weak)
                try daemon.succeed("stf0 create inet6 \(TwoSites.addressA)/16")
                #expect(daemon.log.contains("node variables act on our interfaces only: CAP_BPF"))
                let place = try daemon.inet6ctl("-j net.inet6.ip6.hdrnestlimit").output
                #expect(place.contains("inet6d's interfaces: CAP_BPF"), "\(place)")
                let refused = try daemon.inet6ctl("net.inet6.ip6.log_cannot_forward=0")
                #expect(refused.status == 1 && refused.error.contains("value is not available"), "\(refused)")

                for other in [daemon, sites.daemonB] { try other.set("net.link.stf.pairing", 0) }
                for host in [sites.a, sites.b] { try host.succeed("ip addr add 2001:db8::a/128 dev lo") }
                _ = try sites.b.ping(TwoSites.addressA, count: 2, options: "-W 0.1 -I 2001:db8::a")
                #expect(try eventually { try dropped("source_is_own", daemon) == "2\n" })
                try sites.b.expectReplies(2, of: 2, from: TwoSites.addressA, options: "-s 2000")
                try daemon.set("net.inet6.ip6.maxfrags", 0)
                try sites.b.expectReplies(0, of: 1, from: TwoSites.addressA, options: "-s 2000 -W 0.2")
                #expect(try dropped("maxfrags", daemon) == "2\n")
            }
        }
    }
}
