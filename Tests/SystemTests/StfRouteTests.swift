// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// Routes out of stf0 that are kept with it, and gateways that are named by their IPv4 address. The hosts are those of
    /// `TwoSites`, of which b has native addresses too.
    @Suite struct StfRouteTests {
        private static let native = "2001:db8:9::1"

        private func with(_ body: (TwoSites) throws -> Void) throws {
            try TwoSites.with { sites in
                try sites.b.succeed("ip addr add \(StfRouteTests.native)/128 dev lo")
                try body(sites)
            }
        }

        @Test func aGatewayIsNamedByItsIPv4Address() throws {
            try with { sites in
                try sites.a.succeed("ip -6 route add 2001:db8:9::/48 via ::192.0.2.2 dev stf0")
                try sites.a.expectReplies(3, from: StfRouteTests.native)
                #expect(try sites.daemonA.stfctl("check stf0").status == 0)
            }
        }

        @Test func aRouteIsKeptWithTheInterface() throws {
            try with { sites in
                let words = "route default via ::192.0.2.2"
                let route = { try sites.a.succeed("ip -6 route show default dev stf0") }
                try sites.daemonA.succeed("stf0 \(words)")
                #expect(try route().hasPrefix("default via ::192.0.2.2 "))
                #expect(try sites.daemonA.succeed("stf0").contains("\t\(words)\n"))
                try sites.a.expectReplies(3, from: StfRouteTests.native)
                // It goes when the interface goes down, and comes back with it, or if somebody takes it away.
                try sites.daemonA.succeed("stf0 down")
                #expect(try route() == "")
                try sites.daemonA.succeed("stf0 up")
                #expect(try eventually { try !route().isEmpty })
                try sites.a.succeed("ip -6 route del default dev stf0")
                #expect(try eventually { try !route().isEmpty })
                // It is saved, and brought back.
                let saved = try sites.daemonA.succeed("-c")
                #expect(saved.contains(" \(words) "))
                try sites.daemonA.succeed("destroy stf0")
                try sites.daemonA.succeed("-f -", input: saved)
                try sites.a.expectReplies(3, from: StfRouteTests.native)
                try sites.daemonA.succeed("stf0 -route default")
                #expect(try route() == "")
                #expect(try !sites.daemonA.succeed("stf0").contains("route"))
            }
        }

        /// What the kernel refuses is not kept.
        @Test func aRouteThatCannotBeIsRefused() throws {
            try with { sites in
                try sites.a.succeed("ip -6 route add 2001:db8:9::/48 dev lo metric 1024")
                let refused = try sites.daemonA.stfctl("stf0 route 2001:db8:9::/48 via ::192.0.2.2")
                #expect(refused.status == 1)
                #expect(
                    refused.error == "stfctl: stf0: route 2001:db8:9::/48 via ::192.0.2.2: File exists\n", "\(refused)")
                #expect(try !sites.daemonA.succeed("stf0").contains("route"))
            }
        }

        @Test func anInterfaceHasADomain() throws {
            try with { sites in
                #expect(try sites.daemonA.succeed("map stf0 198.51.100.7") == "2002:c633:6407::/48\n")
                try sites.daemonA.succeed(
                    "-f -", input: "create stf1 option212 '8 32 2001:db8:: 10.255.0.1 10.255.0.2' 10.1.2.3\n")
                #expect(try sites.daemonA.succeed("map stf1 10.0.0.1") == "2001:db8:0:100::/56\n")
                #expect(try sites.daemonA.succeed("map stf1 2001:db8:102:3ff::1") == "10.1.2.3\n")
                let shown = try sites.daemonA.succeed("stf1")
                #expect(shown.contains("\tv4net 10.1.2.3/8 -> tv4br 10.255.0.1,10.255.0.2\n"), "\(shown)")
                #expect(shown.contains("\tinet6 2001:db8:102:300::1 prefixlen 32\n"), "\(shown)")
                #expect(try sites.daemonA.stfctl("map stf7 10.0.0.1").status == 1)
                // The next lease is of another address.
                try sites.daemonA.succeed("-f -", input: "stf1 option212 '8 32 2001:db8:: 10.255.0.1' 10.1.2.4\n")
                #expect(try sites.daemonA.interface("stf1")?.addresses == ["2001:db8:102:400::1/32"])
            }
        }
    }
}
