// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import TestSupport
import Testing
import Words

@testable import faithctl

/// What is shown of a faith interface below the lines of all, and the line that makes another like it.
@Suite struct FaithDetailsTests {
    private static func relay(_ service: String, _ change: (inout RelayStatus) -> Void = { _ in }) -> RelayStatus {
        var relay = RelayStatus(service: service, application: nil, proxy: false, reserved: false, program: nil)
        change(&relay)
        return relay
    }

    @Test(
        arguments: [
            (.sample(), ""),
            (.sample { $0.prefixes = ["2001:db8:64::/96"] }, "prefix 2001:db8:64::/96"),
            (
                .sample { ($0.prefixes, $0.captured) = (["1::/96", "2::/96"], ["3::/96", "2::/96"]) },
                "prefix 1::/96; prefix 2::/96 captured; route 3::/96 captured"
            ),
            (
                .sample {
                    $0.prefixes = ["1::/96"]
                    $0.uncaptured = ["1::/96", "2::/96"].map { UncapturedStatus(prefix: $0, reason: "no room") }
                },
                "prefix 1::/96 not captured: no room; route 2::/96 not captured: no room"
            ),
            (
                .sample {
                    $0.relays = [
                        relay("22"),
                        relay("1-1023") { ($0.application, $0.proxy, $0.reserved) = ("plain", true, true) },
                        relay("23") { $0.program = ["/bin/a", "b c"] },
                    ]
                },
                #"relay 22; relay 1-1023 plain proxy reserved; relay 23 local "/bin/a \"b c\"""#
            ),
            (
                .sample { $0.rules = ["::1/128 permit 1.2.3.4/32 1.2.3.5", "::/0 deny 0.0.0.0/0"] },
                "permit ::1/128 1.2.3.4/32 from 1.2.3.5; deny ::/0 0.0.0.0/0"
            ),
            (.sample { ($0.last32, $0.draining) = (true, true) }, "last32; draining"),
        ] as [(FaithStatus, String)])
    func `lines of the state`(status: FaithStatus, lines: String) {
        let shown = FaithDetails(interfaces: [.init(interface: "faith1"), status]).lines(of: .faith0, counters: false)
        #expect(shown.map { $0.dropFirst() }.joined(separator: "; ") == lines)
        #expect(shown.allSatisfy { $0.hasPrefix("\t") })
    }

