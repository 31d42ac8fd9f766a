// SPDX-License-Identifier: BSD-2-Clause
internal import Faith
internal import FoundationEssentials
internal import Internet
internal import SystemIO
internal import SystemPackage

/// What a relay leaves to another, besides descriptors: `Relay.leave`.
struct RelayRecord: Codable {
    var listeners: Int
    var isDraining: Bool
    var counters: RelayCounters
    /// No session has a higher number.
    var lastNumber: UInt64
    var sessions: [SessionRecord]

    static func name(ofListener index: Int, of prefix: String) -> String { "\(prefix).l\(index)" }

    func takeListeners(from estate: Estate, of prefix: String) throws(SystemError) -> [TCPListener] {
        var taken: [TCPListener] = []
        for index in 0..<max(listeners, 0) {
            let name = RelayRecord.name(ofListener: index, of: prefix)
            guard let listener = try estate.take(name, as: TCPListener.self) else {
                throw SystemError(object: "\(name) in the estate", .noSuchFileOrDirectory)
            }
            taken.append(listener)
        }
        return taken
    }

    /// Sessions as so many threads may share them: a data connection is with the one that announced it.
    func shares(_ threads: Int) -> [[SessionRecord]] {
        var shares = [[SessionRecord]](repeating: [], count: threads)
        var places: [UInt64: Int] = [:]
        for (index, session) in sessions.filter({ $0.control == nil }).enumerated() {
            places[session.number] = index % threads
            shares[index % threads].append(session)
        }
        for (index, session) in sessions.filter({ $0.control != nil }).enumerated() {
            shares[session.control.flatMap { places[$0] } ?? index % threads].append(session)
        }
        return shares
    }

    /// Data that waits in memory.
    var buffers: Int { sessions.reduce(0) { $0 + ($1.up.unsent == nil ? 0 : 1) + ($1.down.unsent == nil ? 0 : 1) } }
}

/// What there is to know of a session. Times are those of CLOCK_MONOTONIC, which all processes share.
struct SessionRecord: Codable {
    var number: UInt64
    var request: RelayRequest
    var target: RelayServer
    /// Whose limits it counts for.
    var prefix: IPv6Address
    var usesReservedPort: Bool
    /// Of a data connection, the number of the session that announced it.
    var control: UInt64?
    var began: UInt64
    var lastActive: UInt64
    var awaited: Session.Side
    var isConnected: Bool
    var up: FlowRecord
    var down: FlowRecord
    var carriage: CarriageRecord
    var port: DataPortRecord?

    /// What its descriptors are called: short, for systemd tells all names in one variable of the environment.
    static func name(of number: UInt64, of prefix: String) -> String { "\(prefix).\(String(number, radix: 36))" }
}

struct FlowRecord: Codable {
    var bytes: UInt64
    var isAtEnd: Bool
    var isShut: Bool
    var urgentByte: UInt8?
    /// What was received but not sent: in here, or in a pipe that was left.
    var unsent: Data?
    var hasPipe: Bool
}

enum CarriageRecord: Codable {
    case plain
    case ftp(FTPRecord)
    case rsh
}

struct FTPRecord: Codable {
    var relay: FTPRelay
    var toClient: Outbox
    var toServer: Outbox
    var local: IPv4Address
    var ended: UInt64?
}

struct DataPortRecord: Codable {
    var purpose: DataPort.Purpose
    var name: IPv6Endpoint
    var peer: IPv6Address
    var number: UInt64
    var began: UInt64
}
