// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Internet
import Netlink
import Testing
import Words

@testable import Dataplane

/// Which steps a change of addresses or options of any interface comes to, and what is refused.
@Suite struct Inet6PlannerTests {
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

    static let addresses = [
        Row("eth0 inet6 2001:db8::9", gives: "eth0 + 2001:db8::9/64"),
        Row("eth0 inet6 2001:db8::9/48", gives: "eth0 + 2001:db8::9/48"),
        Row("eth0 inet6 2001:db8::1", gives: ""),
        Row("eth0 inet6 2001:db8::1/64", gives: ""),
        Row("eth0 inet6 2001:db8::9 -alias", gives: "eth0: inet6 2001:db8::9: Can't assign requested address"),
        Row("eth0 inet6 2001:db8::1 -alias", gives: "eth0 - 2001:db8::1/64"),
        Row("eth0 inet6 2001:db8::1/64 remove", gives: "eth0 - 2001:db8::1/64"),
        Row("eth0 inet6 2001:db8::1/48 delete", gives: "eth0: inet6 2001:db8::1/48: Can't assign requested address"),
        Row(
            "eth0 inet6 2001:db8::1 delete", "eth0 inet6 2001:db8::1/48",
            gives: "eth0 - 2001:db8::1/64, eth0 + 2001:db8::1/48"),
        Row(
            "eth0 inet6 2001:db8::9", "eth0 inet6 2001:db8::9 delete",
            gives: "eth0 + 2001:db8::9/64, eth0 - 2001:db8::9/64"),
        Row(
            "eth0 inet6 2001:db8::1/48",
            gives: "eth0: inet6 2001:db8::1/48: Invalid argument (the address has prefixlen 64; delete it first)"),
        Row("eth0 inet6 2001:db8::9/0", gives: "eth0: inet6 2001:db8::9/0: Invalid argument (prefix length 1..128)"),
        Row("lo inet6 2001:db8::9/128", gives: "lo + 2001:db8::9/128"),
        Row("lo inet6 ::1/128", gives: "lo + ::1/128"),
        Row("eth0 inet6 ::1/128", gives: "eth0: inet6 ::1/128: Can't assign requested address (the loopback address)"),
        Row("eth0 inet6 ::", gives: "eth0: inet6 ::: Can't assign requested address (the unspecified address)"),
        Row("eth0 inet6 ff02::9", gives: "eth0: inet6 ff02::9: Can't assign requested address (a multicast address)"),
        Row(
            "eth0 inet6 ::ffff:192.0.2.1",
            gives: "eth0: inet6 ::ffff:192.0.2.1: Can't assign requested address (an IPv4-mapped address)"),
        Row("eth9 inet6 2001:db8::9", gives: "eth9: Device not configured"),
        Row("eth0 inet6 2001:db8::9", "eth9 inet6 no_dad", gives: "eth9: Device not configured"),
        Row(
            "mini0 inet6 2001:db8::9",
            gives: "mini0: inet6 2001:db8::9: Address family not supported by protocol family "
                + "(it has no IPv6: its mtu is below 1280, or its name that of a kernel variable)"),
    ]

    static let zones = [
        Row("eth0 inet6 fe80::9", gives: "eth0 + fe80::9/64"),
        Row("eth0 inet6 fe80::9%eth0/10", gives: "eth0 + fe80::9/10"),
        Row("eth0 inet6 fe80::9%2", gives: "eth0 + fe80::9/64"),
        Row("eth0 inet6 2001:db8::9%2", gives: "eth0 + 2001:db8::9/64"),
        Row("eth0 inet6 fe80::2:3%eth0 delete", gives: "eth0 - fe80::2:3/64"),
        Row(
            "eth0 inet6 fe80::9%lo",
            gives: "eth0: inet6 fe80::9%lo: Invalid argument (zone 1 is another; that of eth0 is 2)"),
        Row(
            "eth0 inet6 2001:db8::1%3 delete",
            gives: "eth0: inet6 2001:db8::1%3: Invalid argument (zone 3 is another; that of eth0 is 2)"),
        Row(
            "eth0 inet6 fe80::9%eth9",
            gives: "eth0: inet6 fe80::9%eth9: Invalid argument (no interface is called eth9)"),
    ]

