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

/// Relays until SIGTERM; SIGUSR1 prints the counters.
func runRelay(port: UInt16, localPort: UInt16?) throws {
    raiseDescriptorLimit()
    let signals = try Signals([SIGTERM, SIGUSR1])
    let listener = try TCPListener(IPv6Endpoint(.unspecified, port: port))
    var settings = RelaySettings()
    // All clients of a benchmark are one.
    settings.sessionsPerClient = .max
    settings.newSessionsPerSecond = 1_000_000
    settings.burst = 1_000_000
    settings.maximumSessions = .max
    let isLocal = localPort != nil
    let relay = try Relay(
        on: [listener], policy: LastBits(localPort: localPort), settings: settings,
        routes: { () throws(SystemError) -> any RelayRoutes in isLocal ? AnyRoutes() : try ServerRoutes() })
    say("ready")
    let poller = try Poller()
    try poller.watch(signals.pollable, for: .input)
    while true {
        _ = try poller.wait()
        switch try signals.next() {
        case SIGUSR1:
            let counters = relay.counters
            say(
                "sessions=\(relay.sessionCount) accepted=\(counters.accepted) connected=\(counters.connected)",
                "pauses=\(counters.pauses) refused=\(counters.refused)")
        case SIGTERM: return relay.stop()
        default: break
        }
    }
}
