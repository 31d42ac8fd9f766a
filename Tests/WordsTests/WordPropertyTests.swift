// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import TestSupport
import Testing
import Words

/// Any words are a command or an error, never a trap; and a change, said in words, reads as the same change.
@Suite struct WordPropertyTests {
    private static let vocabulary =
        InterfaceKind.allCases.flatMap { Vocabulary($0).words }
        .flatMap { [$0.text, "-\($0.text)"] + $0.synonyms } + [
            "192.0.2.1", "192.0.2.1/32", "inet6", "inet6", "inet6", "stf0", "stf", "2002:c000:201::1", "2002::1/16",
            "::", "::/129", "1::2::3", "0",
            "16", "1280", "-1", "4294967295", "18446744073709551616", "infty", "", "-", "--", "/", "a/b/c", "-stf0",
            "64:ff9b::/96", "::/0", "0.0.0.0/0", "from", "/bin/cat", "'/bin/a b' c", "sixteen-letters!", "é", "👩‍👩‍👧",
            "\u{301}", "\0", " ", "\n",
        ]

    @Test(arguments: InterfaceKind.allCases)
    func `random words are read or refused`(kind: InterfaceKind) {
        var generator = SeededGenerator(seed: 21)
        var changes = 0
        for _ in 0..<20_000 {
            let first = generator.oneIn(8) ? [] : ["stf0"]
            let words = first + (0..<generator.pick(0..<5)).map { _ in generator.pick(WordPropertyTests.vocabulary) }
            do {
                guard case .change(let change) = try InterfaceCommand(parsing: words, for: kind) else { continue }
                #expect(isWithinBounds(change), "\(words)")
                #expect((try? InterfaceCommand(parsing: change.words, for: kind)) == .change(change), "\(words)")
                changes += 1
            } catch {
                #expect(!error.reason.isEmpty && error.line.hasSuffix(error.reason), "\(words)")
            }
        }
        // Otherwise the words are too wild to tell anything.
        #expect(changes > 400)
    }

    private func isWithinBounds(_ change: Change) -> Bool {
        let others = [change.create, change.link0, change.link1, change.link2, change.auto, change.up].contains {
            $0 != nil
        }
        let isAlone =
            !others && change.mtu == nil && change.description == nil && change.inet6 == nil
            && change.stfv4net == nil && change.stfv4br == nil && change.routes == nil && change.noroutes == nil
            && change.faith == nil
        guard let inet6 = change.inet6 else { return change.destroy == nil || isAlone }
        return change.destroy == nil && IPv6Address(inet6.address)?.description == inet6.address
            && (0...128).contains(inet6.prefixlen ?? 0) && (-1..<4_294_967_295).contains(inet6.pltime ?? 0)
            && (-1..<4_294_967_295).contains(inet6.vltime ?? 0)
    }

    @Test(arguments: InterfaceKind.allCases)
    func `a change in words is the same change`(kind: InterfaceKind) throws {
        var generator = SeededGenerator(seed: 22)
        for _ in 0..<5000 {
            let change = Change.random(of: kind, using: &generator)
            #expect(try InterfaceCommand(parsing: change.words, for: kind) == .change(change))
            let lines = try CommandFile.lines(of: change.line)
            #expect(lines.map(\.words) == [change.words])
        }
    }

    @Test(arguments: InterfaceKind.allCases)
    func `every word has one meaning`(kind: InterfaceKind) {
        let words = Vocabulary(kind).words
        let names = words.flatMap { [$0.text] + $0.synonyms }
        #expect(Set(names).count == names.count)
        #expect(words.filter(\.help.isEmpty).map(\.text) == [])
    }
}
