// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing
import Words

/// Words read as ifconfig(8) reads them: what they ask for, or the one line that says why not.
@Suite struct InterfaceCommandTests {
    @Test(
        arguments: [
            ("stf0", .show("stf0")),
            ("stf0 check", .check("stf0")),
            ("check stf0", .check("stf0")),
            ("stf0 inet6", .showAddresses("stf0")),
            (
                "stf0 explain in on eth0 4500",
                .question(Question(verb: "explain", interface: "stf0", words: ["in", "on", "eth0", "4500"]))
            ),
            ("explain stf0", .question(Question(verb: "explain", interface: "stf0", words: []))),
            ("lo", .show("lo")),
            ("fifteen-letters", .show("fifteen-letters")),
            ("stf0 create", .change("stf0") { $0.create = true }),
            ("create stf0", .change("stf0") { $0.create = true }),
            ("stf plumb", .change("stf") { $0.create = true }),
            ("create stf0 up", .change("stf0") { ($0.create, $0.up) = (true, true) }),
            ("stf0 destroy", .change("stf0") { $0.destroy = true }),
            ("destroy stf0", .change("stf0") { $0.destroy = true }),
            ("unplumb stf0", .change("stf0") { $0.destroy = true }),
            ("stf0 up", .change("stf0") { $0.up = true }),
            ("stf0 up down", .change("stf0") { $0.up = false }),
            ("stf0 mtu 1280", .change("stf0") { $0.mtu = 1280 }),
            ("stf0 mtu 0", .change("stf0") { $0.mtu = 0 }),
            ("stf0 mtu 9000 mtu 1400", .change("stf0") { $0.mtu = 1400 }),
            ("stf0 link0 -link1 link2", .change("stf0") { ($0.link0, $0.link1, $0.link2) = (true, false, true) }),
            ("stf0 link0 -link0", .change("stf0") { $0.link0 = false }),
            ("stf0 description up", .change("stf0") { $0.description = "up" }),
            ("stf0 descr -link0 up", .change("stf0") { ($0.description, $0.up) = ("-link0", true) }),
            ("stf0 -description", .change("stf0") { $0.description = "" }),
            ("stf0 -descr", .change("stf0") { $0.description = "" }),
            (
                "stf0 prefixlen 16 inet6 2002::1 up",
                .change("stf0") {
                    ($0.inet6, $0.up) = (AddressChange(address: "2002::1"), true)
                    $0.inet6?.prefixlen = 16
                }
            ),
            (
                "stf0 remove inet6 2002::1",
                .change("stf0") {
                    $0.inet6 = AddressChange(address: "2002::1")
                    $0.inet6?.delete = true
                }
            ),
            ("stf0 auto", .change("stf0") { $0.auto = true }),
            ("stf0 auto -auto", .change("stf0") { $0.auto = false }),
            ("stf0 stfv4net 192.0.2.1/32", .change("stf0") { $0.stfv4net = "192.0.2.1/32" }),
            ("stf0 stfv4br 192.0.2.254", .change("stf0") { $0.stfv4br = "192.0.2.254" }),
            ("stf0 stfv4br 192.0.2.254 stfv4br 0.0.0.0", .change("stf0") { $0.stfv4br = "0.0.0.0" }),
        ] as [(String, InterfaceCommand)])
    func `words about the interface are read`(line: String, command: InterfaceCommand) throws {
        #expect(try InterfaceCommand(parsing: line.split(separator: " ").map(String.init), for: .stf) == command)
    }

