// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing
import Words

/// The table of words: whose each is, and what it takes.
@Suite struct WordTests {
    private static let stf: [Word] = [.explain, .link0, .link1, .link2, .stfv4net, .stfv4br, .auto, .anycast]
    private static let faith: [Word] = [
        .drain, .prefix, .last32, .relay, .plain, .ftp, .rsh, .proxy, .reserved, .local, .permit, .deny, .idle,
        .connecttime, .keepalive, .usertime, .maxsessions, .maxrate, .clientsessions, .clientrate, .clientlen,
    ]

    @Test(arguments: Word.allCases)
    func `every word has the kinds that it is about`(word: Word) {
        let wanted: [InterfaceKind] =
            WordTests.stf.contains(word) ? [.stf] : WordTests.faith.contains(word) ? [.faith] : [.stf, .faith]
        #expect(word.kinds == wanted)
        #expect(InterfaceKind.allCases.filter { Word.all(of: $0).contains(word) } == wanted)
    }

    /// A word of faith(4), what may follow it, and that it is not read and forgotten.
    @Test(arguments: Word.all(of: .faith))
    func `every word of faith does something`(word: Word) throws {
        let arguments: [Word: [String]] = [
            .description: ["x"], .mtu: ["1500"], .prefix: ["64:ff9b::/96"], .relay: ["23"], .local: ["/bin/cat"],
            .permit: ["::/0", "0.0.0.0/0"], .deny: ["::/0", "0.0.0.0/0"], .inet6: ["2001:db8::2"],
        ]
        var words = ["faith0"]
        if word.isAboutAddress { words += ["inet6", "2001:db8::1"] }
        if word.isAboutRelay { words += ["relay", "22"] }
        let without = try InterfaceCommand(parsing: words, for: .faith)
        let argument = word.argument == nil ? [] : arguments[word] ?? ["1"]
        let with = try InterfaceCommand(parsing: words + [word.rawValue] + argument, for: .faith)
        // But to add is what an address does anyway.
        #expect((with == without) == (word == .alias))
        guard word.isNegatable, word != .description else { return }
        let negated = try InterfaceCommand(
            parsing: words + ["-\(word.rawValue)"] + (word.namesWhatItUndoes ? argument : []), for: .faith)
        #expect(negated != with)
        #expect(negated != without)
    }

    @Test(arguments: InterfaceKind.allCases)
    func `no two words of a kind are helped with alike`(kind: InterfaceKind) {
        let helps = Word.all(of: kind).map { $0.help(for: kind) }
        #expect(Set(helps).count == helps.count)
    }
}
