// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import Testing
import Words

@testable import Dataplane

/// A request is decided completely before anything is done: which steps it comes to, and what is refused.
@Suite struct PlannerTests {
    /// One row: the commands of a request, and its steps or the line of its refusal.
    struct Row: CustomTestStringConvertible, Sendable {
        let commands: [String]
        let outcome: String

        init(_ commands: String..., gives outcome: String) {
            self.commands = commands
            self.outcome = outcome
        }

        var testDescription: String { commands.joined(separator: "; ") }
    }

    /// Before: stf0 is up with 2002:c000:201::1/16, stf1 is new, eth0 is somebody else's.
    static let rows = [
        Row("create stf2", gives: "create stf2"),
        Row("create stf", gives: "create stf2"),
        Row("create stf", "create stf", gives: "create stf2, create stf3"),
        Row("create stf5", "create stf", gives: "create stf5, create stf2"),
        Row("create stf0", gives: "stf0: File exists"),
        Row("create eth0", gives: "eth0: Invalid argument (no cloner makes this name)"),
        Row("create stf00", gives: "stf00: Invalid argument (stf0..stf32767)"),
        Row("create stf32768", gives: "stf32768: Invalid argument (stf0..stf32767)"),
        Row("destroy stf0", gives: "destroy stf0"),
        Row("destroy stf7", gives: "stf7: Device not configured"),
        Row("destroy eth0", gives: "eth0: Device not configured (not an interface of inet6d)"),
        Row("destroy stf0", "create stf0", gives: "destroy stf0, create stf0"),
        Row("create stf2", "destroy stf2", gives: "create stf2, destroy stf2"),
        Row("destroy stf0", "stf0 up", gives: "stf0: Device not configured"),
        Row("stf1 up", gives: "stf1 up"),
        Row("stf0 up", gives: ""),
        Row("stf0 down", gives: "stf0 down"),
        Row("stf1 link0 link2 mtu 1480", gives: "stf1 mtu 1480, stf1 link0 link2"),
        Row("stf1 link0 -link0", gives: ""),
        Row("stf1 mtu 1279", gives: "stf1: mtu 1279: Invalid argument (1280..65515)"),
        Row("stf1 mtu 65516", gives: "stf1: mtu 65516: Invalid argument (1280..65515)"),
        Row("stf1 mtu 65515", gives: "stf1 mtu 65515"),
        Row("stf1 description x", gives: "stf1 description x"),
        Row("stf1 -description", gives: ""),
        Row("stf1 inet6 2002:c633:6407::1/16", gives: "stf1 + 2002:c633:6407::1/16, stf1 up"),
        Row("stf1 inet6 2002:c633:6407::1", gives: "stf1 + 2002:c633:6407::1/64, stf1 up"),
        Row("stf1 down inet6 2002:c633:6407::1/16", gives: "stf1 + 2002:c633:6407::1/16"),
        Row("stf1 inet6 2002:c633:6407::1/16 deprecated", gives: "stf1 + 2002:c633:6407::1/16 pltime 0, stf1 up"),
        Row(
            "stf1 inet6 2002:c633:6407::1/16 pltime 60 vltime 90",
            gives: "stf1 + 2002:c633:6407::1/16 pltime 60 vltime 90, stf1 up"),
        Row(
            "stf1 inet6 2002:c633:6407::1/16 vltime 90",
            gives: "stf1 + 2002:c633:6407::1/16 pltime 90 vltime 90, stf1 up"),
        Row(
            "stf1 inet6 2002:c633:6407::1/16 pltime 91 vltime 90",
            gives: "stf1: inet6 2002:c633:6407::1/16: Invalid argument (pltime 91 exceeds vltime 90)"),
        Row(
            "stf1 inet6 2002:c633:6407::1/16 vltime 0",
            gives: "stf1: inet6 2002:c633:6407::1/16: Invalid argument (vltime 0)"),
        Row(
            "stf1 inet6 2002:c633:6407::1 prefixlen 15",
            gives: "stf1: inet6 2002:c633:6407::1/15: Invalid argument (prefix length 16..128)"),
        Row(
            "stf1 inet6 2001:db8::1",
            gives: "stf1: inet6 2001:db8::1: Invalid argument"
                + " (not in 2002::/16, and for 6rd prefix length + 32 exceeds 64)"),
        Row("stf1 inet6 ::1", gives: "stf1: inet6 ::1: Invalid argument (the loopback address (::1))"),
        Row("stf1 inet6 2001:db8::1/32", gives: "stf1 + 2001:db8::1/32, stf1 up"),
        Row(
            "stf1 stfv4net 10.1.2.3/8 stfv4br 10.0.0.1 inet6 2001:db8::1/40",
            gives: "stf1 10.1.2.3/8 10.0.0.1, stf1 + 2001:db8::1/40, stf1 up"),
        Row(
            "stf1 inet6 2001:db8::1/40 stfv4net 10.1.2.3/8",
            gives: "stf1 10.1.2.3/8 -, stf1 + 2001:db8::1/40, stf1 up"),
        Row(
            "stf1 inet6 2001:db8::1/32 stfv4net 10.1.2.3/8", "stf1 stfv4net 10.1.2.3/32",
            gives: "stf1 10.1.2.3/8 -, stf1 + 2001:db8::1/32, stf1 up, stf1 10.1.2.3/32 -"),
        Row(
            "stf1 inet6 2001:db8::1/40 stfv4net 10.1.2.3/8", "stf1 stfv4net 10.1.2.3/32",
            gives: "stf1 10.1.2.3/8 -, stf1 + 2001:db8::1/40, stf1 up, stf1 10.1.2.3/32 -"),
        // Words of one end may come in any order.
        Row(
            "stf1 inet6 2001:db8::1/40", "stf1 stfv4net 10.1.2.3/8",
            gives: "stf1 + 2001:db8::1/40, stf1 up, stf1 10.1.2.3/8 -"),
        Row(
            "stf1 inet6 2001:db8::1/65 stfv4net 10.1.2.3/8",
            gives: "stf1: inet6 2001:db8::1/65: Invalid argument"
                + " (not in 2002::/16, and for 6rd prefix length + 24 exceeds 64)"),
        Row(
            "stf1 stfv4br 10.0.0.1,10.0.0.2,10.0.0.1", "stf1 stfv4br 0.0.0.0",
            gives: "stf1 0.0.0.0/32 10.0.0.1,10.0.0.2, stf1 0.0.0.0/32 -"),
        Row(
            "stf1 stfv4br 10.0.0.1,224.0.0.1",
            gives: "stf1: stfv4br 10.0.0.1,224.0.0.1: Invalid argument (in 224.0.0.0/4)"),
        Row(
            "stf1 option212 '8 32 2001:db8:: 10.255.0.1 10.255.0.2' 10.0.0.1",
            gives: "stf1 10.0.0.1/8 10.255.0.1,10.255.0.2, stf1 + 2001:db8:0:100::1/32, stf1 up"),
        Row(
            "stf1 option212 '8 32 2001:db8:: 10.255.0.1' 10.0.0.1",
            "stf1 option212 '8 32 2001:db8:: 10.255.0.1' 10.0.0.1",
            "stf1 option212 '8 24 2001:db8:: 10.255.0.1' 10.0.0.2",
            gives: "stf1 10.0.0.1/8 10.255.0.1, stf1 + 2001:db8:0:100::1/32, stf1 up, "
                + "stf1 10.0.0.2/8 10.255.0.1, stf1 - 2001:db8:0:100::1/32, stf1 + 2001:d00:2::1/24"),
        Row(
            "stf1 route default via ::192.88.99.1 route 2001:db8:ffff::1/32",
            "stf1 route default via 2002:c058:6301::1",
            "stf1 -route default",
            gives: "stf1 routes default via ::192.88.99.1 2001:db8::/32, "
                + "stf1 routes default via 2002:c058:6301::1 2001:db8::/32, stf1 routes 2001:db8::/32"),
        Row(
            "stf0 route default", "stf0 route default", "stf0 -route default",
            gives: "stf0 routes default, stf0 routes -"),
        Row(
            "stf0 route default via ::192.0.2.9", "stf0 -route default via ::192.0.2.8",
            gives: "stf0: -route default via ::192.0.2.8: No such file or directory (no such route is kept with it)"),
        Row(
            "stf0 -route default",
            gives: "stf0: -route default: No such file or directory (no such route is kept with it)"),
        Row(
            "stf0 route fe80::/64",
            gives: "stf0: route fe80::/64: Invalid argument (to what is link-local (fe80::/10))"),
        Row(
            "stf0 route default via fe80::1",
            gives: "stf0: route default via fe80::1: Invalid argument (the gateway is link-local (fe80::/10))"),
        Row(
            "stf0 route default via ::1",
            gives: "stf0: route default via ::1: Invalid argument (the gateway is the loopback address (::1))"),
        Row("stf1 auto", gives: "stf1 auto, stf1 up"),
        Row("stf0 auto -auto", gives: ""),
        Row("stf1 stfv4br 224.0.0.1", gives: "stf1: stfv4br 224.0.0.1: Invalid argument (in 224.0.0.0/4)"),
        Row("stf1 inet6 fe80::1/32", gives: "stf1: inet6 fe80::1/32: Invalid argument (link-local (fe80::/10))"),
        Row(
            "stf1 inet6 2002:a00:1::1/16",
            gives: "stf1: inet6 2002:a00:1::1/16: Invalid argument (10.0.0.1 is private (RFC 1918))"),
        Row(
            "stf1 inet6 2002:7f00:1::1/16",
            gives: "stf1: inet6 2002:7f00:1::1/16: Invalid argument (127.0.0.1 is in 127.0.0.0/8)"),
        Row(
            "stf1 inet6 2002:e000:1::1/16",
            gives: "stf1: inet6 2002:e000:1::1/16: Invalid argument (224.0.0.1 is in 224.0.0.0/4)"),
        Row(
            "stf0 inet6 2002:c633:6407::1/16",
            gives: "stf0: inet6 2002:c633:6407::1/16: File exists (stf0 has 2002:c000:201::1)"),
        Row(
            "stf1 inet6 2002:c000:201::2/16",
            gives: "stf1: inet6 2002:c000:201::2/16: Address already in use (stf0 has 192.0.2.1)"),
        Row("stf0 inet6 2002:c000:201::1/16", gives: ""),
        Row("stf0 inet6 2002:c000:201::1", gives: ""),
        Row(
            "stf0 inet6 2002:c000:201::1 prefixlen 32",
            gives: "stf0: inet6 2002:c000:201::1/32: Invalid argument (the address has prefixlen 16; delete it first)"),
        Row(
            "stf0 inet6 2002:c000:201::1 deprecated", gives: "stf0 2002:c000:201::1/16 to 2002:c000:201::1/16 pltime 0"),
        Row(
            "stf0 inet6 2002:c000:201::1 pltime 60 vltime 90", "stf0 inet6 2002:c000:201::1 pltime infty vltime infty",
            gives: "stf0 2002:c000:201::1/16 to 2002:c000:201::1/16 pltime 60 vltime 90, "
                + "stf0 2002:c000:201::1/16 pltime 60 vltime 90 to 2002:c000:201::1/16"),
        Row("stf0 inet6 2002:c000:201::1 delete", gives: "stf0 - 2002:c000:201::1/16"),
        Row("stf0 inet6 2002:c000:201::1/16 -alias", gives: "stf0 - 2002:c000:201::1/16"),
        Row(
            "stf0 inet6 2002:c000:201::1/32 delete",
            gives: "stf0: inet6 2002:c000:201::1/32: Can't assign requested address"),
        Row(
            "stf0 inet6 2002:c000:201::2 delete",
            gives: "stf0: inet6 2002:c000:201::2: Can't assign requested address"),
        Row(
            "stf0 inet6 2002:c000:201::1 delete", "stf0 inet6 2002:c633:6407::1/16",
            gives: "stf0 - 2002:c000:201::1/16, stf0 + 2002:c633:6407::1/16"),
        // What is in the way may go behind it.
        Row(
            "stf1 inet6 2002:c000:201::2/16", "stf0 inet6 2002:c000:201::1 delete",
            gives: "stf1 + 2002:c000:201::2/16, stf1 up, stf0 - 2002:c000:201::1/16"),
        Row(
            "stf0 inet6 2002:c633:6407::1/16", "stf0 inet6 2002:c000:201::1 delete",
            gives: "stf0 + 2002:c633:6407::1/16, stf0 - 2002:c000:201::1/16"),
        Row(
            "stf1 inet6 2002:c000:201::2/16", "destroy stf0",
            gives: "stf1 + 2002:c000:201::2/16, stf1 up, destroy stf0"),
        Row(
            "stf0 inet6 2002:c633:6407::1/16", "stf0 inet6 2002:c000:201::9 delete",
            gives: "stf0: inet6 2002:c000:201::9: Can't assign requested address"),
        Row("stf1 mtu 1400", "stf1 mtu 1", gives: "stf1: mtu 1: Invalid argument (1280..65515)"),
    ]

