// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Foundation
import Internet
import Relay
import Synchronization
import SystemIO
import TestSupport
import Testing

/// What the kernel would do with connections, as a test wants it; and what was asked.
final class WrittenRoutes: RelayRoutes, Sendable {
    struct State {
        var before: RelayRefusal?
        var after: RelayRefusal?
        var asked: [String] = []
    }

    let state: Mutex<State>

    init(before: RelayRefusal? = nil, after: RelayRefusal? = nil) {
        state = Mutex(State(before: before, after: after))
    }

    func refusal(of server: IPv4Endpoint, from source: IPv4Address?) -> RelayRefusal? {
        state.withLock {
            $0.asked.append("\(source.map(String.init(describing:)) ?? "any") > \(server)")
            return $0.before
        }
    }

    func refusal(of server: IPv4Endpoint, connectedFrom source: IPv4Endpoint) -> RelayRefusal? {
        state.withLock {
            $0.asked.append("\(source.address):\(source.port == 0 ? "0" : "port") = \(server)")
            return $0.after
        }
    }

    var asked: [String] { state.withLock { $0.asked } }
}

/// Each connection to a server is made only where the kernel leads away from this host, and used only if it still does.
@Suite struct RelayRouteTests {
    @Test func eachConnectionIsAskedFor() throws {
        let routes = WrittenRoutes()
        try RelayNetwork.with(routes: { routes }) { network in
            let (client, server) = try network.greeted()
            let (port, data) = try network.passive(client, server)
            let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            try there.send("x")
            #expect(try data.accept().text(1) == "x")
            let asked = routes.asked.map { $0.replacingOccurrences(of: ":\(data.port)", with: ":data") }
            #expect(
                asked == [
                    "198.51.100.1 > 192.0.2.1:21", "198.51.100.1:port = 192.0.2.1:21",
                    "198.51.100.1 > 192.0.2.1:data", "198.51.100.1:port = 192.0.2.1:data",
                ])
            // What comes from the server, and goes to the client, is no matter of routes.
            _ = try network.active(client, server)
            #expect(routes.asked.count == 4)
        }
    }

    @Test func whereTheKernelLeadsHereNobodyIsConnected() throws {
        let routes = WrittenRoutes(before: .policy(.ownAddress))
        try RelayNetwork.with(routes: { routes }) { network in
            do {
                let client = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, 21)
                #expect(client.breakOff() == ECONNRESET)
            } catch let failure as TestSocket.Failure {
                // The reset may be here before the client has looked at its connection.
                #expect(failure.errno == ECONNRESET)
            }
            #expect(network.relay.counters[.policy(.ownAddress)] == 1)
            #expect(routes.asked == ["198.51.100.1 > 192.0.2.1:21"])
            // Nobody came to the server.
            routes.state.withLock { $0.before = nil }
            let (later, server) = try network.greeted()
            try later.send("NOOP\r\n")
            #expect(try server.line() == "NOOP")
        }
    }

    /// Nothing is said to either side, nor on behalf of a data connection.
    @Test func whereItLeadsHereLaterNothingIsSaid() throws {
        let routes = WrittenRoutes(after: .policy(.ownAddress))
        try RelayNetwork.with(policy: LastBits(sendsProxyHeader: true), routes: { routes }) { network in
            let (client, server) = try network.session()
            #expect(client.breakOff() == ECONNRESET)
            #expect(try server.receive() == [])
            #expect(network.relay.counters[.policy(.ownAddress)] == 1)
            #expect(network.relay.counters.connected == 0)
        }
    }

    @Test func dataConnectionsAreNoExceptions() throws {
        let routes = WrittenRoutes()
        try RelayNetwork.with(routes: { routes }) { network in
            let (client, server) = try network.greeted()
            for isLate in [false, true] {
                let (port, data) = try network.passive(client, server)
                routes.state.withLock {
                    $0.before = isLate ? nil : .policy(.ownAddress)
                    $0.after = .policy(.ownAddress)
                }
                let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
                #expect(there.breakOff() == ECONNRESET)
                if isLate { #expect(try data.accept().receive() == []) }
            }
            #expect(network.relay.counters[.policy(.ownAddress)] == 2)
            #expect(eventually { network.relay.sessionCount == 1 })
        }
    }
}
