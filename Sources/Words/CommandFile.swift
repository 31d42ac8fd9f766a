// SPDX-License-Identifier: BSD-2-Clause

/// A file of commands, one a line: what `-f` reads, and a boot configuration.
///
/// Words are separated by blanks, which are space, tab and carriage return; `"…"` and `'…'` keep blanks, `\` keeps the
/// next character, and at the end of a line goes on with the next; `#` at the start of a word starts a comment. No
/// variables, no substitution: `$x` is two characters.
public enum CommandFile {
    /// The words of each line that has any, with its number from 1.
    public static func lines(of text: String) throws(LineError) -> [(number: Int, words: [String])] {
        var lines: [(number: Int, words: [String])] = []
        for line in read(text) {
            guard let words = line.words else { throw LineError(line: line.number, reason: unclosed) }
            lines.append((line.number, words))
        }
        return lines
    }

    /// Why a line has no words.
    public static let unclosed = "unclosed quote"

    /// A line that says something.
    public struct Line: Equatable, Sendable {
        /// From 1; of several that a `\` joins, the first.
        public let number: Int
        /// Nil if a quote is not closed.
        public let words: [String]?
    }

    /// All lines that say something, those too that cannot be read.
    public static func read(_ text: String) -> [Line] {
        var lines: [Line] = []
        var reader = LineReader()
        var first: Int?
        for (index, line) in scalars(of: text).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            first = first ?? index + 1
            reader.read(line)
            if reader.goesOn { continue }
            let words = reader.take()
            if let number = first, words != [] { lines.append(Line(number: number, words: words)) }
            first = nil
        }
        let words = reader.take()
        if let first, words != [] { lines.append(Line(number: first, words: words)) }
        return lines
    }

    /// Without the byte order mark that some editors put in front.
    package static func scalars(of text: String) -> Substring.UnicodeScalarView {
        let scalars = text.unicodeScalars[...]
        return scalars.first == "\u{FEFF}" ? scalars.dropFirst() : scalars
    }

    /// Quotes a word if it needs it, so that reading gives it back.
    public static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_.:/%+,@=".utf8.contains(byte) || byte >= 0x80
        }
        if plain, !word.isEmpty { return word }
        var escaped = String.UnicodeScalarView()
        for scalar in word.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { escaped.append("\\") }
            escaped.append(scalar)
        }
        return "\"\(String(escaped))\""
    }

    /// These words as a line that reads back as them.
    package static func line(_ words: [String]) -> String {
        list(words.map(quoted), separator: " ")
    }
}

/// Parts lines into words. Scalar by scalar: as a `Character`, a quote would be one with the accent after it.
private struct LineReader {
    private var words: [String] = []
    private var word: String.UnicodeScalarView?
    private var quote: Unicode.Scalar?
    private(set) var goesOn = false

    mutating func read(_ line: Substring.UnicodeScalarView) {
        goesOn = false
        for (place, scalar) in zip(line.indices, line) {
            if goesOn {
                // A line may end as MS-DOS ends it.
                if scalar == "\r", line.index(after: place) == line.endIndex { return }
                append(scalar)
                goesOn = false
            } else if scalar == "\\", quote != "'" {
                goesOn = true
            } else if let open = quote {
                if scalar == open { quote = nil } else { append(scalar) }
            } else if scalar == "\"" || scalar == "'" {
                quote = scalar
                word = word ?? .init()
            } else if scalar == " " || scalar == "\t" || scalar == "\r" {
                endWord()
            } else if scalar == "#", word == nil {
                return
            } else {
                append(scalar)
            }
        }
    }

    /// The words so far, for the next line to begin anew; nil if a quote is not closed.
    mutating func take() -> [String]? {
        endWord()
        defer { self = LineReader() }
        return quote == nil ? words : nil
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        word = word ?? .init()
        word?.append(scalar)
    }

    private mutating func endWord() {
        if let word { words.append(String(word)) }
        word = nil
    }
}

/// A line that cannot be read.
public struct LineError: Error, Equatable, Sendable {
    public var line: Int
    public var reason: String

    public init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }
}
