// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import TestSupport
import Testing
import Words

/// What the words of `inet6ctl addr` mean, and which cannot be.
@Suite struct AddressCommandTests {
    private static func change(_ set: (inout Inet6Change) -> Void) -> AddressCommand {
        var change = Inet6Change(interface: "eth0")
        set(&change)
        return .change(change)
    }

    private static func address(
        _ text: String, _ length: Int? = nil, _ set: (inout Inet6AddressChange) -> Void = { _ in }
    ) -> AddressCommand {
        change {
            var address = Inet6AddressChange(address: text)
            address.prefixlen = length
            set(&address)
            $0.inet6 = address
        }
    }

    static let commands: [(String, AddressCommand)] = [
        ("", .list),
        ("eth0", .show("eth0")),
        ("eth0 inet6", .showAddresses("eth0")),
        ("eth0 inet6 2001:DB8::1", address("2001:db8::1")),
        ("eth0 inet6 2001:db8::1/48", address("2001:db8::1", 48)),
        ("eth0 inet6 2001:db8::1 prefixlen 48", address("2001:db8::1", 48)),
        ("eth0 inet6 prefixlen 48 2001:db8::1/64", address("2001:db8::1", 48)),
        ("eth0 inet6 fe80::1%eth0/64", address("fe80::1%eth0", 64)),
        ("eth0 inet6 fe80::1%2", address("fe80::1%2")),
        ("eth0 inet6 2001:db8::1%4", address("2001:db8::1%4")),
        ("eth0 inet6 2001:db8::1 alias", address("2001:db8::1")),
        ("eth0 inet6 2001:db8::1 -alias", address("2001:db8::1") { $0.delete = true }),
        ("eth0 inet6 -alias 2001:db8::1", address("2001:db8::1") { $0.delete = true }),
        ("eth0 inet6 2001:db8::1 delete", address("2001:db8::1") { $0.delete = true }),
        ("eth0 inet6 remove 2001:db8::1", address("2001:db8::1") { $0.delete = true }),
        ("eth0 inet6 2001:db8::1 anycast", address("2001:db8::1") { $0.anycast = true }),
        ("eth0 inet6 2001:db8:: eui64", address("2001:db8::") { $0.eui64 = true }),
        ("eth0 inet6 2001:db8::1 deprecated", address("2001:db8::1") { $0.deprecated = true }),
        ("eth0 inet6 2001:db8::1 -deprecated", address("2001:db8::1") { $0.deprecated = false }),
        (
            "eth0 inet6 2001:db8::1 pltime 0 vltime 4294967294",
            address("2001:db8::1") { ($0.pltime, $0.vltime) = (0, 4_294_967_294) }
        ),
        (
            "eth0 inet6 2001:db8::1 pltime infty vltime 4294967295",
            address("2001:db8::1") { ($0.pltime, $0.vltime) = (-1, -1) }
        ),
        ("eth0 inet6 accept_rtadv", change { $0.accept_rtadv = true }),
        ("eth0 inet6 -accept_rtadv", change { $0.accept_rtadv = false }),
        ("eth0 inet6 auto_linklocal", change { $0.auto_linklocal = true }),
        ("eth0 inet6 -auto_linklocal", change { $0.auto_linklocal = false }),
        ("eth0 inet6 ifdisabled", change { $0.ifdisabled = true }),
        ("eth0 inet6 -ifdisabled", change { $0.ifdisabled = false }),
        ("eth0 inet6 no_dad", change { $0.no_dad = true }),
        ("eth0 inet6 -no_dad", change { $0.no_dad = false }),
        ("eth0 inet6 no_radr", change { $0.no_radr = true }),
        ("eth0 inet6 -no_radr", change { $0.no_radr = false }),
        ("eth0 inet6 nud", change { $0.nud = true }),
        ("eth0 inet6 -nud", change { $0.nud = false }),
        ("eth0 inet6 no_dad -no_dad", change { $0.no_dad = false }),
        (
            "eth0 inet6 2001:db8::1 no_dad -nud",
            change { ($0.no_dad, $0.nud, $0.inet6) = (true, false, Inet6AddressChange(address: "2001:db8::1")) }
        ),
    ]

    @Test(arguments: commands)
    func `words are read`(words: String, command: AddressCommand) throws {
        #expect(try AddressCommand(parsing: words.split(separator: " ").map(String.init)) == command)
    }

    @Test(arguments: commands)
    func `a change, said in words, reads as the same change`(words: String, command: AddressCommand) throws {
        guard case .change(let change) = command else { return }
        #expect(try AddressCommand(parsing: change.words) == command)
        #expect(try CommandFile.lines(of: change.line).map(\.words) == [change.words])
    }

