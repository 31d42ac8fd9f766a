// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet
import TestSupport
import Testing

/// Rules as faithd.conf(5) has them and as words; the first that matches decides.
@Suite struct AccessTests {
    /// A line, and what it is printed as.
    @Test(arguments: [
        ("2001:db8::/32 permit 0.0.0.0/0", "2001:db8::/32 permit 0.0.0.0/0"),
        ("2001:0db8:ffff::/48 deny 10.0.0.0/8", "2001:db8:ffff::/48 deny 10.0.0.0/8"),
        ("\t::/0  PERMIT\t10.0.0.0/8   192.0.2.1 \r", "::/0 permit 10.0.0.0/8 192.0.2.1"),
        ("2001:db8::1 Deny 192.0.2.1", "2001:db8::1/128 deny 192.0.2.1/32"),
        ("2001:db8::1/32 permit 10.1.2.3/8 # the rest is no matter", "2001:db8::/32 permit 10.0.0.0/8"),
        ("::/0 permit 0.0.0.0/0#", "::/0 permit 0.0.0.0/0"),
        ("::/0 deny 0.0.0.0/0 10.0.0.1", "::/0 deny 0.0.0.0/0 10.0.0.1"),
        ("::/0 permit 10.0.0.0/8 100.64.0.1", "::/0 permit 10.0.0.0/8 100.64.0.1"),
    ])
    func `a line is read and printed`(line: String, printed: String) throws {
        // faithd(8) ignores a last line that does not end; here it counts.
        for end in ["", "\n", "\n\n# done\n"] {
            let rules = try AccessFile.rules(in: (line + end).utf8, name: "faithd.conf")
            #expect(rules.map(\.line) == [printed])
            #expect(try AccessFile.rules(in: ("\u{FEFF}" + line + end).utf8, name: "faithd.conf") == rules)
            #expect(try AccessFile.rules(in: AccessFile.text(of: rules).utf8, name: "x") == rules)
            #expect(try rules.map { rule throws in try AccessRule(words: rule.words) } == rules)
        }
    }

    @Test(arguments: [
        ("\n\n::/0 allow 0.0.0.0/0", "faithd.conf:3: allow: neither permit nor deny"),
        ("permit ::/0 0.0.0.0/0", "faithd.conf:1: ::/0: neither permit nor deny"),
        ("# one\n::/0 permit", "faithd.conf:2: wants: clients permit|deny servers [source]"),
        ("::/0 permit 0.0.0.0/0 192.0.2.1 x", "faithd.conf:1: wants: clients permit|deny servers [source]"),
        ("::/129 permit 0.0.0.0/0", "faithd.conf:1: ::/129: not an IPv6 prefix"),
        ("10.0.0.0/8 permit 0.0.0.0/0", "faithd.conf:1: 10.0.0.0/8: not an IPv6 prefix"),
        ("fe80::1%eth0 permit 0.0.0.0/0", "faithd.conf:1: fe80::1%eth0: not an IPv6 prefix"),
        ("::/0 permit 0.0.0.0/33", "faithd.conf:1: 0.0.0.0/33: not an IPv4 prefix"),
        ("::/0 permit 10/8", "faithd.conf:1: 10/8: not an IPv4 prefix"),
        ("::/0 permit ::/0", "faithd.conf:1: ::/0: not an IPv4 prefix"),
        ("::/0 permit 0.0.0.0/0 192.0.2.1/32", "faithd.conf:1: 192.0.2.1/32: not an IPv4 address"),
        ("::/0 permit 0.0.0.0/0 127.0.0.1", "faithd.conf:1: 127.0.0.1: cannot be a source: in 127.0.0.0/8"),
        ("::/0 permit 0.0.0.0/0 0.0.0.0", "faithd.conf:1: 0.0.0.0: cannot be a source: in 0.0.0.0/8"),
        ("::/0 permit 0.0.0.0/0 224.0.0.1", "faithd.conf:1: 224.0.0.1: cannot be a source: in 224.0.0.0/4"),
        ("::/0 \u{1B}[2J\0é 0.0.0.0/0", "faithd.conf:1: ?[2J??: neither permit nor deny"),
    ])
    func `a bad line is named`(text: String, error: String) {
        #expect(failure(of: text) == error)
    }

