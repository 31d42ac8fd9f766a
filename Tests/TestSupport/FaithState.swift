// SPDX-License-Identifier: BSD-2-Clause
import Foundation

/// What a faith interface relays, as `faithctl -j` shows it. Written from faithctl(8), not from the sources: the keys are
/// a contract.
public struct FaithState: Decodable, Equatable, Sendable {
    public struct Count: Decodable, Equatable, Sendable {
        public var reason: String
        public var description: String
        public var sessions: Int
    }

    public struct Counters: Decodable, Equatable, Sendable {
        public var accepted: Int
        public var connected: Int
        public var toserver: Int
        public var toclient: Int
        public var refused: [Count]
        public var ended: [Count]
    }

    public var interface: String
    public var prefixes: [String]
    public var captured: [String]
    public var draining: Bool
    public var sessions: Int
    public var counters: Counters

    /// How sessions ended, and why clients were refused: `finished: 2`.
    public var ends: [String] {
        (counters.ended + counters.refused).filter { $0.sessions > 0 }.map { "\($0.reason): \($0.sessions)" }
    }
}

/// One relayed connection, as `faithctl -j sessions` shows it.
public struct FaithSessionState: Decodable, Equatable, Sendable {
    public var number: Int
    public var client: String
    public var asked: String
    public var server: String?
    public var state: String
    public var application: String
    public var control: Int?
    public var toserver: Int
    public var toclient: Int
}

private struct FaithList: Decodable {
    var faith: [FaithState]
}

private struct SessionList: Decodable {
    var sessions: [FaithSessionState]
}

extension Daemon {
    /// Runs `faithctl`, which must succeed, and returns its output; `words` is split at blanks.
    @discardableResult
    public func faith(_ words: String) throws -> String {
        let result = try faithctl(words)
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
        return result.output
    }

    /// What an interface relays; it must be there.
    public func relayed(by interface: String = "faith0") throws -> FaithState {
        let output = try faith("-jv \(interface)")
        let list = try JSONDecoder().decode(FaithList.self, from: Data(output.utf8)).faith
        guard let state = list.first else { throw CommandFailure(description: "no \(interface): \(output)") }
        return state
    }

    /// All sessions that there are.
    public func sessions() throws -> [FaithSessionState] {
        try JSONDecoder().decode(SessionList.self, from: Data(faith("-j sessions").utf8)).sessions
    }
}
