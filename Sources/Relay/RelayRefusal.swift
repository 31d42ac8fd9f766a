// SPDX-License-Identifier: BSD-2-Clause
public import Faith
public import SystemPackage

/// Why a client was refused. Each reason is here once; names, counters and what the tools show follow.
///
/// The client was accepted by then, for only then is it known what it asks for: it sees ECONNRESET at once.
public enum RelayRefusal: Error, Hashable, Sendable {
    // The policy's.
    case policy(FaithRefusal)
    case noService

    // The limits'.
    case sessionLimit
    case rateLimit
    case clientSessionLimit
    case clientRateLimit
    case clientTableFull
    case noDescriptors

    // The way's and the server's.
    case clientGone
    case sourceUnavailable
    case serverProhibited
    case serverUnreachable
    case serverRefused
    case connectTimedOut
    case connectFailed
    case rulesChanged
    case killedConnecting
    case stoppedConnecting

    // Those of data connections and local programs.
    case noReservedPort
    case foreignPeer
    case clientUnreachable
    case dataTimedOut
    case programLimit
    case programFailed

    /// All there are, the policy's first.
    public static let all: [RelayRefusal] =
        FaithRefusal.all.map(RelayRefusal.policy) + [
            .noService, .sessionLimit, .rateLimit, .clientSessionLimit, .clientRateLimit, .clientTableFull,
            .noDescriptors, .clientGone, .sourceUnavailable, .serverProhibited, .serverUnreachable, .serverRefused,
            .connectTimedOut, .connectFailed, .rulesChanged, .killedConnecting, .stoppedConnecting,
            .noReservedPort, .foreignPeer, .clientUnreachable, .dataTimedOut, .programLimit, .programFailed,
        ]

    /// The place in ``all``, for counters.
    public var index: Int {
        let own: Int
        switch self {
        case .policy(let reason): return reason.index
        case .noService: own = 0
        case .sessionLimit: own = 1
        case .rateLimit: own = 2
        case .clientSessionLimit: own = 3
        case .clientRateLimit: own = 4
        case .clientTableFull: own = 5
        case .noDescriptors: own = 6
        case .clientGone: own = 7
        case .sourceUnavailable: own = 8
        case .serverProhibited: own = 9
        case .serverUnreachable: own = 10
        case .serverRefused: own = 11
        case .connectTimedOut: own = 12
        case .connectFailed: own = 13
        case .rulesChanged: own = 14
        case .killedConnecting: own = 15
        case .stoppedConnecting: own = 16
        case .noReservedPort: own = 17
        case .foreignPeer: own = 18
        case .clientUnreachable: own = 19
        case .dataTimedOut: own = 20
        case .programLimit: own = 21
        case .programFailed: own = 22
        }
        return RelayRefusal.policyReasons + own
    }

    private static let policyReasons = FaithRefusal.all.count

    /// A name that scripts may rely on.
    public var name: String {
        switch self {
        case .policy(let reason): reason.name
        case .noService: "no-service"
        case .sessionLimit: "session-limit"
        case .rateLimit: "rate-limit"
        case .clientSessionLimit: "client-session-limit"
        case .clientRateLimit: "client-rate-limit"
        case .clientTableFull: "client-table-full"
        case .noDescriptors: "no-descriptors"
        case .clientGone: "client-gone"
        case .sourceUnavailable: "source-unavailable"
        case .serverProhibited: "server-prohibited"
        case .serverUnreachable: "server-unreachable"
        case .serverRefused: "server-refused"
        case .connectTimedOut: "connect-timed-out"
        case .connectFailed: "connect-failed"
        case .rulesChanged: "rules-changed"
        case .killedConnecting: "killed-connecting"
        case .stoppedConnecting: "stopped-connecting"
        case .noReservedPort: "no-reserved-port"
        case .foreignPeer: "foreign-peer"
        case .clientUnreachable: "client-unreachable"
        case .dataTimedOut: "data-timed-out"
        case .programLimit: "program-limit"
        case .programFailed: "program-failed"
        }
    }

    public var description: String {
        switch self {
        case .policy(let reason): reason.description
        case .noService: "no relay for this port"
        case .sessionLimit: "as many sessions as there may be"
        case .rateLimit: "more new sessions in a second than there may be in all"
        case .clientSessionLimit: "as many sessions as one client prefix may have"
        case .clientRateLimit: "more new sessions in a second than one client prefix may begin"
        case .clientTableFull: "more client prefixes at once than can be told apart"
        case .noDescriptors: "no file descriptor was left"
        case .clientGone: "the client went away before it was served"
        case .sourceUnavailable: "the IPv4 source is not an address of this host, or has no port left"
        case .serverProhibited: "a firewall rule prohibits the IPv4 connection"
        case .serverUnreachable: "the IPv4 server cannot be reached"
        case .serverRefused: "the IPv4 server refused"
        case .connectTimedOut: "the IPv4 server did not answer in time"
        case .connectFailed: "connecting to the IPv4 server failed"
        case .rulesChanged: "the rules came to say otherwise before the server had answered"
        case .killedConnecting: "killed before the server answered"
        case .stoppedConnecting: "the relay stopped before the server answered"
        case .noReservedPort: "none of the ports 600 to 1023 is free for this client, or this process may not have them"
        case .foreignPeer: "somebody else came to the port of a data connection"
        case .clientUnreachable: "the client did not take the data connection that it had asked for"
        case .dataTimedOut: "nobody came to the port of a data connection in time"
        case .programLimit: "as many local programs as there may be"
        case .programFailed: "the local program cannot be started"
        }
    }
}

extension RelayRefusal {
    /// What the errno of connect(2) means.
    public init(connecting errno: Errno) {
        switch errno {
        case .connectionRefused, .connectionReset: self = .serverRefused
        case .networkUnreachable, .noRouteToHost, .networkDown, .hostIsDown, .invalidArgument: self = .serverUnreachable
        case .notPermitted, .permissionDenied: self = .serverProhibited
        case .addressNotAvailable: self = .sourceUnavailable
        case .addressInUse: self = .noReservedPort
        case .timedOut: self = .connectTimedOut
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace: self = .noDescriptors
        default: self = .connectFailed
        }
    }
}

/// How a session ended that had begun.
public enum RelayEnd: UInt8, CaseIterable, Sendable {
    case finished
    case clientReset
    case serverReset
    case idle
    case killed
    case stopped
    case malformed
    case noPort
    case programError

    public var name: String {
        switch self {
        case .finished: "finished"
        case .clientReset: "client-reset"
        case .serverReset: "server-reset"
        case .idle: "idle"
        case .killed: "killed"
        case .stopped: "stopped"
        case .malformed: "malformed"
        case .noPort: "no-port"
        case .programError: "program-error"
        }
    }

    public var description: String {
        switch self {
        case .finished: "both sides had sent all"
        case .clientReset: "the client broke off, or could not be reached any more"
        case .serverReset: "the server broke off, or could not be reached any more"
        case .idle: "nothing was sent for too long"
        case .killed: "killed"
        case .stopped: "the relay stopped"
        case .malformed: "the client did not begin as rsh does"
        case .noPort: "there was no port for the second connection of rsh"
        case .programError: "the local program ended with an error, or was ended"
        }
    }
}
