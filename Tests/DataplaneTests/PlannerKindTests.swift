// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Testing
import Words

@testable import Dataplane

/// Of two kinds of interfaces, each has its own words, and what is common to both goes the same way.
@Suite struct PlannerKindTests {
    private static let address = AddressRecord(
        address: IPv6Address(high: 0x2001_0DB8_0000_0000, low: 1), prefixLength: 64)

    /// stf0 is new; faith0 is up, has an address, a prefix and a service.
    private func before(isIdempotent: Bool = false) -> Planner {
        var faith0 = InterfaceRecord(new: "faith0", kind: .faith)
        faith0.isUp = true
        faith0.addresses = [PlannerKindTests.address]
        var faith = FaithRecord()
        faith.prefixes = [IPv6Prefix(IPv6Address(high: 0x2001_0DB8_0064_0000, low: 0), length: 96)]
        faith.services = [FaithService(ports: 22...22)]
        faith0.part = .faith(faith)
        return Planner(
            interfaces: [InterfaceRecord(new: "stf0", kind: .stf), faith0], otherNames: ["eth0", "faith2"],
            PlanContext(isIdempotent: isIdempotent))
    }

    /// The changes of commands in the words of a kind, whichever interface they name.
    private func changes(_ commands: [String], _ kind: InterfaceKind) throws -> [Change] {
        try commands.map { command in
            let words = try CommandFile.lines(of: command).flatMap(\.words)
            guard case .change(let change) = try InterfaceCommand(parsing: words, for: kind) else {
                throw LineError(line: 1, reason: "no change")
            }
            return change
        }
    }

    /// Group inet6 may configure what is ours, and may not listen to the host's other interfaces.
    @Test func `what a vamp does is for root`() throws {
        let vamp = try changes(["create vamp0 dev eth0"], .vamp)
        var group = Planner(interfaces: [], otherNames: ["eth0"], PlanContext(isForRoot: false))
        let refusal = "vamp0: Operation not permitted (what a vamp does to an interface is for root alone to say)"
        #expect(steps(vamp, &group) == refusal)
        let created = try changes(["create stf0 link1"], .stf)
        #expect(steps(created, &group).hasPrefix("create stf0"))
        var root = Planner(interfaces: [], otherNames: ["eth0"], PlanContext())
        #expect(steps(vamp, &root).hasPrefix("create vamp0"))
    }

    private func steps(_ changes: [Change], _ planner: inout Planner) -> String {
        do throws(Refusal) {
            return try planner.plan(changes).steps.map(text).joined(separator: ", ")
        } catch {
            return error.line
        }
    }

    private func text(_ step: Plan.Step) -> String {
        switch step {
        case .create(let record): "create \(record.name) mtu \(record.mtu)"
        case .destroy(let record): "destroy \(record.name)"
        case .part(let name, _, .faith(let to)): "\(name) [\(FaithState.text(to))]"
        case .mtu(let name, let from, let to): "\(name) mtu \(from) to \(to)"
        case .up(let name, _, let to): "\(name) \(to ? "up" : "down")"
        case .description(let name, _, let to): "\(name) description \(to ?? "none")"
        case .address(let name, let from, let to):
            "\(name) \(from.map { "- \($0.address)/\($0.prefixLength) " } ?? "")"
                + (to.map { "+ \($0.address)/\($0.prefixLength)" } ?? "")
        case .part, .host: "\(step)"
        }
    }