    static let lifetimes = [
        Row("eth0 inet6 2001:db8::9 pltime 60 vltime 90", gives: "eth0 + 2001:db8::9/64 pltime 60 vltime 90"),
        Row("eth0 inet6 2001:db8::9 vltime 90", gives: "eth0 + 2001:db8::9/64 pltime 90 vltime 90"),
        Row("eth0 inet6 2001:db8::9 pltime 60", gives: "eth0 + 2001:db8::9/64 pltime 60"),
        Row("eth0 inet6 2001:db8::9 deprecated", gives: "eth0 + 2001:db8::9/64 pltime 0"),
        Row("eth0 inet6 2001:db8::5", gives: ""),
        Row(
            "eth0 inet6 2001:db8::5 pltime infty vltime infty",
            gives: "eth0 2001:db8::5/64 pltime 60 vltime 90 to 2001:db8::5/64"),
        Row(
            "eth0 inet6 2001:db8::5 deprecated",
            gives: "eth0 2001:db8::5/64 pltime 60 vltime 90 to 2001:db8::5/64 pltime 0 vltime 90"),
        Row(
            "eth0 inet6 2001:db8::5 deprecated", "eth0 inet6 2001:db8::5 -deprecated",
            gives: "eth0 2001:db8::5/64 pltime 60 vltime 90 to 2001:db8::5/64 pltime 0 vltime 90, "
                + "eth0 2001:db8::5/64 pltime 0 vltime 90 to 2001:db8::5/64 pltime 90 vltime 90"),
        Row("eth0 inet6 2001:db8::1 -deprecated", gives: ""),
        Row(
            "eth0 inet6 2001:db8::5 pltime 91",
            gives: "eth0: inet6 2001:db8::5: Invalid argument (pltime 91 exceeds vltime 90)"),
        Row(
            "eth0 inet6 2001:db8::9 pltime infty vltime 90",
            gives: "eth0: inet6 2001:db8::9: Invalid argument (pltime infty exceeds vltime 90)"),
        Row("eth0 inet6 2001:db8::9 vltime 0", gives: "eth0: inet6 2001:db8::9: Invalid argument (vltime 0)"),
    ]

    static let identifiers = [
        Row("eth0 inet6 2001:db8:1:: eui64", gives: "eth0 + 2001:db8:1::2:3/64"),
        Row("eth0 inet6 2001:db8:1::/80 eui64", gives: "eth0 + 2001:db8:1::2:3/80"),
        Row(
            "eth0 inet6 2001:db8:1::4 eui64",
            gives: "eth0: inet6 2001:db8:1::4 eui64: Invalid argument (interface index is already filled)"),
        Row(
            "lo inet6 2001:db8:1:: eui64",
            gives: "lo: inet6 2001:db8:1:: eui64: Invalid argument (could not determine link local address)"),
        Row(
            "eth0 inet6 fe80::2:3 delete", "eth0 inet6 2001:db8:1:: eui64",
            gives: "eth0: inet6 2001:db8:1:: eui64: Invalid argument (could not determine link local address)"),
    ]

    static let anycasts = [
        Row("eth0 inet6 2001:db8::9 anycast", gives: "eth0 + 2001:db8::9/64 anycast"),
        Row("eth0 inet6 2001:db8::a anycast", gives: ""),
        Row("eth0 inet6 2001:db8::a", gives: ""),
        Row("eth0 inet6 2001:db8::a -alias", gives: "eth0 - 2001:db8::a/64 anycast"),
        Row(
            "eth0 inet6 2001:db8::1 anycast",
            gives: "eth0: inet6 2001:db8::1: Invalid argument "
                + "(an address does not become anycast or unicast; delete it first)"),
        Row(
            "eth0 inet6 2001:db8::9 anycast pltime 5",
            gives: "eth0: inet6 2001:db8::9: Invalid argument (an anycast address has no lifetimes)"),
        Row(
            "eth0 inet6 2001:db8::a/48 anycast",
            gives: "eth0: inet6 2001:db8::a/48: Invalid argument (the address has prefixlen 64; delete it first)"),
        Row(
            "lo inet6 ff02::9 anycast", gives: "lo: inet6 ff02::9: Can't assign requested address (a multicast address)"
        ),
    ]

