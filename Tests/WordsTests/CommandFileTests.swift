// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing
import Words

/// A file is lines of words, quoted as in a shell without any expansion; what is quoted reads back.
@Suite struct CommandFileTests {
    @Test(
        arguments: [
            ("", []),
            ("stf0 up", ["stf0", "up"]),
            ("  stf0\t \tup  ", ["stf0", "up"]),
            ("stf0 up\r", ["stf0", "up"]),
            ("# comment", []),
            ("stf0 up # comment \" ' \\", ["stf0", "up"]),
            ("a#b c# '#' \"#\" \\#", ["a#b", "c#", "#", "#", "#"]),
            (#"a "b c" d"#, ["a", "b c", "d"]),
            ("a 'b c' d", ["a", "b c", "d"]),
            (#"a"b c"d'e f'g"#, ["ab cde fg"]),
            (#""" '' a"#, ["", "", "a"]),
            (#"a"" b"#, ["a", "b"]),
            (#""it's" '"x"'"#, ["it's", #""x""#]),
            (#"\"a\ b\\ \'"#, [#""a b\"#, "'"]),
            (#""\"a\ b\\""#, [#""a b\"#]),
            (#"'a\b'"#, [#"a\b"#]),
            (#"\a \n "\n""#, ["a", "n", "n"]),
            // The next line goes on where a backslash ends one, and behind the last one nothing does.
            ("a\\", ["a"]), ("a \\", ["a"]), ("\\", []), ("a\\\nb", ["ab"]), ("a \\\n  b", ["a", "b"]),
            ("a \\\r\n b\\\r\nc\r", ["a", "bc"]), ("\"a \\\nb\"", ["a b"]), ("a # \\\nb", ["a", "b"]),
            ("\\\\\na", ["\\", "a"]),
            // A mark in front says how the text is encoded, and nothing else.
            ("\u{FEFF}stf0 up", ["stf0", "up"]), ("\u{FEFF}", []), ("a \u{FEFF}", ["a", "\u{FEFF}"]),
            ("$HOME `x` *;|&", ["$HOME", "`x`", "*;|&"]),
            ("né 😀 \u{301}a", ["né", "😀", "\u{301}a"]),
            // Only what a keyboard calls blank parts words.
            ("a\u{A0}b c\u{2003}d e\u{2028}f g\u{85}h", ["a\u{A0}b", "c\u{2003}d", "e\u{2028}f", "g\u{85}h"]),
        ] as [(String, [String])])
    func `a line is words`(line: String, words: [String]) throws {
        #expect(try CommandFile.lines(of: line).flatMap(\.words).map { Array($0.utf8) } == words.map { Array($0.utf8) })
    }

    @Test(arguments: [
        ("a\nb", [1, 2]),
        ("a\nb\n", [1, 2]),
        ("\n\na\n# c\n\nb c\n", [3, 6]),
        ("a\r\nb\r\n", [1, 2]),
        ("# a\r\n\r\nb\r\n", [3]),
        ("\n", []),
        ("a\\\nb\nc", [1, 3]),
        ("\\\n\\\n\na", [4]),
    ])
    func `lines are counted`(text: String, numbers: [Int]) throws {
        #expect(try CommandFile.lines(of: text).map(\.number) == numbers)
    }

    @Test(arguments: [
        ("\"", 1), ("'a", 1), ("\"a\\", 1), ("a\nb \"c\nd\"", 2), ("a\r\n'\r\nb", 2), ("\n\n\"\\\"", 3), ("'\\''", 1),
    ])
    func `an open quote is refused with its line`(text: String, line: Int) {
        let error = #expect(throws: LineError.self) { try CommandFile.lines(of: text) }
        #expect(error?.line == line)
    }

    @Test(arguments: [
        ("stf0", "stf0"), ("2002:c000:201::1/16", "2002:c000:201::1/16"), ("naïve", "naïve"), ("", #""""#),
        ("a b", #""a b""#), ("#a", ##""#a""##), (#"a"b\c"#, #""a\"b\\c""#), ("it's", #""it's""#), ("$x", #""$x""#),
    ])
    func `a word is quoted if it needs it`(word: String, quoted: String) {
        #expect(CommandFile.quoted(word) == quoted)
    }

    /// Not of words with a line break, which no line can hold.
    @Test func `quoted words read back`() throws {
        var generator = SeededGenerator(seed: 11)
        var refuted: [[String]] = []
        for _ in 0..<10_000 {
            let words = (0..<generator.pick(1..<5)).map { _ in String.random(using: &generator) }
            let line = words.map(CommandFile.quoted).joined(separator: " ")
            let read = try? CommandFile.lines(of: line).flatMap(\.words)
            // Byte for byte: Swift takes é and é for the same.
            if read?.map({ Array($0.utf8) }) != words.map({ Array($0.utf8) }) { refuted.append(words) }
        }
        #expect(refuted.count == 0, "such as \(refuted.min { $0.description.count < $1.description.count } ?? [])")
    }

    @Test func `any text is read or refused`() {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<10_000 {
            let pieces = (0..<generator.pick(0..<8)).map { _ in
                generator.oneIn(4) ? generator.pick(["\n", "\r\n", "\r"]) : String.random(using: &generator)
            }
            guard let lines = try? CommandFile.lines(of: pieces.joined()) else { continue }
            #expect(lines.allSatisfy { !$0.words.isEmpty })
            #expect(zip(lines, lines.dropFirst()).allSatisfy { $0.number < $1.number })
        }
    }
}

extension String {
    /// Up to eight scalars of those that quoting or grapheme breaking could trip over; no line feed.
    static func random(using generator: inout SeededGenerator) -> String {
        let alphabet = Array(
            "aZ0-_.:/\"\"''\\\\##  $\t\r\u{0}\u{B}\u{85}\u{A0}\u{2003}\u{2028}\u{301}\u{600}\u{200D}\u{FE0F}é👩🇩🇪한"
                .unicodeScalars)
        return String(String.UnicodeScalarView((0..<generator.pick(0..<9)).map { _ in generator.pick(alphabet) }))
    }
}
