// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import TestSupport
import Testing
import Words

/// Any words are a command or an error, never a trap; and a change, said in words, reads as the same change.
@Suite struct WordPropertyTests {
    private static let vocabulary =
        Word.allCases.flatMap { [$0.rawValue, "-\($0.rawValue)"] + $0.synonyms } + [
            "192.0.2.1", "192.0.2.1/32", "inet6", "inet6", "inet6", "stf0", "stf", "2002:c000:201::1", "2002::1/16",
            "::", "::/129", "1::2::3", "0",
            "16", "1280", "-1", "4294967295", "18446744073709551616", "infty", "", "-", "--", "/", "a/b/c", "-stf0",
            "sixteen-letters!", "é", "👩‍👩‍👧", "\u{301}", "\0", " ", "\n",
        ]

    @Test func `random words are read or refused`() {
        var generator = SeededGenerator(seed: 21)
        var changes = 0
        for _ in 0..<20_000 {
            let first = generator.oneIn(8) ? [] : ["stf0"]
            let words = first + (0..<generator.pick(0..<5)).map { _ in generator.pick(WordPropertyTests.vocabulary) }
            do {
                guard case .change(let change) = try InterfaceCommand(parsing: words, for: .stf) else { continue }
                #expect(isWithinBounds(change), "\(words)")
                changes += 1
            } catch {
                #expect(!error.reason.isEmpty && error.line.hasSuffix(error.reason), "\(words)")
            }
        }
        // Otherwise the words are too wild to tell anything.
        #expect(changes > 500)
    }

    private func isWithinBounds(_ change: Change) -> Bool {
        let others = [change.create, change.link0, change.link1, change.link2, change.auto, change.up].contains {
            $0 != nil
        }
        let isAlone =
            !others && change.mtu == nil && change.description == nil && change.inet6 == nil
            && change.stfv4net == nil && change.stfv4br == nil
        guard let inet6 = change.inet6 else { return change.destroy == nil || isAlone }
        return change.destroy == nil && IPv6Address(inet6.address)?.description == inet6.address
            && (0...128).contains(inet6.prefixlen ?? 0) && (0..<4_294_967_295).contains(inet6.pltime ?? 0)
            && (0..<4_294_967_295).contains(inet6.vltime ?? 0)
    }

    @Test func `a change in words is the same change`() throws {
        var generator = SeededGenerator(seed: 22)
        for _ in 0..<5000 {
            let change = Change.random(using: &generator)
            #expect(try InterfaceCommand(parsing: change.words, for: .stf) == .change(change))
            let lines = try CommandFile.lines(of: change.line)
            #expect(lines.map(\.words) == [change.words])
        }
    }

    @Test(arguments: Word.allCases)
    func `every word has one meaning`(word: Word) {
        let names = Word.allCases.flatMap { [$0.rawValue] + $0.synonyms }
        #expect(([word.rawValue] + word.synonyms).allSatisfy { name in names.filter { $0 == name }.count == 1 })
        #expect(word.kinds.allSatisfy { !word.help(for: $0).isEmpty })
    }
}

extension Change {
    /// Says at least one thing, and nothing that goes without saying.
    static func random(using generator: inout SeededGenerator) -> Change {
        var change = Change(interface: generator.pick(["stf", "stf0", "stf4294967295", "é", "a b", "#"]))
        if generator.oneIn(8) {
            change.destroy = true
            return change
        }
        let sometimes = [true, false, nil, nil]
        change.up = generator.pick([true, false])
        change.create = generator.pick([true, nil])
        (change.link0, change.link1) = (generator.pick(sometimes), generator.pick(sometimes))
        (change.link2, change.auto) = (generator.pick(sometimes), generator.pick(sometimes))
        if generator.oneIn(4) { change.stfv4net = "192.0.2.1/\(generator.pick(1..<33))" }
        if generator.oneIn(4) { change.stfv4br = generator.pick(["0.0.0.0", "192.0.2.254"]) }
        if generator.oneIn(2) { change.mtu = generator.pick(0..<70_000) }
        if generator.oneIn(2) { change.description = String.random(using: &generator) }
        if generator.oneIn(2) { change.inet6 = AddressChange.random(using: &generator) }
        return change
    }
}

extension AddressChange {
    static func random(using generator: inout SeededGenerator) -> AddressChange {
        let site = SixToFour.site(of: IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next())))
        var change = AddressChange(address: IPv6Address(high: site.address.high, low: generator.next()).description)
        if generator.oneIn(2) { change.prefixlen = generator.pick(0..<129) }
        change.delete = generator.pick([true, nil])
        change.anycast = generator.pick([true, nil])
        change.deprecated = generator.pick([true, false, nil])
        if generator.oneIn(2) { change.pltime = generator.pick(0..<4_294_967_295) }
        if generator.oneIn(2) { change.vltime = generator.pick(0..<4_294_967_295) }
        return change
    }
}