    static let options = [
        Row("eth0 inet6 accept_rtadv -no_radr -no_dad auto_linklocal -ifdisabled nud", gives: ""),
        Row("eth0 inet6 -accept_rtadv", gives: "eth0 accept_ra 1>0"),
        Row("eth0 inet6 no_radr", gives: "eth0 accept_ra_defrtr 1>0"),
        Row("eth0 inet6 -auto_linklocal", gives: "eth0 addr_gen_mode 0>1"),
        Row("eth0 inet6 no_dad", gives: "eth0 accept_dad 1>0"),
        Row("eth0 inet6 no_dad", "eth0 inet6 -no_dad", gives: "eth0 accept_dad 1>0, eth0 accept_dad 0>1"),
        Row("eth0 inet6 no_dad -no_dad", gives: ""),
        Row("eth0 inet6 no_dad 2001:db8::9", gives: "eth0 accept_dad 1>0, eth0 + 2001:db8::9/64"),
        Row("eth0 inet6 2001:db8::9 no_dad", gives: "eth0 accept_dad 1>0, eth0 + 2001:db8::9/64"),
        Row("eth0 inet6 ifdisabled", gives: "eth0 disable_ipv6 0>1 losing 3"),
        Row(
            "eth0 inet6 ifdisabled", "eth0 inet6 -ifdisabled 2001:db8::1",
            gives: "eth0 disable_ipv6 0>1 losing 3, eth0 disable_ipv6 1>0 losing 0, eth0 + 2001:db8::1/64"),
        Row(
            "eth0 inet6 ifdisabled 2001:db8::9",
            gives: "eth0: inet6 2001:db8::9: Network is down (IPv6 is disabled on it; -ifdisabled enables it)"),
        Row(
            "eth0 inet6 -nud",
            gives: "eth0: -nud: Operation not supported (Linux probes neighbours wherever there are any)"),
        Row(
            "lo inet6 -no_dad", gives: "lo: -no_dad: Operation not supported (it has no link-layer addresses)"),
        Row("lo inet6 no_dad -nud", gives: ""),
        // A router listens to no advertisements unless told so in another way.
        Row("lo inet6 -accept_rtadv", gives: "lo accept_ra 1>0"),
        Row("lo inet6 accept_rtadv", gives: "lo accept_ra 1>2"),
        Row(
            "mini0 inet6 no_dad",
            gives: "mini0: no_dad: Address family not supported by protocol family "
                + "(it has no IPv6: its mtu is below 1280, or its name that of a kernel variable)"),
    ]

    /// What `stfctl` would do with the same words.
    static let own = [
        Row("stf0 inet6 2002:c000:201::1/16", gives: "stf0 + 2002:c000:201::1/16, stf0 up"),
        Row(
            "stf0 inet6 2002:c000:201::1/16 vltime 90 pltime 60",
            "stf0 inet6 2002:c000:201::1 vltime infty pltime infty",
            gives: "stf0 + 2002:c000:201::1/16 pltime 60 vltime 90, stf0 up, "
                + "stf0 2002:c000:201::1/16 pltime 60 vltime 90 to 2002:c000:201::1/16"),
        Row(
            "stf0 inet6 2002:a00:1::1/16",
            gives: "stf0: inet6 2002:a00:1::1/16: Invalid argument (10.0.0.1 is private (RFC 1918))"),
        Row(
            "eth0 inet6 2001:db8::9", "stf0 inet6 2002:c000:201::1/16",
            gives: "eth0 + 2001:db8::9/64, stf0 + 2002:c000:201::1/16, stf0 up"),
        Row(
            "stf0 inet6 fe80::1%stf0",
            gives:
                "stf0: inet6 fe80::1%stf0: Invalid argument (stf has no link-local addresses, and no other has a zone)"),
        Row(
            "stf0 inet6 2002:c000:201::1%3",
            gives:
                "stf0: inet6 2002:c000:201::1%3: Invalid argument (stf has no link-local addresses, and no other has a zone)"
        ),
        Row("stf0 inet6 no_dad -accept_rtadv -ifdisabled -nud -auto_linklocal -no_radr", gives: ""),
        Row(
            "stf0 inet6 ifdisabled",
            gives: "stf0: ifdisabled: Operation not supported (stf(4) has no neighbour discovery)"),
        Row("stf0 inet6 -no_dad", gives: "stf0: -no_dad: Operation not supported (stf(4) has no neighbour discovery)"),
        Row(
            "stf0 inet6 2002:c000:201:: eui64",
            gives: "stf0: inet6 2002:c000:201:: eui64: Invalid argument (could not determine link local address)"),
    ]