    @Test(
        arguments: [
            ("2002:c000:201::1", .address("2002:c000:201::1")),
            ("2002:C000:0201:0:0:0:0:1", .address("2002:c000:201::1")),
            ("2002:c000:201::1/16", .address("2002:c000:201::1") { $0.prefixlen = 16 }),
            ("2002:c000:201::1 prefixlen 16", .address("2002:c000:201::1") { $0.prefixlen = 16 }),
            ("2002:c000:201::1/48 prefixlen 16", .address("2002:c000:201::1") { $0.prefixlen = 16 }),
            ("prefixlen 16 2002:c000:201::1/48", .address("2002:c000:201::1") { $0.prefixlen = 16 }),
            ("::/0", .address("::") { $0.prefixlen = 0 }),
            ("::ffff:192.0.2.1/128", .address("::ffff:192.0.2.1") { $0.prefixlen = 128 }),
            ("2002::1 alias", .address("2002::1")),
            ("2002::1 -alias", .address("2002::1") { $0.delete = true }),
            ("-alias 2002::1", .address("2002::1") { $0.delete = true }),
            ("2002::1 delete", .address("2002::1") { $0.delete = true }),
            ("2002::1 remove", .address("2002::1") { $0.delete = true }),
            ("2002::1 -alias alias", .address("2002::1")),
            ("2002::1 anycast deprecated", .address("2002::1") { ($0.anycast, $0.deprecated) = (true, true) }),
            ("2002::1 deprecated -deprecated", .address("2002::1") { $0.deprecated = false }),
            ("2002::1 pltime 0 vltime 4294967294", .address("2002::1") { ($0.pltime, $0.vltime) = (0, 4_294_967_294) }),
            (
                "2002::1 pltime 60 pltime infty vltime infty",
                .address("2002::1") { ($0.pltime, $0.vltime) = (-1, -1) }
            ),
            ("2002::1 vltime 4294967295", .address("2002::1") { $0.vltime = -1 }),
            ("inet6 2002::1 inet6", .address("2002::1")),
        ] as [(String, InterfaceCommand)])
    func `words about the address are read`(line: String, command: InterfaceCommand) throws {
        let words = ["stf0", "inet6"] + line.split(separator: " ").map(String.init)
        #expect(try InterfaceCommand(parsing: words, for: .stf) == command)
    }

    /// What is logged, and what `-c` prints.
    @Test(arguments: InterfaceKind.withDevice)
    func `for ever is said as it was`(kind: InterfaceKind) throws {
        let line = "x0 inet6 2002::1 pltime infty vltime infty"
        guard
            case .change(let change) = try InterfaceCommand(
                parsing: line.split(separator: " ").map(String.init), for: kind)
        else {
            Issue.record("not read as a change")
            return
        }
        #expect(change.line == line)
    }

    /// Each of these says one thing; said in any order they come to the same.
    @Test func `the order of the words does not count`() throws {
        let said = ["create", "up", "mtu 1400", "-link1", "description inet6", "inet6 prefixlen 16 2002::1 vltime 9"]
        let expected = InterfaceCommand.change("stf0") {
            ($0.create, $0.up, $0.mtu, $0.link1, $0.description) = (true, true, 1400, false, "inet6")
            $0.inet6 = AddressChange(address: "2002::1")
            $0.inet6?.prefixlen = 16
            $0.inet6?.vltime = 9
        }
        for order in permutations(of: said) {
            let words = (["stf0"] + order).flatMap { $0.split(separator: " ").map(String.init) }
            #expect(try InterfaceCommand(parsing: words, for: .stf) == expected, "\(order)")
        }
    }

    private func permutations(of words: [String]) -> [[String]] {
        guard !words.isEmpty else { return [[]] }
        return words.indices.flatMap { index in
            var rest = words
            let first = rest.remove(at: index)
            return permutations(of: rest).map { [first] + $0 }
        }
    }
}

extension InterfaceCommand {
    static func change(_ interface: String, _ body: (inout Change) -> Void) -> InterfaceCommand {
        var change = Change(interface: interface)
        body(&change)
        return .change(change)
    }

    static func address(_ address: String, _ body: (inout AddressChange) -> Void = { _ in }) -> InterfaceCommand {
        var change = AddressChange(address: address)
        body(&change)
        return .change("stf0") { $0.inet6 = change }
    }
}