    @Test(arguments: rows)
    func outcome(of row: Row) throws {
        var planner = before(isIdempotent: false)
        #expect(try steps(of: row, &planner) == row.outcome)
    }

    /// With `-i`, what is so already is no error and comes to no step.
    @Test(arguments: [
        Row("create stf0", gives: ""), Row("destroy stf7", gives: ""),
        Row("destroy eth0", gives: "eth0: Device not configured (not an interface of inet6d)"),
        Row("stf0 inet6 2002:c000:201::2 delete", gives: ""),
        Row("create eth0", gives: "eth0: Invalid argument (no cloner makes this name)"),
        Row("stf0 create inet6 2002:c000:201::1/16 link1", gives: "stf0 link1"),
    ])
    func idempotentOutcome(of row: Row) throws {
        var planner = before(isIdempotent: true)
        #expect(try steps(of: row, &planner) == row.outcome)
    }

    /// Taking all steps of a plan and then undoing them, last first, leads back to where it began.
    @Test(arguments: rows)
    func `undoing leads back`(row: Row) throws {
        var planner = before(isIdempotent: false)
        let start = planner.interfaces
        guard let plan = try? planner.plan(changes(row)) else { return }
        var state = start
        for step in plan.steps { take(step, on: &state) }
        #expect(state == planner.interfaces)
        for step in plan.steps.reversed().flatMap(\.inverse) { take(step, on: &state) }
        #expect(state == start)
    }

