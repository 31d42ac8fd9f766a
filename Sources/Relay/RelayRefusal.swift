// SPDX-License-Identifier: BSD-2-Clause
internal import SystemPackage

/// Why a client was refused. Each reason is here once; names, counters and what the tools show follow.
///
/// The client was accepted by then, for only then is it known what it asks for: it sees ECONNRESET at once.
public enum RelayRefusal: UInt8, CaseIterable, Error, Sendable {
    // The policy's, in the order in which it is likely to find them.
    case notMapped
    case noService
    case forbiddenDestination
    case privateDestination
    case ownDestination
    case notPermitted

    // The limits'.
    case sessionLimit
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
    case killedConnecting
    case stoppedConnecting

    public var name: String {
        switch self {
        case .notMapped: "not-mapped"
        case .noService: "no-service"
        case .forbiddenDestination: "forbidden-destination"
        case .privateDestination: "private-destination"
        case .ownDestination: "own-destination"
        case .notPermitted: "not-permitted"
        case .sessionLimit: "session-limit"
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
        case .killedConnecting: "killed-connecting"
        case .stoppedConnecting: "stopped-connecting"
        }
    }

    public var description: String {
        switch self {
        case .notMapped: "the IPv6 destination embeds no IPv4 address"
        case .noService: "no relay for this port"
        case .forbiddenDestination: "the IPv4 destination is one that nothing may be sent to"
        case .privateDestination: "the IPv4 destination is private, and no rule permits it"
        case .ownDestination: "the IPv4 destination is an address of this host"
        case .notPermitted: "no rule permits it"
        case .sessionLimit: "as many sessions as there may be"
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
        case .killedConnecting: "killed before the server answered"
        case .stoppedConnecting: "the relay stopped before the server answered"
        }
    }
}

extension RelayRefusal {
    /// What the errno of connect(2) means.
    init(connecting errno: Errno) {
        switch errno {
        case .connectionRefused, .connectionReset: self = .serverRefused
        case .networkUnreachable, .noRouteToHost, .networkDown, .hostIsDown, .invalidArgument: self = .serverUnreachable
        case .notPermitted, .permissionDenied: self = .serverProhibited
        case .addressNotAvailable: self = .sourceUnavailable
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

    public var name: String {
        switch self {
        case .finished: "finished"
        case .clientReset: "client-reset"
        case .serverReset: "server-reset"
        case .idle: "idle"
        case .killed: "killed"
        case .stopped: "stopped"
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
        }
    }
}
