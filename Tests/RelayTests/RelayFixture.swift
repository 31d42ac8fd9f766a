// SPDX-License-Identifier: BSD-2-Clause
import Dispatch
import Foundation
import Internet
import Relay
import Synchronization
import SystemIO
import TestSupport

/// Sends every client to one server, or refuses it.
struct OneServer: RelayPolicy {
    var decision: RelayDecision

    init(port: UInt16, sendsProxyHeader: Bool = false) {
        let server = IPv4Endpoint(IPv4Address(bits: 0x7F00_0001), port: port)
        decision = .connect(RelayServer(server, sendsProxyHeader: sendsProxyHeader))
    }

    init(running program: RelayProgram) {
        decision = .run(program)
    }

    init(refusing reason: RelayRefusal) {
        decision = .refuse(reason)
    }

    func decide(_ request: RelayRequest) -> RelayDecision { decision }
}

/// Sends every client to one server, and can be made to hold up the thread that asks.
final class Gate: RelayPolicy {
    private let server: OneServer
    let isShut = Atomic(false)
    /// Signalled by who comes to the shut gate, and then waited for by him.
    let arrival = DispatchSemaphore(value: 0)
    let opening = DispatchSemaphore(value: 0)

    init(port: UInt16) {
        server = OneServer(port: port)
    }

    func decide(_ request: RelayRequest) -> RelayDecision {
        if isShut.load(ordering: .acquiring) {
            arrival.signal()
            _ = opening.wait(timeout: .now() + 10)
        }
        return server.decide(request)
    }
}

/// A relay at a port of `::1`, in this process.
final class RelayFixture {
    private(set) var relay: Relay
    let port: UInt16
    let server: TestServer
    private let policy: any RelayPolicy
    private let threads: Int

    init(
        settings: RelaySettings = RelaySettings(), threads: Int = 2, backlog: Int32 = 4096,
        policy: ((TestServer) -> any RelayPolicy)? = nil
    ) throws {
        server = try TestServer(backlog: backlog)
        let listener = try TCPListener(IPv6Endpoint(.loopback, port: 0))
        port = try listener.localName().port
        let policy: any RelayPolicy = policy?(server) ?? OneServer(port: server.port)
        self.policy = policy
        self.threads = threads
        relay = try Relay(on: [listener], policy: policy, settings: settings, threads: threads)
    }

    /// A client, and the server's end of its session.
    func session() throws -> (client: TestSocket, server: TestSocket) {
        let client = try TestSocket(to: port)
        return (client, try server.accept())
    }

    /// Has another relay go on with what this one leaves, which stops then.
    func handOver(_ change: (Estate) -> Void = { _ in }, estate: Estate = Estate(), threads: Int? = nil) throws {
        let old = relay
        try old.leave(to: estate, as: "r")
        change(estate)
        relay = try successor(of: old, from: estate, threads: threads ?? self.threads)
        old.stop()
    }

    func successor(of old: Relay, from estate: Estate, threads: Int) throws -> Relay {
        let relay = try Relay(from: estate, as: "r", policy: policy, settings: old.settings, threads: threads)
        guard let relay else { throw CommandFailure(description: "nothing was left") }
        return relay
    }

    deinit { relay.stop() }
}

/// Runs all at the same time, each on a thread of its own and `meanwhile` on this one, and throws the first failure.
func together(_ bodies: [@Sendable () throws -> Void], meanwhile: () throws -> Void = {}) throws {
    let failures = Mutex<[any Error]>([])
    let group = DispatchGroup()
    for body in bodies {
        group.enter()
        Thread.detachNewThread {
            do { try body() } catch { failures.withLock { $0.append(error) } }
            group.leave()
        }
    }
    let own = Result { try meanwhile() }
    group.wait()
    try own.get()
    if let failure = failures.withLock({ $0.first }) { throw failure }
}

extension TestSocket {
    /// The errno with which the connection breaks off; 0 if it ends, or says something, instead.
    func breakOff() -> Int32 {
        do {
            _ = try receive(1)
            return 0
        } catch {
            return (error as? Failure)?.errno ?? -1
        }
    }
}
