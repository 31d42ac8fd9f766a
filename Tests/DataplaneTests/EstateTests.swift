// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import FoundationEssentials
import Inet6Control
import Internet
import KernelPrograms
import Logging
import Netlink
import Stf
import SystemIO
import TestSupport
import Testing
import Words

@testable import Dataplane

/// One dataplane takes the place of another, in one process and a network namespace of its own: what lives by descriptors
/// lives on, and what was said and counted is there.
@Suite struct EstateTests {
    private static let log = Logger(label: "test")

    @Test func `a second dataplane goes on where the first has left`() throws {
        try inOwnNetwork(["link set lo up", "addr add 192.0.2.1/24 dev lo", "addr add 2001:db8:1::1/64 dev lo nodad"]) {
            let first = try Dataplane(log: EstateTests.log, node: NodeEnforcement())
            defer { first.stop() }
            _ = try first.write(
                [
                    Assignment("net.link.stf.ttl", "77"), Assignment("net.inet6.ip6.keepfaith", "1"),
                    Assignment("net.inet6.ip6.interface.ne9.hlim", "33"),
                ], isCheck: false)
            try say(
                [
                    "stf0 create inet6 2002:c000:201::1/16 link1 description x mtu 1400",
                    "stf1 create stfv4net 192.0.2.1/24 stfv4br 192.0.2.9 inet6 2001:db8:100::1/32 down",
                ], .stf, first)
            try say(
                ["faith0 create relay 80 relay 21 permit ::/0 192.0.2.0/24 idle 7 prefix 2001:db8:64::/96 up"], .faith,
                first)
            var before: [InterfaceStatus] = []
            let isSettled = try eventually {
                before = try first.list(nil, counters: false)
                return before.allSatisfy { $0.inet6.allSatisfy { !$0.tentative } }
            }
            #expect(isSettled)
            let relayed = try relays(of: first)
            let variables = try first.readVariables(nil).variables

            let estate = Estate()
            try first.leave(to: estate)
            let second = try Dataplane(
                log: EstateTests.log, node: NodeEnforcement(from: estate), from: estate)
            defer { second.stop() }
            first.retire()
            #expect(estate.unclaimed == [])
            let after = try second.list(nil, counters: false)
            for (old, new) in zip(before, after) { #expect(old == new) }
            #expect(before.count == after.count)
            #expect(
                try relays(of: second) == relayed)
            #expect(relayed.map(\.captured) == [["2001:db8:64::/96"]])
            #expect(try second.readVariables(nil).variables == variables)
            #expect(second.host.variables.mib.wishes == first.host.variables.mib.wishes)
            // And it is not only shown: what is said now acts on the devices that are there.
            try say(["stf0 mtu 1450 -link1"], .stf, second)
            try say(["faith0 -prefix 2001:db8:64::/96", "faith0 prefix 2001:db8:65::/96"], .faith, second)
            #expect(try second.list("stf0", counters: false).map(\.mtu) == [1450])
            #expect(
                try relays(of: second).map(\.captured)
                    == [["2001:db8:65::/96"]])
        }
    }

    /// Counters go on from where they were.
    @Test func `what was counted is counted on`() throws {
        try inOwnNetwork(["link set lo up", "addr add 192.0.2.1/24 dev lo"]) {
            let first = try Dataplane(log: EstateTests.log, node: .none(.permission))
            defer { first.stop() }
            try say(["stf0 create inet6 2002:c000:201::1/16"], .stf, first)
            let stf = try #require(first.kinds.stf["stf0"])
            let isCounted = try eventually {
                // Nobody is there to answer, and the destination would be private.
                try send(to: "2002:a00:1::1")
                return stf.counters.drops[.outputDestination(.privateNetwork)] > 0
            }
            #expect(isCounted)
            let counted = stf.counters
            let estate = Estate()
            try first.leave(to: estate)
            let second = try Dataplane(log: EstateTests.log, node: .none(.permission), from: estate)
            defer { second.stop() }
            first.retire()
            let heir = try #require(second.kinds.stf["stf0"])
            let reason = StfDrop.outputDestination(.privateNetwork)
            #expect(heir.counters.drops[reason] >= counted.drops[reason])
            let goesOn = try eventually {
                try send(to: "2002:a00:1::1")
                return heir.counters.drops[reason] > counted.drops[reason]
            }
            #expect(goesOn)
        }
    }

    /// A device that somebody deleted in between is told of, and keeps nothing else from going on.
    @Test func `what is gone is left out`() throws {
        try inOwnNetwork(["link set lo up", "addr add 192.0.2.1/24 dev lo"]) {
            let first = try Dataplane(log: EstateTests.log, node: .none(.permission))
            defer { first.stop() }
            try say(["stf0 create", "stf1 create inet6 2002:c000:201::1/16"], .stf, first)
            let estate = Estate()
            try first.leave(to: estate)
            _ = estate.take("stf0.tun")
            let second = try Dataplane(log: EstateTests.log, node: .none(.permission), from: estate)
            defer { second.stop() }
            #expect(second.interfaces.all.map(\.name) == ["stf1"])
            #expect(estate.unclaimed == [])
        }
    }

    /// Descriptors of the first are closed with it: nothing is left behind but what the second has.
    @Test func `nothing leaks over many restarts`() throws {
        try inOwnNetwork(["link set lo up", "addr add 192.0.2.1/24 dev lo"]) {
            var current = try Dataplane(log: EstateTests.log, node: NodeEnforcement())
            defer { current.stop() }
            try say(["stf0 create inet6 2002:c000:201::1/16"], .stf, current)
            try say(["faith0 create relay 80 prefix 2001:db8:64::/96 up"], .faith, current)
            var descriptors = 0
            for round in 0..<5 {
                let estate = Estate()
                try current.leave(to: estate)
                let next = try Dataplane(log: EstateTests.log, node: NodeEnforcement(from: estate), from: estate)
                current.retire()
                current = next
                if round == 0 { descriptors = openDescriptors() }
            }
            // Other tests of this process have some of their own meanwhile.
            let isClean = eventually(within: .seconds(30)) { openDescriptors() <= descriptors + 8 }
            #expect(isClean)
            #expect(current.interfaces.all.count == 2)
        }
    }

    /// All that can be said about an interface is there in what it notes for the next.
    @Test(arguments: [
        "relay all relay 21 plain relay 2323 reserved relay 443 proxy", "idle 0 connecttime 3 keepalive 0 usertime 9",
        "maxsessions 0 maxrate 7 clientsessions 0 clientrate 9 clientlen 56", "last32 prefix 2001:db8::/80 drain",
        "permit ::/0 10.0.0.0/8 from 192.0.2.1 deny 2001:db8::/32 0.0.0.0/0", "relay 23 local /bin/cat",
    ])
    func `what was said is said again`(words: String) throws {
        var record = InterfaceRecord(new: "faith0", kind: .faith)
        for change in try changes(["faith0 \(words)"], .faith) {
            for part in change.parts { try record.part.apply(part, of: "faith0", PlanContext()) }
        }
        #expect(try InterfaceLegacy("faith0", 7, record.part).part(of: .faith) == record.part)
    }

    /// Without how many sessions there are descriptors for, of which two have fewer than one.
    private func relays(of dataplane: Dataplane) throws -> [FaithStatus] {
        try dataplane.existing("faith0", of: dataplane.kinds.faith).map { interface in
            var status = interface.status(counters: false)
            status.reach = 0
            return status
        }
    }

    private func send(to address: String) throws {
        _ = try RunningCommand(
            ["ping", "-c", "1", "-W", "1", address], scratch: .temporaryDirectory
        ).wait()
    }

    private func changes(_ lines: [String], _ kind: InterfaceKind) throws -> [Change] {
        try lines.map { line in
            let words = try CommandFile.lines(of: line).flatMap(\.words)
            guard case .change(let change) = try InterfaceCommand(parsing: words, for: kind) else {
                throw CommandFailure(description: "\(line): no change")
            }
            return change
        }
    }

    private func say(_ lines: [String], _ kind: InterfaceKind, _ dataplane: Dataplane) throws {
        _ = try dataplane.apply(try changes(lines, kind), isIdempotent: false)
        // What follows from the kernel's own events, such as a route that came with an address.
        try dataplane.followKernel()
    }
}