    static let rows: [(commands: [String], outcome: String)] = [
        (["create faith"], "create faith1 mtu 1500"),
        (["create faith", "create faith"], "create faith1 mtu 1500, create faith3 mtu 1500"),
        (["create faith2"], "faith2: File exists"),
        (["create faith00"], "faith00: Invalid argument (faith0..faith32767)"),
        (["create faith32768"], "faith32768: Invalid argument (faith0..faith32767)"),
        (["destroy faith2"], "faith2: Device not configured"),
        (
            ["faith1 create prefix 64:ff9b::/96 relay 22 up"],
            "create faith1 mtu 1500, faith1 [prefix 64:ff9b::/96, 22], faith1 up"
        ),
        // An interface that is made again has nothing of the old one.
        (
            ["destroy faith0", "create faith0", "faith0 prefix 64:ff9b::/96"],
            "destroy faith0, create faith0 mtu 1500, faith0 [prefix 64:ff9b::/96]"
        ),
        (["faith0 -prefix 2001:db8:64::/96"], "faith0 [22]"),
        (["faith0 relay 22"], ""),
        (["faith0 relay 22 plain"], "faith0 [prefix 2001:db8:64::/96, 22 plain]"),
        (["faith0 drain"], "faith0 [prefix 2001:db8:64::/96, 22, drain]"),
        (["faith0 idle 1800"], ""),
        (["faith0 prefix 2001:db8:64::/96"], "faith0: prefix 2001:db8:64::/96: File exists"),
        // One that cannot be, and nothing of those before it is done.
        (["faith0 relay 23", "faith0 -relay 24"], "faith0: -relay 24: No such file or directory (no such relay)"),
        (["faith0 mtu 1400 -relay 24"], "faith0: -relay 24: No such file or directory (no such relay)"),
        (["faith0 mtu 65535"], "faith0 mtu 1500 to 65535"),
        (["faith0 mtu 1280"], "faith0 mtu 1500 to 1280"),
        (["faith0 mtu 65536"], "faith0: mtu 65536: Invalid argument (1280..65535)"),
        (["faith0 mtu 1279"], "faith0: mtu 1279: Invalid argument (1280..65535)"),
        (["faith0 description x down"], "faith0 description x, faith0 down"),
        (["faith0 inet6 2001:db8:1::1/48"], "faith0 + 2001:db8:1::1/48"),
        (["faith0 down inet6 2001:db8:1::1"], "faith0 + 2001:db8:1::1/64, faith0 down"),
        (["faith0 inet6 2001:db8::1 delete"], "faith0 - 2001:db8::1/64 "),
        // Not only of 2002::/16, and more than one.
        (
            ["faith0 inet6 ::2:1", "faith0 inet6 2002:a00:1::1/128", "faith0 inet6 fd00::1/8"],
            "faith0: inet6 ::2:1: Invalid argument (IPv4-compatible (::/96))"
        ),
        (
            ["faith0 inet6 2002:a00:1::1/128", "faith0 inet6 fd00::1/8"],
            "faith0 + 2002:a00:1::1/128, faith0 + fd00::1/8"
        ),
        (["faith0 inet6 fe80::1"], "faith0: inet6 fe80::1: Invalid argument (link-local (fe80::/10))"),
        (["faith0 inet6 fe80::1%faith0"], "faith0: inet6 fe80::1%faith0: Invalid argument (link-local (fe80::/10))"),
        (
            ["faith0 inet6 fe80::1%eth0"],
            "faith0: inet6 fe80::1%eth0: Invalid argument "
                + "(only link-local addresses have a zone, which here is faith0)"
        ),
        (["faith0 inet6 ff02::1"], "faith0: inet6 ff02::1: Invalid argument (multicast (ff00::/8))"),
        (["faith0 inet6 ::1"], "faith0: inet6 ::1: Invalid argument (the loopback address (::1))"),
    ]

    @Test(arguments: rows)
    func `words of faith come to steps`(commands: [String], outcome: String) throws {
        var planner = before()
        #expect(steps(try changes(commands, .faith), &planner) == outcome)
    }