    static let rows = addresses + zones + lifetimes + identifiers + anycasts + options + own

    @Test(arguments: rows)
    func `an outcome is as listed`(row: Row) throws {
        var planner = before()
        #expect(try steps(of: row, &planner) == row.outcome)
    }

    @Test func `with idempotent, deleting what is absent is no error`() throws {
        var planner = before(isIdempotent: true)
        #expect(try steps(of: Row("eth0 inet6 2001:db8::9 delete", gives: ""), &planner) == "")
        #expect(try steps(of: Row("stf0 inet6 2002::9 delete", gives: ""), &planner) == "")
        #expect(try steps(of: Row("eth9 inet6 no_dad", gives: ""), &planner) == "eth9: Device not configured")
    }

    @Test func `a command that changes nothing says so`() throws {
        var planner = before()
        let plan = try planner.plan(changes(Row("eth0 inet6 nud", "eth0 inet6 no_dad", gives: "")))
        #expect(plan.results.map(\.changed) == [false, true])
        #expect(plan.results.map(\.interface) == ["eth0", "eth0"])
    }

    /// Taking all steps of a plan and then undoing them, last first, leads back to where it began.
    @Test(arguments: addresses + zones + lifetimes + identifiers + anycasts + options)
    func `undoing leads back`(row: Row) throws {
        var planner = before()
        let start = planner.hosts
        guard let plan = try? planner.plan(changes(row)) else { return }
        var state = start
        for step in plan.steps { take(step, on: &state) }
        #expect(sorted(state) == sorted(planner.hosts))
        for step in plan.steps.reversed().flatMap(\.inverse) { take(step, on: &state) }
        #expect(sorted(state) == sorted(start))
    }

    /// The kernel has an order of its own.
    private func sorted(_ hosts: [String: HostInterface]) -> [String: HostInterface] {
        hosts.mapValues { host in
            var host = host
            host.addresses.sort { ($0.address.high, $0.address.low) < ($1.address.high, $1.address.low) }
            return host
        }
    }

    /// What the kernel would make of a step.
    private func take(_ step: Plan.Step, on state: inout [String: HostInterface]) {
        guard case .host(let step) = step else { return }
        switch step {
        case .address(let name, let from, let to):
            state[name]?.addresses.removeAll { $0.address == (from ?? to)?.address }
            if let to { state[name]?.addresses.append(to) }
        case .anycast(let name, let from, let to):
            state[name]?.anycasts.removeAll { $0 == from }
            if let to { state[name]?.anycasts.append(to) }
        case .variable(let name, let variable, _, let to, _):
            state[name]?.variables[variable] = to
            if variable == .disable_ipv6, to == 1 { state[name]?.addresses = [] }
        }
    }

