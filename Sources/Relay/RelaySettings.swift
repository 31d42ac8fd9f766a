// SPDX-License-Identifier: BSD-2-Clause
internal import SystemIO

/// What may be set of a relay, at any time. Sessions that there are stay as they are, but for the first two time-outs.
public struct RelaySettings: Equatable, Sendable {
    /// How long the server may take to answer.
    public var connectTimeout: Duration = .seconds(10)
    /// How long a session may be silent in both directions. faithd(8) has 30 minutes.
    public var idleTimeout: Duration = .seconds(30 * 60)
    /// How long the peer of a data connection that was announced may take to come. faithd(8) has 120 seconds.
    public var dataTimeout: Duration = .seconds(120)
    /// How long a peer may be silent until it is probed; it is given up 9 probes later (tcp_keepalive_probes in
    /// tcp(7)). nil: never probed.
    public var keepalive: Duration? = .seconds(5 * 60)
    /// How long a peer may leave data unacknowledged, or its window closed: TCP_USER_TIMEOUT, which also takes the
    /// place of the number of keepalive probes. nil: what net.ipv4.tcp_retries2 gives, about 15 minutes, and for a closed
    /// window the idle time-out.
    public var userTimeout: Duration?
    /// Sessions at once, data connections that are waited for among them; fewer if there are not the descriptors for as
    /// many.
    public var maximumSessions = 10_000
    /// Leading bits of a client's address that say whose it is: a site gives a network 64 bits, so that an address is
    /// worth nothing.
    public var clientPrefixLength = 64
    /// Sessions at once of one client prefix.
    public var sessionsPerClient = 1_000
    /// New sessions a second of one client prefix, on average.
    public var newSessionsPerSecond = 500
    /// How many it may begin at once after a silence.
    public var burst = 1_000
    /// New sessions a second in all, on average, and at once after a silence; nil: as many as there are clients for.
    public var newSessionsPerSecondInAll: Int?
    /// Local programs at once.
    public var maximumPrograms = 40
    /// For each thread, buffers of 64 KiB for data that a slow reader does not take yet. When there is none left, data
    /// stays where it is until it is taken.
    public var buffersPerWorker = 64
    /// For each thread, pipes for bulk data. When there is none left, data is copied.
    public var pipesPerWorker = 32

    public init() {}
}

extension RelaySettings {
    var care: TCPCare {
        TCPCare(
            keepalive: Int32(clamping: keepalive.map { max(1, $0.components.seconds) } ?? 0),
            userTimeout: Int32(clamping: (userTimeout?.nanoseconds ?? 0) / 1_000_000))
    }
}

extension Duration {
    /// Whole nanoseconds, none for what is negative.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 1 << 32)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
