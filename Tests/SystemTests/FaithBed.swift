// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport

/// A client that has only IPv6, a server that has only IPv4, and a router with `inet6d` and `faith0` between them.
///
///     client  ne0 ───────────────────── ne0  router  ne1 ───────────── ne0  server
///             2001:db8:1::2/64  2001:db8:1::1/64  192.0.2.1/24  192.0.2.2/24
///                                  faith0: 2001:db8:64::/96
struct FaithBed {
    let net: Topology
    let client: Namespace
    let router: Namespace
    let server: Namespace
    let daemon: Daemon

    static let prefix = "2001:db8:64::/96"
    static let clientAddress = "2001:db8:1::2"
    static let routerAddress = "2001:db8:1::1"
    static let serverAddress = "192.0.2.2"
    /// Where the client finds the server.
    static let address = "2001:db8:64::c000:202"

    /// - Parameter words: what to say to `faithctl` about `faith0`: `relay 80`.
    static func with(_ words: String, _ body: (FaithBed) throws -> Void) throws {
        try Topology.with { net throws in
            let client = try net.namespace("client"), router = try net.namespace("router")
            let server = try net.namespace("server")
            try net.link(client, "ne0", "\(clientAddress)/64", router, "ne0", "\(routerAddress)/64")
            try net.link(router, "ne1", "192.0.2.1/24", server, "ne0", "\(serverAddress)/24")
            try client.succeed("ip -6 route add default via \(routerAddress)")
            try router.set("net/ipv6/conf/all/forwarding", "1")
            let daemon = try net.daemon(in: router)
            try daemon.createFaith(words)
            try body(FaithBed(net: net, client: client, router: router, server: server, daemon: daemon))
        }
    }

    /// Starts an nginx on the server with these lines in its `http` block; what it logs goes to its error output.
    /// - Parameter port: a port that one of its `listen` lines names.
    @discardableResult
    func serveHTTP(_ lines: String, port: Int) throws -> RunningCommand {
        try server.serveHTTP(lines, port: port, net)
    }
}

extension Daemon {
    /// Makes `faith0`, which captures `FaithBed.prefix`.
    func createFaith(_ words: String) throws {
        try set("net.inet6.ip6.keepfaith", 1)
        try faith("create faith0 prefix \(FaithBed.prefix) \(words) up")
        let isCaptured = try eventually { try relayed().captured == [FaithBed.prefix] }
        guard isCaptured else { throw CommandFailure(description: "not captured: \(try relayed())") }
    }
}

extension Namespace {
    @discardableResult
    func serveHTTP(_ lines: String, port: Int, _ net: Topology) throws -> RunningCommand {
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(net.scratch.path)/\($0);"
        }
        let configuration = """
            daemon off; master_process off; pid \(net.scratch.path)/nginx-\(short).pid; error_log stderr;
            events {}
            http {
                access_log off; \(paths.joined(separator: " "))
                \(lines)
            }
            """
        let file = try net.file("nginx-\(short).conf", configuration)
        return try serve(["nginx", "-c", file], port: port)
    }
}