    /// What the kernel would make of a step.
    private func take(_ step: Plan.Step, on state: inout [String: InterfaceRecord]) {
        switch step {
        case .create(let record): state[record.name] = record
        case .destroy(let record): state[record.name] = nil
        case .description(let name, _, let to): state[name]?.description = to
        case .mtu(let name, _, let to): state[name]?.mtu = to
        case .part(let name, _, let to): state[name]?.part = to
        case .up(let name, _, let to): state[name]?.isUp = to
        case .address(let name, let from, let to):
            state[name]?.addresses.removeAll { $0.address == from?.address }
            if let to { state[name]?.addresses.append(to) }
        case .host: Issue.record("no interface of others is named here")
        }
    }

    private func before(isIdempotent: Bool) -> Planner {
        var stf0 = InterfaceRecord(new: "stf0", kind: .stf)
        stf0.isUp = true
        stf0.addresses = [AddressRecord(address: address, prefixLength: 16)]
        return Planner(
            interfaces: [stf0, InterfaceRecord(new: "stf1", kind: .stf)], otherNames: ["eth0", "lo"],
            PlanContext(isIdempotent: isIdempotent))
    }

    private let address = IPv6Address(high: 0x2002_C000_0201_0000, low: 1)

    private func changes(_ row: Row) throws -> [Change] {
        try row.commands.map { command in
            let line = try #require(try CommandFile.lines(of: command).first)
            guard case .change(let change) = try InterfaceCommand(parsing: line.words, for: .stf) else {
                throw LineError(line: 1, reason: "no change")
            }
            return change
        }
    }