    /// eth0 has two addresses for ever and one not; lo is that of a router; mini0 has no IPv6; stf0 is ours.
    private func before(isIdempotent: Bool = false) -> Inet6Planner {
        let prefix: UInt64 = 0x2001_0DB8_0000_0000
        var eth0 = HostInterface(
            name: "eth0", index: 2, hasNeighbors: true, isLoopback: false,
            variables: Inet6PlannerTests.usual)
        eth0.addresses = [
            IPv6InterfaceAddress(
                index: 2, address: IPv6Address(high: 0xFE80_0000_0000_0000, low: 0x2_0003), prefixLength: 64),
            IPv6InterfaceAddress(index: 2, address: IPv6Address(high: prefix, low: 1), prefixLength: 64),
            IPv6InterfaceAddress(
                index: 2, address: IPv6Address(high: prefix, low: 5), prefixLength: 64, preferred: 60, valid: 90),
        ]
        eth0.anycasts = [AnycastRecord(address: IPv6Address(high: prefix, low: 10), prefixLength: 64)]
        var lo = HostInterface(
            name: "lo", index: 1, hasNeighbors: false, isLoopback: true, variables: Inet6PlannerTests.usual)
        lo.variables[.forwarding] = 1
        let mini0 = HostInterface(name: "mini0", index: 4, hasNeighbors: true, isLoopback: false, variables: [:])
        let own = Planner(
            interfaces: [InterfaceRecord(new: "stf0", kind: .stf)], otherNames: ["eth0", "lo", "mini0"],
            PlanContext(isIdempotent: isIdempotent))
        return Inet6Planner(
            own: own, hosts: [eth0, lo, mini0], indices: ["lo": 1, "eth0": 2, "stf0": 3, "mini0": 4])
    }

    static let usual: [InterfaceVariable: Int] = [
        .disable_ipv6: 0, .forwarding: 0, .accept_ra: 1, .accept_ra_defrtr: 1, .accept_dad: 1, .dad_transmits: 1,
        .addr_gen_mode: 0,
    ]

    private func changes(_ row: Row) throws -> [Inet6Change] {
        try row.commands.map { command in
            let line = try #require(try CommandFile.lines(of: command).first)
            guard case .change(let change) = try AddressCommand(parsing: line.words) else {
                throw LineError(line: 1, reason: "no change")
            }
            return change
        }
    }

    private func steps(of row: Row, _ planner: inout Inet6Planner) throws -> String {
        do {
            return try planner.plan(changes(row)).steps.map(\.inet6Text).joined(separator: ", ")
        } catch let refusal as Refusal {
            return refusal.line
        }
    }
}

extension Plan.Step {
    fileprivate var inet6Text: String {
        switch self {
        case .host(.address(let name, let from, let to)):
            text(name, from.map { $0.address }, from?.prefixLength, from?.preferred, from?.valid, to)
        case .host(.anycast(let name, let from, let to)):
            "\(name) \(to == nil ? "-" : "+") "
                + ((to ?? from).map { "\($0.address)/\($0.prefixLength) anycast" } ?? "")
        case .host(.variable(let name, let variable, let from, let to, let lost)):
            "\(name) \(variable) \(from)>\(to)" + (variable == .disable_ipv6 ? " losing \(lost.count)" : "")
        case .address(let name, let from, let to):
            text(
                name, from?.address, from?.prefixLength, from?.preferred, from?.valid,
                to.map {
                    IPv6InterfaceAddress(
                        index: 0, address: $0.address, prefixLength: $0.prefixLength, preferred: $0.preferred,
                        valid: $0.valid)
                })
        case .up(let name, _, let to): "\(name) \(to ? "up" : "down")"
        default: "\(self)"
        }
    }

    private func text(
        _ name: String, _ address: IPv6Address?, _ length: Int?, _ preferred: UInt32?, _ valid: UInt32?,
        _ to: IPv6InterfaceAddress?
    ) -> String {
        let old = address.map { text($0, length ?? 0, preferred, valid) }
        let new = to.map { text($0.address, $0.prefixLength, $0.preferred, $0.valid) }
        return switch (old, new) {
        case (nil, let new): "\(name) + \(new ?? "")"
        case (let old?, nil): "\(name) - \(old)"
        case (let old?, let new?): "\(name) \(old) to \(new)"
        }
    }

    private func text(_ address: IPv6Address, _ length: Int, _ preferred: UInt32?, _ valid: UInt32?) -> String {
        "\(address)/\(length)" + (preferred.map { " pltime \($0)" } ?? "") + (valid.map { " vltime \($0)" } ?? "")
    }
}
