// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport

/// Two relays between a router that has only IPv6 and a server that has only IPv4.
///
///                                              ne0  one  ne1 ─── ne0
///     client  ne0 ─── ne0  router  ne1 ─────────┘                    server
///                                  ne2 ─────────┐
///                                              ne0  two  ne1 ─── ne1
///
///     client  2001:db8:1::2/64, default via the router
///     router  2001:db8:1::1/64, 2001:db8:a::1/64, 2001:db8:b::1/64
///     one     2001:db8:a::2/64, 192.0.2.1/24, faith0: 2001:db8:64::/96
///     two     2001:db8:b::2/64, 198.51.100.1/24, faith0: 2001:db8:64::/96
///     server  192.0.2.2/24, 198.51.100.2/24, 203.0.113.80
struct FaithPair {
    let net: Topology
    let client: Namespace
    let router: Namespace
    let server: Namespace
    let one: Relay
    let two: Relay

    struct Relay {
        let host: Namespace
        let daemon: Daemon
        /// Where the router finds it.
        let address: String

        /// Clients that it ever had.
        func accepted() throws -> Int { try daemon.relayed().counters.accepted }
        /// Clients that it has.
        func sessions() throws -> Int { try daemon.relayed().sessions }
    }

    var relays: [Relay] { [one, two] }

    static let serverAddress = "203.0.113.80"
    /// Where the client finds the server.
    static let address = "2001:db8:64::cb00:7150"

    /// The router has no route to the prefix yet.
    /// - Parameter words: what to say to `faithctl` about both `faith0`.
    static func with(_ words: String, _ body: (FaithPair) throws -> Void) throws {
        try Topology.with { net throws in
            let client = try net.namespace("client"), router = try net.namespace("router")
            let hosts = [try net.namespace("one"), try net.namespace("two")], server = try net.namespace("server")
            try net.link(client, "ne0", "2001:db8:1::2/64", router, "ne0", "2001:db8:1::1/64")
            try net.link(router, "ne1", "2001:db8:a::1/64", hosts[0], "ne0", "2001:db8:a::2/64")
            try net.link(router, "ne2", "2001:db8:b::1/64", hosts[1], "ne0", "2001:db8:b::2/64")
            try net.link(hosts[0], "ne1", "192.0.2.1/24", server, "ne0", "192.0.2.2/24")
            try net.link(hosts[1], "ne1", "198.51.100.1/24", server, "ne1", "198.51.100.2/24")
            try server.succeed("ip addr add \(serverAddress)/32 dev lo")
            try hosts[0].succeed("ip route add \(serverAddress) via 192.0.2.2")
            try hosts[1].succeed("ip route add \(serverAddress) via 198.51.100.2")
            try client.succeed("ip -6 route add default via 2001:db8:1::1")
            try hosts[0].succeed("ip -6 route add 2001:db8:1::/64 via 2001:db8:a::1")
            try hosts[1].succeed("ip -6 route add 2001:db8:1::/64 via 2001:db8:b::1")
            for host in [router] + hosts { try host.set("net/ipv6/conf/all/forwarding", "1") }
            // By addresses and ports, so that the connections of one client are shared out.
            try router.set("net/ipv6/fib_multipath_hash_policy", "1")
            let daemons = [try net.daemon(in: hosts[0]), try net.daemon(in: hosts[1])]
            for daemon in daemons { try daemon.createFaith(words) }
            try body(
                FaithPair(
                    net: net, client: client, router: router, server: server,
                    one: Relay(host: hosts[0], daemon: daemons[0], address: "2001:db8:a::2"),
                    two: Relay(host: hosts[1], daemon: daemons[1], address: "2001:db8:b::2")))
        }
    }

    /// Port 80 of the server has a page.
    func servePage() throws {
        try server.serveHTTP("server { listen 80; return 200 \"a page\"; }", port: 80, net)
    }

    /// Asks for the page; the first connection must bring it.
    func fetchPage() throws -> CommandResult {
        try client.run("curl -g -sS -m 5 http://[\(FaithPair.address)]/")
    }

    // MARK: flows that last

    /// Port 7 of the server says `tick` until `endFlows`, then `end`.
    func serveFlows() throws {
        let line = "until [ -e \(net.scratch.path)/end ]; do echo tick; sleep 0.05; done; echo end"
        try server.serve(["socat", "TCP4-LISTEN:7,reuseaddr,fork", "SYSTEM:\(line)"], port: 7)
    }

    /// One more of them, which has begun.
    func beginFlow() throws -> RunningCommand {
        let flow = try client.start(["socat", "-u", "TCP6:[\(FaithPair.address)]:7", "-"])
        guard eventually({ flow.output.contains("tick") || !flow.isRunning }), flow.isRunning else {
            throw CommandFailure(description: "no flow: \(try flow.wait(within: .zero))")
        }
        return flow
    }

    /// Has the flows end, and waits until they did so well.
    func finish(_ flows: [RunningCommand]) throws -> Bool {
        try net.file("end", "")
        return try flows.allSatisfy { flow in
            let result = try flow.wait(within: .seconds(10))
            return result.status == 0 && result.lines.last == "end"
        }
    }
}
