// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// The sender of a packet that cannot go out is told why by ICMPv6, at a limited rate. The hosts are those of
    /// `TwoSites`.
    @Suite struct ErrorTests {
        @Test func missingIPv4AddressIsTold() throws {
            try TwoSites.with { sites throws in
                try sites.a.succeed("ip addr del 192.0.2.1/24 dev ne0")
                try expect(/Address unreachable/, to: TwoSites.addressB, on: sites)
            }
        }

        @Test func missingNextHopIsTold() throws {
            try TwoSites.with { sites throws in
                try sites.a.succeed("ip -6 route add 2001:db8::/32 dev stf0")
                try expect(/Address unreachable/, to: "2001:db8::1", on: sites)
            }
        }

        @Test func privateDestinationIsTold() throws {
            try TwoSites.with { sites throws in
                try expect(/Address unreachable/, to: "2002:a00:1::1", on: sites)
                #expect(try sites.daemonA.dropped("output", "outer-destination-private") == 1)
            }
        }

        @Test func wrongSourcesAreTold() throws {
            try TwoSites.with { sites throws in
                for source in ["2002:c000:2ff::1", "2001:db8:a::1"] {
                    try sites.a.succeed("ip addr add \(source)/128 dev lo")
                }
                try sites.a.succeed("ip -6 route add 2001:db8::/32 via \(TwoSites.addressB) dev stf0")
                // Source address failed ingress/egress policy, which ping(8) may have no words for.
                try expect(/ode:? 5|policy/, to: TwoSites.addressB, "-I 2002:c000:2ff::1", on: sites)
                #expect(try sites.daemonA.dropped("output", "inner-source-mismatch") == 1)
                try expect(/Administratively prohibited/, to: "2001:db8::1", "-I 2001:db8:a::1", on: sites)
                #expect(try sites.daemonA.dropped("output", "native-to-native") == 1)
            }
        }

        @Test func limitIsKept() throws {
            try TwoSites.with { sites throws in
                try sites.a.succeed("ip -6 route add 2001:db8::/32 dev stf0")
                try sites.daemonA.set("net.inet6.icmp6.errppslimit", 0)
                let silent = try sites.a.run("ping -n -c 3 -i 0.01 -W 0.1 2001:db8::1")
                #expect(!silent.output.contains("errors"), "\(silent)")
                #expect(try sites.daemonA.dropped("output", "no-next-hop", reaching: 3) == 3)
                try sites.daemonA.set("net.inet6.icmp6.errppslimit", -1)
                try expect(/Address unreachable/, to: "2001:db8::1", on: sites)
            }
        }

        private func expect(
            _ reason: Regex<Substring>, to address: String, _ options: String = "", on sites: TwoSites,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let result = try sites.a.run("ping -n -c 1 -W 5 \(options) \(address)")
            if !result.output.contains("From") {
                print(
                    "DEBUG", try sites.daemonA.interface("stf0")?.losses as Any,
                    try sites.a.succeed("ip -s link show stf0"), try sites.a.succeed("ip -6 route"),
                    try sites.a.succeed("ip -6 addr show"))
            }
            #expect(result.output.contains("From \(TwoSites.addressA)"), "\(result)", sourceLocation: sourceLocation)
            #expect(result.output.contains(reason), "\(result)", sourceLocation: sourceLocation)
            #expect(result.output.contains(" 0 received, +1 errors"), "\(result)", sourceLocation: sourceLocation)
        }
    }
}