    @Test(arguments: [
        ("inet6", "inet6: not the name of an interface"),
        ("-alias eth0", "-alias: not the name of an interface"),
        ("sixteen-letters!", "sixteen-letters!: name too long"),
        ("eth0 up", "eth0: up: ip-link(8) brings an interface up or down"),
        ("eth0 inet6 2001:db8::1 up", "eth0: up: ip-link(8) brings an interface up or down"),
        ("eth0 inet6 2001:db8::1 mtu 1400", "eth0: mtu: ip-link(8) sets it"),
        ("eth0 2001:db8::1", "eth0: 2001:db8::1: unknown word"),
        ("eth0 no_dad", "eth0: no_dad: must follow inet6"),
        ("eth0 inet6 inet6", "eth0: inet6: needs an address or an option"),
        ("eth0 inet6 prefixlen 64", "eth0: prefixlen: needs an address"),
        ("eth0 inet6 no_dad -alias", "eth0: alias: needs an address"),
        ("eth0 inet6 2001:db8::1 2001:db8::2", "eth0: 2001:db8::2: a second address"),
        ("eth0 inet6 2001:db8::1 prefixlen", "eth0: prefixlen: requires an argument"),
        ("eth0 inet6 2001:db8::1 prefixlen 129", "eth0: prefixlen 129: bad value (0..128)"),
        ("eth0 inet6 2001:db8::1 prefixlen 0x40", "eth0: prefixlen 0x40: bad value"),
        ("eth0 inet6 2001:db8::1/129", "eth0: inet6 2001:db8::1/129: bad value (prefix length 0..128)"),
        ("eth0 inet6 2001:db8::1 pltime -1", "eth0: pltime -1: bad value"),
        ("eth0 inet6 2001:db8::1 vltime 4294967296", "eth0: vltime 4294967296: bad value (0..4294967295)"),
        ("eth0 inet6 192.0.2.1", "eth0: inet6 192.0.2.1: bad value"),
        ("eth0 inet6 -anycast", "eth0: -anycast: unknown word; anycast has no opposite"),
        ("eth0 inet6 fe80::1%", "eth0: inet6 fe80::1%: bad value (the zone after % is empty)"),
        ("eth0 inet6 fe80::1/64%eth0", "eth0: inet6 fe80::1/64%eth0: bad value (prefix length 0..128)"),
        (
            "eth0 inet6 2001:db8::1%eth0",
            "eth0: inet6 2001:db8::1%eth0: bad value (only a link-local address has a zone by name: eth0)"
        ),
        (
            "eth0 inet6 fe80:2::1",
            "eth0: inet6 fe80:2::1: bad value (an index within the address is KAME's own form; write fe80::1%2)"
        ),
        ("eth0 inet6 tentative", "eth0: tentative: only the kernel says what is tentative; see no_dad"),
        ("eth0 inet6 -defaultif", "eth0: -defaultif: Linux has no default zone"),
        ("eth0 inet6 netmask ffff::", "eth0: netmask: invalid option for inet6"),
    ])
    func `what cannot be is refused`(words: String, line: String) {
        let error = #expect(throws: WordError.self) {
            try AddressCommand(parsing: words.split(separator: " ").map(String.init))
        }
        #expect(error?.line == line)
    }

    @Test(arguments: Vocabulary.inet6.words.map(\.text))
    func `every word does something or says why not`(text: String) throws {
        let word = try #require(Vocabulary.inet6.named(text)?.word)
        let argument = word.argument == nil ? [] : [word.place == .family ? "2001:db8::2" : "64"]
        let words =
            word.place == .family
            ? ["eth0", "inet6"] + argument : ["eth0", "inet6", "2001:db8::1", word.text] + argument
        if let reason = word.refusal {
            let error = #expect(throws: WordError.self) { try AddressCommand(parsing: words) }
            #expect(error?.reason == reason)
        } else {
            guard case .change(let change) = try AddressCommand(parsing: words) else {
                Issue.record("\(words) is no change")
                return
            }
            // Nothing is read and forgotten; but to add is what an address does anyway.
            let plain = try AddressCommand(parsing: ["eth0", "inet6", "2001:db8::1"])
            #expect((.change(change) == plain) == (word.text == "alias"))
        }
        #expect(!word.help.isEmpty)
    }

    /// Any words are a command or an error, never a trap.
    @Test func `random words are read or refused`() {
        let vocabulary =
            Vocabulary.inet6.words.flatMap { [$0.text, "-\($0.text)"] }
            + [
                "eth0", "2001:db8::1", "fe80::1%eth0/64", "fe80::1%", "%", "/", "::/129", "64", "infty", "-1", "", "é",
                "\0",
            ]
        var generator = SeededGenerator(seed: 6)
        var changes = 0
        for _ in 0..<20_000 {
            let words = ["eth0", "inet6"] + (0..<generator.pick(0..<5)).map { _ in generator.pick(vocabulary) }
            do {
                guard case .change(let change) = try AddressCommand(parsing: words) else { continue }
                #expect((try? AddressCommand(parsing: change.words)) == .change(change), "\(words)")
                changes += 1
            } catch {
                #expect(!error.reason.isEmpty && error.line.hasSuffix(error.reason), "\(words)")
            }
        }
        #expect(changes > 500)
    }
}
