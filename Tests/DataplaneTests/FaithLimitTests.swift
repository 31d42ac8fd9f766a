// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Relay
import Testing

@testable import Dataplane

/// What the numbers of a faith interface mean, and how many rules it may have.
@Suite struct FaithLimitTests {
    private func limits(_ body: (inout FaithChange) -> Void) throws -> RelaySettings {
        try record(body).limits
    }

    private func record(
        _ body: (inout FaithChange) -> Void, after record: FaithRecord = FaithRecord()
    ) throws -> FaithRecord {
        var change = FaithChange()
        body(&change)
        var planner = FaithPlanner(record, of: "faith0", isIdempotent: false)
        try planner.apply(change)
        return planner.record
    }

    @Test func `nothing said is nothing changed`() throws {
        #expect(try record { _ in } == FaithRecord())
    }

    @Test func `a number is what it says`() throws {
        var wanted = RelaySettings()
        (wanted.idleTimeout, wanted.connectTimeout) = (.seconds(60), .seconds(3600))
        (wanted.keepalive, wanted.userTimeout) = (.seconds(1), .seconds(31_536_000))
        (wanted.maximumSessions, wanted.newSessionsPerSecondInAll) = (1, 1_000_000)
        (wanted.sessionsPerClient, wanted.newSessionsPerSecond, wanted.burst) = (2, 3, 6)
        wanted.clientPrefixLength = 128
        #expect(
            try limits {
                ($0.idle, $0.connecttime, $0.keepalive, $0.usertime) = (60, 3600, 1, 31_536_000)
                ($0.maxsessions, $0.maxrate, $0.clientsessions, $0.clientrate) = (1, 1_000_000, 2, 3)
                $0.clientlen = 128
            } == wanted)
    }

    /// 0 is never, any number, or as the kernel has it; each field by itself.
    @Test func `zero is no limit`() throws {
        var wanted = RelaySettings()
        wanted.idleTimeout = .seconds(FaithPlanner.never)
        #expect(try limits { $0.idle = 0 } == wanted)
        wanted = RelaySettings()
        wanted.keepalive = nil
        #expect(try limits { $0.keepalive = 0 } == wanted)
        wanted = RelaySettings()
        wanted.userTimeout = nil
        #expect(try limits { $0.usertime = 0 } == wanted)
        let set = try record { ($0.usertime, $0.maxrate) = (60, 5) }
        #expect(try record({ ($0.usertime, $0.maxrate) = (0, 0) }, after: set) == FaithRecord())
        wanted.maximumSessions = .max
        #expect(try limits { $0.maxsessions = 0 } == wanted)
        wanted = RelaySettings()
        wanted.sessionsPerClient = .max
        #expect(try limits { $0.clientsessions = 0 } == wanted)
        wanted = RelaySettings()
        (wanted.newSessionsPerSecond, wanted.burst) = (.max, .max)
        #expect(try limits { $0.clientrate = 0 } == wanted)
    }

    /// What `-c` prints for an interface that nobody said a number of leaves it as it is.
    @Test func `the numbers of a new interface lead to themselves`() throws {
        #expect(
            try limits {
                ($0.idle, $0.connecttime, $0.keepalive, $0.usertime) = (1800, 10, 300, 0)
                ($0.maxsessions, $0.maxrate, $0.clientsessions, $0.clientrate) = (10_000, 0, 1000, 500)
                $0.clientlen = 64
            } == RelaySettings())
    }

    @Test func `a number has a range`() throws {
        let rows: [(word: String, range: ClosedRange<Int>, path: WritableKeyPath<FaithChange, Int?>)] = [
            ("idle", 0...FaithPlanner.never, \.idle), ("connecttime", 1...3600, \.connecttime),
            ("keepalive", 0...FaithPlanner.never, \.keepalive), ("usertime", 0...FaithPlanner.never, \.usertime),
            ("maxsessions", 0...FaithPlanner.never, \.maxsessions), ("maxrate", 0...FaithPlanner.never, \.maxrate),
            ("clientsessions", 0...FaithPlanner.never, \.clientsessions),
            ("clientrate", 0...FaithPlanner.never, \.clientrate), ("clientlen", 1...128, \.clientlen),
        ]
        for (word, range, path) in rows {
            for number in [range.lowerBound, range.upperBound] {
                #expect(throws: Never.self) { try record { $0[keyPath: path] = number } }
            }
            for number in [range.lowerBound - 1, range.upperBound + 1, .min, .max] {
                let detail = "\(range.lowerBound)..\(range.upperBound)"
                #expect(throws: Refusal("faith0", "\(word) \(number)", .EINVAL, detail)) {
                    try record { $0[keyPath: path] = number }
                }
            }
        }
    }

    // MARK: rules

    @Test func `a list takes the place of all rules`() throws {
        let old = try record { $0.rules = ["::1 permit 1.2.3.4", "::2 permit 1.2.3.4"] }
        let lines = { (record: FaithRecord) in record.rules.map(\.line) }
        #expect(try lines(record({ $0.access = ["::/0 deny 0.0.0.0/0"] }, after: old)) == ["::/0 deny 0.0.0.0/0"])
        #expect(try lines(record({ $0.access = [] }, after: old)) == [])
        // What is taken away goes first, what is added comes behind.
        let both = try record(
            { change in
                change.norules = ["::1 permit 1.2.3.4"]
                change.access = ["::3 permit 1.2.3.4"]
                change.rules = ["::4 permit 1.2.3.4"]
            }, after: old)
        #expect(lines(both) == ["::3/128 permit 1.2.3.4/32", "::4/128 permit 1.2.3.4/32"])
    }

    @Test func `there are so many rules and no more`() throws {
        let rule = "::/0 permit 0.0.0.0/0"
        let most = Array(repeating: rule, count: AccessList.limit)
        let full = try record { $0.access = most }
        #expect(full.rules.count == 4096)
        let refusal = Refusal("faith0", "4097 rules", .EINVAL, "at most 4096")
        #expect(throws: refusal) { try record { $0.access = most + [rule] } }
        #expect(throws: refusal) { try record({ $0.rules = [rule] }, after: full) }
        #expect(try record({ ($0.rules, $0.norules) = ([rule], [rule]) }, after: full).rules.count == 4096)
    }

    /// Without rules everything public is open; the first rule closes what it does not name.
    @Test func `the first rule closes the rest`() throws {
        #expect(FaithRecord().access == .open)
        let closed = try record { $0.rules = ["::1 permit 1.2.3.4"] }
        #expect(closed.access == AccessList(closed.rules))
        #expect(closed.access != .open)
    }
}
