// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// The sender of a packet that cannot go out is told why by ICMPv6, at a limited rate. The hosts are those of
    /// `TwoSites`.
    @Suite struct ErrorTests {
        @Test func missingIPv4AddressIsTold() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip addr del 192.0.2.1/24 dev ne0")
                try expect(/Address unreachable/, to: TwoSites.addressB, on: sites)
            }
        }

        @Test func missingNextHopIsTold() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip -6 route add 2001:db8::/32 dev stf0")
                try expect(/Address unreachable/, to: "2001:db8::1", on: sites)
            }
        }

        @Test func privateDestinationIsTold() throws {
            try TwoSites.with { sites in
                try expect(/Address unreachable/, to: "2002:a00:1::1", on: sites)
                try sites.daemonA.expectDropped(1, "output", "outer-destination-private")
            }
        }

        @Test func wrongSourcesAreTold() throws {
            try TwoSites.with { sites in
                for source in ["2002:c000:2ff::1", "2001:db8:a::1"] {
                    try sites.a.succeed("ip addr add \(source)/128 dev lo")
                }
                try sites.a.succeed("ip -6 route add 2001:db8::/32 via \(TwoSites.addressB) dev stf0")
                // Source address failed ingress/egress policy, which ping(8) may have no words for.
                try expect(/ode:? 5|policy/, to: TwoSites.addressB, "-I 2002:c000:2ff::1", on: sites)
                try sites.daemonA.expectDropped(1, "output", "inner-source-mismatch")
                try expect(/Administratively prohibited/, to: "2001:db8::1", "-I 2001:db8:a::1", on: sites)
                try sites.daemonA.expectDropped(1, "output", "native-to-native")
            }
        }

        /// Who asks for a part of our site that is not there has done nothing wrong.
        @Test func emptySubnetIsTold() throws {
            try TwoSites.with { sites in
                try sites.a.forward()
                let ping = try sites.b.run("ping -n -c 1 -W 5 2002:c000:201:5::1")
                #expect(ping.output.contains(/From 2002:c000:201:: icmp.*Address unreachable/), "\(ping)")
                try sites.daemonA.expectDropped(1, "output", "outer-destination-self")
            }
        }

        @Test func limitIsKept() throws {
            try TwoSites.with { sites in
                try sites.a.succeed("ip -6 route add 2001:db8::/32 dev stf0")
                try sites.daemonA.set("net.inet6.icmp6.errppslimit", 0)
                let silent = try sites.a.run("ping -n -c 3 -i 0.01 -W 0.1 2001:db8::1")
                #expect(!silent.output.contains("errors"), "\(silent)")
                try sites.daemonA.expectDropped(3, "output", "no-next-hop")
                try sites.daemonA.set("net.inet6.icmp6.errppslimit", -1)
                try expect(/Address unreachable/, to: "2001:db8::1", on: sites)
            }
        }

        private func expect(
            _ reason: Regex<Substring>, to address: String, _ options: String = "", on sites: TwoSites,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let result = try sites.a.run("ping -n -c 1 -W 5 \(options) \(address)")
            let losses = try sites.daemonA.interface("stf0")?.losses ?? []
            for part in [/From 2002:c000:201:: icmp/, reason, /0 received, \+1 errors/] {
                #expect(result.output.contains(part), "\(losses) \(result)", sourceLocation: sourceLocation)
            }
        }
    }
}
