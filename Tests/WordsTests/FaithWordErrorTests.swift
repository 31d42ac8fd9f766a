// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing
import Words

/// Words of faith(4) that cannot be: the interface, the word as it was typed, the reason.
@Suite struct FaithWordErrorTests {
    @Test(arguments: [
        ("drain", "drain: needs an interface"),
        ("-drain faith0", "-drain: not the name of an interface"),
        ("relay faith0", "relay: not the name of an interface"),
        ("create relay", "relay: not the name of an interface"),
        ("destroy faith0 drain", "faith0: destroy: goes with no other word"),
        ("destroy faith0 -permit ::1 1.2.3.4", "faith0: destroy: goes with no other word"),
        // It is no verb here.
        ("explain faith0 in 60", "explain: faith0: unknown word"),
    ])
    func `the interface comes first`(line: String, error: String) {
        refuse(line.split(separator: " ").map(String.init), error)
    }

    @Test(arguments: Vocabulary.words(of: .stf, notOf: .faith))
    func `a word of other interfaces is none of these`(word: String) {
        let reason = word == "anycast" ? "no anycast address can be captured" : "unknown word"
        refuse(["faith0", word, "1"], "faith0: \(word): \(reason)")
        refuse(["faith0", "-\(word)", "1"], "faith0: -\(word): \(reason)")
        refuse(["faith0", "inet6", "::1", word], "faith0: \(word): \(reason)")
    }

    @Test(arguments: Vocabulary.words(of: .faith, notOf: .stf))
    func `a word of these is none of others`(word: String) {
        let error = #expect(throws: WordError.self) {
            try InterfaceCommand(parsing: ["stf0", word, "1"], for: .stf)
        }
        #expect(error?.line == "stf0: \(word): unknown word")
    }

    @Test(arguments: [
        ("prefix", "prefix: requires an argument"),
        ("-prefix", "-prefix: requires an argument"),
        ("prefix 2001:db8::", "prefix 2001:db8::: wants prefix/length"),
        ("-prefix 2001:db8::", "-prefix 2001:db8::: wants prefix/length"),
        ("prefix 10.0.0.0/8", "prefix 10.0.0.0/8: bad value"),
        ("-prefix 10.0.0.0/8", "-prefix 10.0.0.0/8: bad value"),
        ("prefix fe80::1%eth0/64", "prefix fe80::1%eth0/64: bad value"),
        ("prefix /96", "prefix /96: bad value"),
        ("prefix 2001:db8::/", "prefix 2001:db8::/: bad value (length 0..128)"),
        ("prefix 2001:db8::/129", "prefix 2001:db8::/129: bad value (length 0..128)"),
        ("prefix 2001:db8::/-1", "prefix 2001:db8::/-1: bad value (length 0..128)"),
        ("-prefix 2001:db8::/9/6", "-prefix 2001:db8::/9/6: bad value (length 0..128)"),
        ("last32 96", "96: unknown word"),
        ("relay", "relay: requires an argument"),
        ("-relay", "-relay: requires an argument"),
        ("relay 22 -proxy", "-proxy: unknown word; proxy has no opposite"),
        ("relay 22 23", "23: unknown word"),
        ("relay 22 local", "local: requires an argument"),
        ("relay 22 local cat", "local cat: wants the path of a program, from / on"),
        ("permit", "permit: requires an argument"),
        ("permit ::/0", "permit ::/0: servers are missing"),
        ("-permit ::/0", "-permit ::/0: servers are missing"),
        ("permit 10.0.0.0/8 ::/0", "permit 10.0.0.0/8: bad value"),
        ("deny ::/0 ::/0", "deny ::/0: bad value"),
        ("-deny ::/0 ::/0", "-deny ::/0: bad value"),
        ("permit ::/129 0.0.0.0/0", "permit ::/129: bad value (length 0..128)"),
        ("permit ::/0 0.0.0.0/33", "permit 0.0.0.0/33: bad value (length 0..32)"),
        ("permit ::/0 0.0.0.0/0 from", "from: requires an argument"),
        ("permit ::/0 0.0.0.0/0 from 10.0.0.0/8", "from 10.0.0.0/8: bad value"),
        ("permit ::/0 0.0.0.0/0 192.0.2.1", "192.0.2.1: unknown word"),
        ("from 192.0.2.1", "from: unknown word"),
        ("-last32 -idle 5", "-idle: unknown word; idle has no opposite"),
    ])
    func `a word that cannot be there is refused`(words: String, error: String) {
        refuse(["faith0"] + words.split(separator: " ").map(String.init), "faith0: \(error)")
    }

    @Test(arguments: Vocabulary(.faith).words.filter { $0.place == .after("relay") }.map(\.text))
    func `what is about a relay follows one`(word: String) {
        refuse(["faith0", word, "relay", "22"], "faith0: \(word): must follow relay")
        refuse(["faith0", "-relay", "22", word], "faith0: \(word): must follow relay")
    }

    /// A path from / on, and one line of words.
    @Test(arguments: ["", " ", "# /bin/a", "'/bin/a", "/bin/a\n/bin/b", "a /bin/a", "\"\" /bin/a", "./a", "~/a"])
    func `a program that is none is refused`(_ program: String) {
        let words = ["faith0", "relay", "23", "local", program]
        refuse(words, "faith0: local \(program): wants the path of a program, from / on")
    }

    @Test(arguments: [
        ("idle", 0...31_536_000), ("connecttime", 1...3600), ("keepalive", 0...31_536_000),
        ("usertime", 0...31_536_000), ("maxsessions", 0...1_000_000), ("maxrate", 0...1_000_000),
        ("clientsessions", 0...1_000_000), ("clientrate", 0...1_000_000), ("clientlen", 1...128),
    ])
    func `a number has a range`(word: String, range: ClosedRange<Int>) throws {
        for number in [range.lowerBound, range.upperBound] {
            let words = ["faith0", word, String(number)]
            guard case .change(let change) = try InterfaceCommand(parsing: words, for: .faith) else {
                Issue.record("\(words) is no change")
                continue
            }
            #expect(change.words == words)
        }
        let wrong = [range.lowerBound - 1, range.upperBound + 1].filter { $0 >= 0 }
        for number in wrong {
            let reason = "bad value (\(range.lowerBound)..\(range.upperBound))"
            refuse(["faith0", word, String(number)], "faith0: \(word) \(number): \(reason)")
        }
        for text in ["", "-1", "+1", "0x1", "1 ", "infty", "9223372036854775808"] {
            refuse(["faith0", word, text], "faith0: \(word) \(text): bad value")
        }
        refuse(["faith0", word], "faith0: \(word): requires an argument")
        refuse(["faith0", "-\(word)", "1"], "faith0: -\(word): unknown word; \(word) has no opposite")
    }

    private func refuse(_ words: [String], _ line: String) {
        let error = #expect(throws: WordError.self) { try InterfaceCommand(parsing: words, for: .faith) }
        #expect(error?.line == line)
    }
}