    @Test func `lines and files have bounds`() {
        let line = "::/0 permit 0.0.0.0/0"
        let longest = line + String(repeating: " ", count: AccessFile.lineLimit - line.count)
        #expect(failure(of: longest) == nil)
        #expect(failure(of: "\(longest) ") == "faithd.conf:1: longer than 1024 bytes")
        let most = String(repeating: line + "\n", count: AccessList.limit)
        #expect(failure(of: most + "# \n\n") == nil)
        #expect(failure(of: most + line) == "faithd.conf:4097: more than 4096 rules")
        let rule = AccessRule(
            .permit, IPv6Prefix(.unspecified, length: 0), IPv4Prefix(IPv4Address(bits: 0), length: 0))
        #expect(AccessList(Array(repeating: rule, count: AccessList.limit)) != nil)
        #expect(AccessList(Array(repeating: rule, count: AccessList.limit + 1)) == nil)
    }

    @Test(arguments: [
        ("permit 2001:db8::/32 0.0.0.0/0", "2001:db8::/32 permit 0.0.0.0/0"),
        ("deny ::/0 10.0.0.0/8", "::/0 deny 10.0.0.0/8"),
        ("permit ::1 192.0.2.1 from 198.51.100.1", "::1/128 permit 192.0.2.1/32 198.51.100.1"),
        ("permit ::1 192.0.2.1 198.51.100.1", nil),
        ("permit ::1 192.0.2.1 from", nil),
        ("permit ::1 192.0.2.1 to 198.51.100.1", nil),
        ("permit ::1", nil),
        ("", nil),
    ])
    func `words are read`(words: String, line: String?) {
        let rule = try? AccessRule(words: words.split(separator: " ").map(String.init))
        #expect(rule?.line == line)
    }

    /// Bytes, pieces in any order, and a line of which one piece is another.
    @Test func `what is random is read or refused, and reads back`() {
        var generator = SeededGenerator(seed: 3142)
        let pieces = [
            "::/0", "2001:db8::/32", "permit", "deny", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.1", " ", "\t", "\n", "#",
            "/",
            "\0", "\u{301}", "%", "1",
        ].map { Array($0.utf8) + [0x20] }
        var (read, refused, wrong) = (0, 0, 0)
        for round in 0..<20_000 {
            var chosen = [pieces[1], pieces[2], pieces[4], pieces[6]]
            chosen[generator.pick(0..<4)] = generator.pick(pieces)
            if round % 3 == 1 { chosen = (0..<generator.pick(0..<12)).map { _ in generator.pick(pieces) } }
            if round % 3 == 2 { chosen = [generator.bytes(generator.pick(0..<64))] }
            guard let rules = try? AccessFile.rules(in: chosen.joined(), name: "x") else {
                refused += 1
                continue
            }
            read += rules.count
            if (try? AccessFile.rules(in: AccessFile.text(of: rules).utf8, name: "x")) != rules { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(read > 1000)
        #expect(refused > 1000)
    }

    @Test(arguments: 0..<4)
    func `any rule reads back`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<1000 {
            let clients = IPv6Prefix(
                IPv6Address(high: generator.next(), low: generator.next()), length: generator.pick(0...128))
            let servers = IPv4Prefix(
                IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next())), length: generator.pick(0...32))
            let source = generator.oneIn(2) ? IPv4Address(bits: generator.pick(0xC000_0200...0xC000_02FF)) : nil
            let rule = AccessRule(generator.oneIn(2) ? .permit : .deny, clients, servers, from: source)
            #expect(try AccessRule(words: rule.words) == rule)
            #expect(try AccessFile.rules(in: rule.line.utf8, name: "x") == [rule])
        }
    }

    private func failure(of text: String) -> String? {
        do throws(AccessFile.Failure) {
            _ = try AccessFile.rules(in: text.utf8, name: "faithd.conf")
            return nil
        } catch {
            return error.description
        }
    }
}
