// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// BIRD announces what `inet6d` routes to `faith0`, by BGP, and withdraws it when the route goes. The hosts are those of
    /// `FaithPair`.
    @Suite struct FaithRouteTests {
        @Test func prefixIsAnnounced() throws {
            try with { pair in
                // Each relay has two routes to the prefix: ours to announce, and the one that captures, which is not BIRD's
                // business.
                for relay in pair.relays {
                    let learned = try relay.host.succeed("birdc -s \(control(relay.host, pair)) show route all")
                    #expect(learned.components(separatedBy: FaithBed.prefix).count == 2, "\(learned)")
                    #expect(learned.contains("Kernel.source: 213"), "\(learned)")
                }
                for _ in 0..<10 { #expect(try pair.fetchPage().output == "a page") }
            }
        }

        /// The routes of a dead daemon's interface go with it: nobody has to notice that it is dead.
        @Test func killedRelayIsWithdrawn() throws {
            try with { pair in
                pair.one.daemon.kill()
                #expect(try hasNextHops([pair.two], pair))
                for _ in 0..<10 { #expect(try pair.fetchPage().output == "a page") }
                #expect(try pair.two.accepted() == 10)
                pair.two.daemon.kill()
                #expect(try hasNextHops([], pair))
                // The router says so at once.
                let result = try pair.fetchPage()
                #expect(result.status == 7, "\(result)")
                let daemon = try pair.net.daemon(in: pair.one.host)
                try daemon.createFaith("relay 80")
                #expect(try hasNextHops([pair.one], pair))
                #expect(try pair.fetchPage().output == "a page")
            }
        }

        /// A drained relay is withdrawn, and carries on what it carries: here the router still sends it that one flow.
        @Test func drainedRelayIsWithdrawnAndFinishesItsFlows() throws {
            try with { pair in
                try pair.serveFlows()
                try pin(to: pair.one, pair)
                let flow = try pair.beginFlow()
                #expect(try pair.one.sessions() == 1)
                try pair.one.daemon.faith("drain faith0")
                #expect(try hasNextHops([pair.two], pair))
                let before = flow.output.count
                #expect(eventually { flow.output.count > before + 50 })
                #expect(try pair.finish([flow]))
                #expect(try eventually { try pair.one.daemon.relayed().ends == ["finished: 1"] })
                // It takes no more, and says so at once.
                let result = try pair.fetchPage()
                #expect(result.status == 7, "\(result)")
                try pair.router.succeed("ip -6 route del \(FaithPair.address)")
                #expect(try pair.fetchPage().output == "a page")
                #expect(try pair.two.accepted() == 1)
                try pair.one.daemon.faith("faith0 -drain")
                #expect(try hasNextHops(pair.relays, pair))
            }
        }

        @Test func interfaceThatIsDownIsWithdrawn() throws {
            try with { pair in
                try pair.one.daemon.faith("faith0 down")
                #expect(try hasNextHops([pair.two], pair))
                try pair.one.daemon.faith("faith0 up")
                #expect(try hasNextHops(pair.relays, pair))
                try pair.two.daemon.faith("faith0 -prefix \(FaithBed.prefix)")
                #expect(try hasNextHops([pair.one], pair))
                try pair.two.daemon.faith("destroy faith0")
                try pair.two.daemon.createFaith("relay 80")
                #expect(try hasNextHops(pair.relays, pair))
                for _ in 0..<10 { #expect(try pair.fetchPage().output == "a page") }
            }
        }

        /// Whatever the router has a longer route for does not follow the prefix.
        private func pin(to relay: FaithPair.Relay, _ pair: FaithPair) throws {
            try pair.router.succeed("ip -6 route add \(FaithPair.address) via \(relay.address)")
        }

        /// Whether the router comes to have exactly these ways to the prefix.
        private func hasNextHops(_ relays: [FaithPair.Relay], _ pair: FaithPair) throws -> Bool {
            try eventually {
                let routes = try pair.router.succeed("ip -6 route show \(FaithBed.prefix)")
                return pair.relays.allSatisfy { relay in
                    routes.contains("via \(relay.address) ") == relays.contains { $0.address == relay.address }
                }
            }
        }

        private func with(_ body: (FaithPair) throws -> Void) throws {
            try FaithPair.with("relay 80 relay 7") { pair in
                try pair.servePage()
                try startBIRD(
                    on: pair.router, pair,
                    """
                    router id 203.0.113.1;
                    protocol kernel { merge paths yes; ipv6 { import none; export all; }; }
                    \(session("one", from: "2001:db8:a::1", 65000, to: "2001:db8:a::2", 65001, export: "none"))
                    \(session("two", from: "2001:db8:b::1", 65000, to: "2001:db8:b::2", 65001, export: "none"))
                    """)
                for (relay, router) in [(pair.one, "2001:db8:a::1"), (pair.two, "2001:db8:b::1")] {
                    let filter = "filter { if krt_source = 213 then accept; reject; }"
                    try startBIRD(
                        on: relay.host, pair,
                        """
                        router id \(relay.host.short == "one" ? "192.0.2.1" : "198.51.100.1");
                        protocol kernel { learn; scan time 1; ipv6 { import all; export none; }; }
                        \(session("upstream", from: relay.address, 65001, to: router, 65000, export: filter))
                        """)
                }
                #expect(try hasNextHops(pair.relays, pair))
                try body(pair)
            }
        }

        private func session(
            _ name: String, from: String, _ ours: Int, to: String, _ theirs: Int, export: String
        ) -> String {
            """
            protocol bgp \(name) {
                local \(from) as \(ours); neighbor \(to) as \(theirs);
                connect delay time 1; connect retry time 1; error wait time 1, 2;
                ipv6 { import all; export \(export); next hop self; };
            }
            """
        }

        private func control(_ host: Namespace, _ pair: FaithPair) -> String {
            pair.net.scratch.appending(path: "bird-\(host.short).ctl").path
        }

        private func startBIRD(on host: Namespace, _ pair: FaithPair, _ configuration: String) throws {
            let file = try pair.net.file(
                "bird-\(host.short).conf", "protocol device { scan time 1; }\n\(configuration)\n")
            try host.serve(["bird", "-f", "-c", file, "-s", control(host, pair)], port: 179)
        }
    }
}
