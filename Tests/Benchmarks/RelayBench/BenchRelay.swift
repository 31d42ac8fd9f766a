// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Internet
import Relay
import SystemIO

/// Maps by the last 32 bits, as faithd(8) does, and permits everything.
private struct LastBits: RelayPolicy {
    /// Instead, to this port of the loopback address.
    let localPort: UInt16?

    func decide(_ request: RelayRequest) -> RelayDecision {
        if let localPort {
            return .connect(RelayServer(IPv4Endpoint(IPv4Address(bits: 0x7F00_0001), port: localPort)))
        }
        let address = IPv4Address(bits: UInt32(truncatingIfNeeded: request.destination.address.low))
        return .connect(RelayServer(IPv4Endpoint(address, port: request.destination.port)))
    }
}

/// Relays until SIGTERM; SIGUSR1 prints the counters, and at SIGUSR2 another relay goes on.
func runRelay(port: UInt16, localPort: UInt16?) throws {
    raiseDescriptorLimit()
    let signals = try Signals([.terminate, .user1, .user2])
    var settings = RelaySettings()
    // All clients of a benchmark are one.
    settings.sessionsPerClient = .max
    settings.newSessionsPerSecond = 1_000_000
    settings.burst = 1_000_000
    settings.maximumSessions = .max
    let isLocal = localPort != nil
    let policy = LastBits(localPort: localPort)
    let routes: RelayRoutesMaker = { () throws(SystemError) -> any RelayRoutes in
        isLocal ? AnyRoutes() : try ServerRoutes()
    }
    var relay = try Relay(
        on: [try TCPListener(IPv6Endpoint(.unspecified, port: port))], policy: policy, settings: settings,
        routes: routes)
    let poller = try Poller()
    try poller.watch(signals.pollable, for: .input)
    say("ready")
    while true {
        _ = try poller.wait()
        switch try signals.next() {
        case Signal.user1:
            let counters = relay.counters
            say(
                "sessions=\(relay.sessionCount) accepted=\(counters.accepted) connected=\(counters.connected)",
                "pauses=\(counters.pauses) refused=\(counters.refused)")
        case Signal.user2:
            let begin = ContinuousClock.now
            let estate = Estate()
            try relay.leave(to: estate, as: "relay")
            let left = ContinuousClock.now - begin
            guard
                let successor = try Relay(from: estate, as: "relay", policy: policy, settings: settings, routes: routes)
            else {
                exit(1)
            }
            let all = ContinuousClock.now - begin
            relay.stop()
            relay = successor
            say(
                "handed=\(relay.sessionCount) left=\(Int(left / .microseconds(1))) all=\(Int(all / .microseconds(1)))",
                "bytes=\(estate.document.count) unclaimed=\(estate.unclaimed.count)")
        case Signal.terminate: return relay.stop()
        default: break
        }
    }
}
