// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// A 6rd domain: customers reach each other directly and the rest of the world by the border relay, and nobody speaks
    /// for others.
    ///
    ///     c1  ne0 ──┐                    10.0.0.1/8    2001:db8:0:100::1
    ///     c2  ne0 ──┼── br0  wire        10.0.0.2/8    2001:db8:0:200::1
    ///     c3  ne0 ──┤                    10.0.0.3/8    2001:db8:0:300::1
    ///     relay  ne0 ─┘                  10.255.0.1/8  2001:db8:ff00:100::1
    ///     relay  ne1 ── ne0  native      2001:db9::1/64, 2001:db9::9/64
    @Suite struct SixRDTests {
        @Test func customersReachEachOtherDirectly() throws {
            try with { hosts in
                for (number, customer) in hosts.customers.enumerated() {
                    for other in hosts.customers.indices where other != number {
                        try customer.expectReplies(2, of: 2, from: "2001:db8:0:\(other + 1)00::1")
                    }
                }
                // Two requests to each of the others and from each, and as many replies.
                for daemon in hosts.daemons {
                    try daemon.expectTraffic(input: 8, output: 8)
                    #expect(arriving(try #require(try daemon.interface("stf0")).losses) == [])
                }
                try hosts.relayDaemon.expectTraffic(input: 0, output: 0)
            }
        }

        @Test func customersReachTheWorldByTheRelay() throws {
            try with { hosts in
                for customer in hosts.customers { try customer.expectReplies(3, from: "2001:db9::9") }
                try hosts.native.expectReplies(3, from: "2001:db8:0:300::1")
                let relay = try #require(try hosts.relayDaemon.interface("stf0"))
                #expect(relay.counters.input.packets == 12)
                #expect(arriving(relay.losses) == [])
            }
        }

        /// A customer takes another's address: its neighbour and the relay both see that it came from elsewhere.
        @Test func forgedSourcesDie() throws {
            try with { hosts in
                let forger = hosts.daemons[1]
                try forger.set("net.link.stf.pairing", 0)
                try hosts.customers[1].succeed("ip -6 addr add 2001:db8:0:100::66/128 dev lo")
                for target in ["2001:db8:0:300::1", "2001:db9::9"] {
                    try hosts.customers[1].expectReplies(
                        0, of: 2, from: target, options: "-W 0.1 -I 2001:db8:0:100::66")
                }
                for daemon in [hosts.daemons[2], hosts.relayDaemon] {
                    try daemon.expectDropped(2, "input", "inner-source-mismatch")
                    let losses = try #require(try daemon.interface("stf0")).losses
                    #expect(arriving(losses) == ["input: inner-source-mismatch"])
                }
            }
        }

        @Test func restOfTheSiteIsUnreachableAtOnce() throws {
            try with { hosts in
                let result = try hosts.customers[0].run("ping -c 1 -W 2 2001:db8:0:1ff::1")
                #expect(result.output.contains("Destination unreachable: Address unreachable"), "\(result)")
                #expect(try hosts.daemons[0].dropped("output", "outer-destination-self", reaching: 1) == 1)
            }
        }

        /// The second of two relays serves while there is no route to the first, and whatever comes from either is taken.
        @Test func anotherRelayServes() throws {
            try with { hosts in
                let (customer, daemon) = (hosts.customers[0], hosts.daemons[0])
                try customer.succeed("ip route add unreachable 10.255.0.9/32")
                try daemon.succeed("stf0 stfv4br 10.255.0.9,10.255.0.1")
                try customer.expectReplies(3, from: "2001:db9::9")
                try daemon.succeed("stf0 stfv4br 10.255.0.1,10.255.0.9")
                try customer.expectReplies(3, from: "2001:db9::9")
            }
        }

        /// Without what leaves: the kernel of a router tells its interfaces of multicast groups.
        private func arriving(_ losses: [String]) -> [String] {
            losses.filter { $0.hasPrefix("input: ") }
        }

        private struct Hosts {
            let customers: [Namespace]
            let daemons: [Daemon]
            let relayDaemon: Daemon
            let native: Namespace
        }

        private func with(_ body: (Hosts) throws -> Void) throws {
            try Topology.with { net throws in
                let wire = try net.namespace("wire"), native = try net.namespace("native")
                let relay = try net.namespace("relay")
                try wire.succeed("ip link add br0 type bridge")
                try wire.succeed("ip link set br0 up")
                let customers = try (1...3).map { try net.namespace("c\($0)") }
                let addresses = ["10.0.0.1/8", "10.0.0.2/8", "10.0.0.3/8", "10.255.0.1/8"]
                for (host, address) in zip(customers + [relay], addresses) {
                    try net.link(host, "ne0", address, wire, host.short, nil)
                    try wire.succeed("ip link set \(host.short) master br0")
                }
                try relay.forward()
                try net.link(relay, "ne1", "2001:db9::1/64", native, "ne0", "2001:db9::9/64")
                try native.succeed("ip -6 route add default via 2001:db9::1")
                let relayDaemon = try net.daemon(in: relay)
                try relayDaemon.succeed("stf0 create inet6 2001:db8:ff00:100::1/32 stfv4net 10.255.0.1/8")
                let daemons = try customers.enumerated().map { number, customer in
                    let daemon = try net.daemon(in: customer)
                    // Parameters come before or after the address, as on FreeBSD.
                    let address = "inet6 2001:db8:0:\(number + 1)00::1/32"
                    let parameters = "stfv4net 10.0.0.\(number + 1)/8 stfv4br 10.255.0.1"
                    try daemon.succeed(
                        number == 0 ? "stf0 create \(address) \(parameters)" : "stf0 create \(parameters) \(address)")
                    try customer.succeed("ip -6 route add default dev stf0")
                    return daemon
                }
                try body(
                    Hosts(customers: customers, daemons: daemons, relayDaemon: relayDaemon, native: native))
            }
        }
    }
}