    /// Taking all steps of a plan and then undoing them, last first, leads back to where it began.
    @Test(arguments: rows)
    func `undoing leads back`(commands: [String], outcome: String) throws {
        var planner = before()
        let start = planner.interfaces
        guard let plan = try? planner.plan(changes(commands, .faith)) else { return }
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
        case .up(let name, _, let to): state[name]?.isUp = to
        case .part(let name, let from, let to):
            #expect(state[name]?.part == from)
            state[name]?.part = to
        case .address(let name, let from, let to):
            state[name]?.addresses.removeAll { $0.address == from?.address }
            if let to { state[name]?.addresses.append(to) }
        case .host: Issue.record("\(step) is not of faith interfaces")
        }
    }

    @Test(arguments: [
        (["create faith0 relay 22"], ""),
        (["faith0 create prefix 2001:db8:64::/96 relay 22 -relay 23 inet6 2001:db8::1"], ""),
        (["faith0 create prefix 2001:db8:64::/96 relay 23"], "faith0 [prefix 2001:db8:64::/96, 22, 23]"),
        (["create faith2"], "faith2: File exists"),
    ])
    func `what is so already comes to no step`(commands: [String], outcome: String) throws {
        var planner = before(isIdempotent: true)
        #expect(steps(try changes(commands, .faith), &planner) == outcome)
    }

    @Test(arguments: [
        ("link0", "link0"), ("-link0", "link0"), ("link1", "link1"), ("link2", "link2"), ("link2 link1", "link1"),
        ("stfv4net 192.0.2.1/32", "stfv4net"), ("stfv4br 0.0.0.0", "stfv4br"), ("auto", "auto"), ("-auto", "auto"),
        ("inet6 2001:db8::2 anycast", "anycast"), ("mtu 1400 up link0", "link0"),
    ])
    func `words of stf are refused on faith interfaces`(words: String, word: String) throws {
        var planner = before()
        let start = planner.interfaces
        let line = "faith0: \(word): Invalid argument (not of faith interfaces)"
        #expect(steps(try changes(["faith0 \(words)"], .stf), &planner) == line)
        #expect(planner.interfaces == start)
        let created = "faith: \(word): Invalid argument (not of faith interfaces)"
        #expect(steps(try changes(["create faith \(words)"], .stf), &planner) == created)
    }

    @Test(arguments: [
        "prefix 2001:db8:64::/96", "-prefix 2001:db8:64::/96", "last32", "relay 22", "-relay 22", "idle 5", "-drain",
        "permit ::/0 0.0.0.0/0", "mtu 1400 drain",
    ])
    func `words of faith are refused on stf interfaces`(words: String) throws {
        var planner = before()
        let start = planner.interfaces
        let line = "stf0: faith: Invalid argument (not of stf interfaces)"
        #expect(steps(try changes(["stf0 \(words)"], .faith), &planner) == line)
        #expect(planner.interfaces == start)
    }

    /// The kernel gives a device of faith a link-local address, which is not one that words may set.
    @Test func `an address that others set keeps nothing from being said`() throws {
        var faith0 = InterfaceRecord(new: "faith0", kind: .faith)
        faith0.addresses = [
            AddressRecord(address: IPv6Address(high: 0xFE80 << 48, low: 7), prefixLength: 64)
        ]
        var planner = Planner(interfaces: [faith0], otherNames: [], PlanContext())
        #expect(steps(try changes(["faith0 relay 22 inet6 2001:db8::7"], .faith), &planner).hasSuffix("faith0 up"))
    }

    /// The MTU of a kind is that kind's.
    @Test func `each kind has a range of its own`() throws {
        for (kind, limit) in [(InterfaceKind.stf, 65_515), (.faith, 65_535)] {
            let rules = KindRecord(new: kind).rules
            #expect(rules.mtus == 1280...limit)
            #expect(rules.mtus.contains(rules.defaultMTU))
            var planner = before()
            let line = "\(kind.rawValue)0: mtu 65536: Invalid argument (1280..\(limit))"
            #expect(steps(try changes(["\(kind.rawValue)0 mtu 65536"], kind), &planner) == line)
        }
        #expect(FaithRecord().defaultMTU == 1500)
    }

    @Test(
        arguments: [
            ("stf", .stf, nil), ("stf0", .stf, 0), ("faith", .faith, nil), ("faith0", .faith, 0),
            ("faith32767", .faith, 32_767),
        ] as [(String, InterfaceKind, Int?)])
    func `a name has a kind and a unit`(name: String, kind: InterfaceKind, unit: Int?) throws {
        let parsed = try #require(InterfaceKind.parse(name))
        #expect(parsed.kind == kind && parsed.unit == unit)
    }

    @Test(arguments: ["", "eth0", "stf00", "faith-1", "faith+1", "faith 0", "faith32768", "Faith0", "faithd", "st"])
    func `a name that no cloner makes has none`(name: String) {
        #expect(InterfaceKind.parse(name) == nil)
    }
}