    private func steps(of row: Row, _ planner: inout Planner) throws -> String {
        do {
            return try planner.plan(changes(row)).steps.map(text).joined(separator: ", ")
        } catch let refusal as Refusal {
            return refusal.line
        }
    }

    private func text(_ step: Plan.Step) -> String {
        switch step {
        case .create(let record): "create \(record.name)"
        case .destroy(let record): "destroy \(record.name)"
        case .description(let name, _, let to): "\(name) \(to.map { "description \($0)" } ?? "-description")"
        case .mtu(let name, _, let to): "\(name) mtu \(to)"
        case .part(let name, .stf(let from), .stf(let to)):
            text(from, to).map { "\(name) \($0)" }.joined(separator: ", ")
        case .part(let name, _, let to): "\(name) \(to)"
        case .up(let name, _, let to): "\(name) \(to ? "up" : "down")"
        case .host(let step): "\(step)"
        case .address(let name, nil, let to): "\(name) + \(to.map(text) ?? "")"
        case .address(let name, let from, nil): "\(name) - \(from.map(text) ?? "")"
        case .address(let name, let from?, let to?): "\(name) \(text(from)) to \(text(to))"
        }
    }

    private func text(_ old: StfRecord, _ new: StfRecord) -> [String] {
        var texts: [String] = []
        if old.linkFlags != new.linkFlags {
            texts.append(new.linkFlags.flags.map(\.rawValue).joined(separator: " "))
        }
        if old.routes != new.routes {
            texts.append("routes " + (new.routes.isEmpty ? "-" : new.routes.map(\.text).joined(separator: " ")))
        }
        if old.sixRD != new.sixRD { texts.append("\(new.sixRD.net) \(new.sixRD.relayText ?? "-")") }
        if old.isAuto != new.isAuto { texts.append(new.isAuto ? "auto" : "-auto") }
        return texts
    }

    private func text(_ address: AddressRecord) -> String {
        var text = "\(address.address)/\(address.prefixLength)"
        if let preferred = address.preferred { text += " pltime \(preferred)" }
        if let valid = address.valid { text += " vltime \(valid)" }
        return text
    }
}