    @Test func `limits are shown with the counters`() {
        let details = FaithDetails(interfaces: [
            .sample { ($0.idle, $0.keepalive, $0.usertime, $0.maxrate) = (nil, nil, 60, 100) }
        ])
        #expect(
            details.lines(of: .faith0, counters: true) == [
                "\tidle 0 connecttime 10 keepalive 0 usertime 60",
                "\tmaxsessions 10000 maxrate 100 clientsessions 1000 clientrate 500 clientlen 64",
            ])
        #expect(details.lines(of: .init(name: "faith1", kind: .faith, index: 8), counters: true) == [])
    }

    @Test func `what was counted is shown if it occurred`() {
        var counters = RelayCounterStatus()
        (counters.accepted, counters.connected, counters.toserver, counters.toclient) = (9, 7, 100, 2000)
        counters.refused = [
            SessionCount(reason: "no-rule", description: "no rule permits it", sessions: 2),
            SessionCount(reason: "denied", description: "a rule denies it", sessions: 0),
        ]
        counters.ended = [
            SessionCount(reason: "finished", description: "both sides had sent all", sessions: 5),
            SessionCount(reason: "killed", description: "killed", sessions: 0),
        ]
        counters.commands = [
            CommandCount(reason: "bad-reply", description: "no address", commands: 1),
            CommandCount(reason: "hidden-command", description: "two in a line", commands: 0),
        ]
        counters.latency = [512, 2048, 1 << 20].map { LatencyStatus(below: $0, servers: 3) }
        var status = FaithStatus.sample { $0.sessions = 2 }
        status.counters = counters
        let lines = { (status: FaithStatus) in
            FaithDetails(interfaces: [status]).lines(of: .faith0, counters: true).dropFirst(2).map { String($0) }
        }
        let rest = [
            "\t\t2 refused: no-rule (no rule permits it)", "\t\t5 ended: finished (both sides had sent all)",
            "\t\t1 not passed on: bad-reply (no address)", "\t\t3 answered in less than 512 us",
            "\t\t3 answered in less than 2.048 ms",
            "\t\t3 answered in less than 1.048576 s",
        ]
        let first = [
            "\tsessions: 2 now, 9 accepted, 7 connected", "\tto servers: 100 bytes, to clients: 2000 bytes",
        ]
        #expect(lines(status) == first + rest)
        status.counters?.pauses = 3
        #expect(lines(status) == first + ["\tpauses for want of descriptors: 3"] + rest)
    }

    // MARK: -c

    @Test func `a new interface comes back`() {
        var change = Change(interface: "faith0")
        change.create = true
        FaithDetails(interfaces: [.sample()]).complete(&change, of: .faith0)
        #expect(
            change.line == "faith0 create idle 1800 connecttime 10 keepalive 300 usertime 0 maxsessions 10000"
                + " maxrate 0 clientsessions 1000 clientrate 500 clientlen 64")
    }

    @Test func `an interface that nobody told of stays as it is`() {
        var change = Change(interface: "faith1")
        FaithDetails(interfaces: [.sample()]).complete(&change, of: .init(name: "faith1", kind: .faith, index: 8))
        #expect(change == Change(interface: "faith1"))
    }

    /// The line that `-c` prints, read again, is the change that it was printed for.
    @Test func `every state comes back`() throws {
        var generator = SeededGenerator(seed: 3142)
        for _ in 0..<2000 {
            let status = FaithStatus.random(using: &generator)
            var change = Change(interface: "faith0")
            FaithDetails(interfaces: [status]).complete(&change, of: .faith0)
            let lines = try CommandFile.lines(of: "# saved\n\(change.line)\n")
            #expect(try lines.map { try InterfaceCommand(parsing: $0.words, for: .faith) } == [.change(change)])
            // And nothing is left out of it.
            let faith = try #require(change.faith)
            #expect((faith.prefixes ?? []) == status.prefixes && (faith.rules ?? []) == status.rules)
            #expect((faith.last32 ?? false) == status.last32 && (faith.drain ?? false) == status.draining)
            let relays = (faith.relays ?? []).map {
                RelayStatus(
                    service: $0.service, application: $0.application, proxy: $0.proxy ?? false,
                    reserved: $0.reserved ?? false, program: $0.program)
            }
            #expect(relays == status.relays)
        }
    }
}

extension FaithStatus {
    /// Any state that an interface can be in.
    fileprivate static func random(using generator: inout SeededGenerator) -> FaithStatus {
        var status = FaithStatus.sample()
        let prefixes = ["2001:db8:64::/96", "64:ff9b::/96", "2001:db8::/32", "::/0"]
        status.prefixes = prefixes.filter { _ in generator.oneIn(2) }
        status.captured = prefixes.filter { _ in generator.oneIn(2) }
        (status.last32, status.draining) = (generator.oneIn(2), generator.oneIn(2))
        for service in ["21", "22-80", "all"] where generator.oneIn(2) {
            var relay = RelayStatus(service: service, application: nil, proxy: false, reserved: false, program: nil)
            relay.application = generator.pick([nil, "plain", "ftp", "rsh"])
            (relay.proxy, relay.reserved) = (generator.oneIn(2), generator.oneIn(2))
            relay.program = generator.pick([nil, ["/bin/a"], ["/bin/a b", "", "\"c'", "#\\", "-x"]])
            status.relays.append(relay)
        }
        for _ in 0..<generator.pick(0..<4) {
            let action = generator.pick(["permit", "deny"])
            let source = generator.pick(["", " 192.0.2.1"])
            status.rules.append("2001:db8::/\(generator.pick(0...128)) \(action) 10.0.0.0/8\(source)")
        }
        for path in [\FaithStatus.idle, \.keepalive, \.usertime, \.maxsessions, \.maxrate, \.clientsessions] {
            status[keyPath: path] = generator.pick([nil, 1, 1_000_000])
        }
        return status
    }
}
