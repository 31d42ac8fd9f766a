// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import TestSupport
import Testing
import Words

/// Arguments and lines are names or assignments as sysctl(8) and sysctl.conf(5) have them, and no text is a trap.
@Suite struct VariableWordsTests {
    /// An argument, its name and its value.
    @Test(
        arguments: [
            ("net.a", "net.a", nil),
            ("net.a=1", "net.a", "1"),
            ("net.a:1", "net.a", "1"),
            ("net.a=1=2:3", "net.a", "1=2:3"),
            ("net.a:1=2", "net.a", "1=2"),
            ("net.a = 1", "net.a", "1"),
            ("net.a \t= \t1 ", "net.a", "1 "),
            ("net.a=", "net.a", ""),
            ("net.a= ", "net.a", ""),
            ("=1", "", "1"),
            ("", "", nil),
            (" net.a", " net.a", nil),
            (#"net.a="1 2""#, "net.a", "1 2"),
            ("net.a=' 1 '", "net.a", " 1 "),
            (#"net.a=""#, "net.a", ""),
            (#"net.a="""#, "net.a", ""),
            (#"net.a="1'"#, "net.a", "1'"),
            (#"net.a="1" "#, "net.a", #"1" "#),
            (#"net.a='"1"'"#, "net.a", #""1""#),
            (#"net.a=1"2""#, "net.a", #"1"2""#),
            // The separator of NetBSD, which may come first, and a last one.
            ("net/a", "net.a", nil),
            ("/net/a=b/c", "net.a", "b/c"),
            ("net/a.b", "net.a.b", nil),
            ("net.a.", "net.a", nil),
            ("net/a/", "net.a", nil),
            ("/", "", nil),
            (".", ".", nil),
        ] as [(String, String, String?)])
    func `an argument is a name or an assignment`(text: String, name: String, value: String?) {
        let words = VariableWords(text)
        #expect(words.name == name)
        #expect(words.value == value)
        #expect(words.text == text && words.line == nil)
    }

    @Test func `the name is also kept as it was written`() {
        #expect(VariableWords("/net/a/ =1").spelling == "/net/a/")
    }

    /// A text, and its lines as number, name and value.
    @Test(
        arguments: [
            ("", []),
            ("\n\n", []),
            ("# all", []),
            (" \t# all\r\n", []),
            ("net.a=1", ["1 net.a 1"]),
            ("\n  net.a = 1  \r\n\nnet.b\n", ["2 net.a 1", "4 net.b"]),
            ("net.a=1#2", ["1 net.a 1"]),
            ("net.a=1 # 2", ["1 net.a 1"]),
            ("net.a=1\\#2 # 3", ["1 net.a 1\\#2"]),
            (##"net.a="1 # 2" # 3"##, ["1 net.a 1 # 2"]),
            ("net.a='1 # 2' # 3", ["1 net.a 1 # 2"]),
            ("net.a='1 \" # 2' # 3", ["1 net.a 1 \" # 2"]),
            // A quote that is not closed has no comment after it.
            ("net.a=it's # 2", ["1 net.a it's # 2"]),
            (#"net.a="1 # 2"#, ["1 net.a 1 # 2"]),
            ("net.a", ["1 net.a"]),
            ("=", ["1  "]),
            ("net.a b c", ["1 net.a b c"]),
            ("net.a=\u{1}\u{301}", ["1 net.a \u{1}\u{301}"]),
            ("\u{FEFF}net.a=1", ["1 net.a 1"]),
        ] as [(String, [String])])
    func `a file is lines`(text: String, wanted: [String]) {
        let lines = VariableWords.lines(of: text).map { words in
            "\(words.line ?? 0) \(words.name)" + (words.value.map { " \($0)" } ?? "")
        }
        #expect(lines.map { Array($0.utf8) } == wanted.map { Array($0.utf8) })
    }

    @Test(arguments: [
        ("", "net.a="), ("1", "net.a=1"), ("a b", "net.a=a b"), (" a", #"net.a=" a""#), ("a ", #"net.a="a ""#),
        ("#", ##"net.a="#""##), (#"""#, #"net.a=""""#), ("it's", "net.a=it's"), ("'a'", #"net.a="'a'""#),
        (#""' #"#, #"net.a=""' #""#), ("a\nb", nil),
    ])
    func `a value is quoted if it needs it`(value: String, line: String?) {
        #expect(VariableWords.line(setting: "net.a", to: value) == line)
    }

    @Test func `what is written reads back`() {
        var generator = SeededGenerator(seed: 31)
        var written = 0
        var refuted: [String] = []
        for _ in 0..<5000 {
            let value = String.random(using: &generator)
            guard let line = VariableWords.line(setting: "net.a", to: value) else { continue }
            written += 1
            let read = VariableWords.lines(of: "\n\(line)\n# end\n")
            let isSame = read.first?.value.map { Array($0.utf8) } == Array(value.utf8)
            if !isSame || read.map(\.name) != ["net.a"] || read.map(\.line) != [2] { refuted.append(value) }
        }
        #expect(refuted == [])
        // Few texts have both kinds of quotes where none may be.
        #expect(written > 4000)
    }

    @Test func `any text is lines`() {
        var generator = SeededGenerator(seed: 32)
        var refuted: [String] = []
        for _ in 0..<3000 {
            let bytes = generator.bytes(generator.pick(0..<100)).map { generator.oneIn(8) ? 0x0A : $0 }
            let text = String(decoding: bytes, as: UTF8.self)
            let lines = VariableWords.lines(of: text)
            let numbers = lines.map { $0.line ?? 0 }
            let areCounted = numbers == numbers.sorted() && Set(numbers).count == numbers.count
            if !areCounted || lines.contains(where: \.text.isEmpty) { refuted.append(text) }
        }
        #expect(refuted == [])
    }
}
