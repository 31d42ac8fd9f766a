// SPDX-License-Identifier: BSD-2-Clause

/// A file of commands, one a line: what `-f` reads, and a boot configuration.
///
/// Words are separated by blanks, which are space, tab and carriage return; `"…"` and `'…'` keep blanks, `\` keeps the
/// next character; `#` at the start of a word starts a comment. No variables, no substitution: `$x` is two characters.
public enum CommandFile {
    /// The words of each line that has any, with its number from 1.
    public static func lines(of text: String) throws(LineError) -> [(number: Int, words: [String])] {
        var lines: [(number: Int, words: [String])] = []
        for (index, line) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let words = words(of: line) else { throw LineError(line: index + 1, reason: "unclosed quote") }
            if !words.isEmpty { lines.append((index + 1, words)) }
        }
        return lines
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

    /// Nil if a quote is not closed. Scalar by scalar: as a `Character`, a quote would be one with the accent after it.
    private static func words(of line: Substring.UnicodeScalarView) -> [String]? {
        var words: [String] = []
        var word: String.UnicodeScalarView?
        var quote: Unicode.Scalar?
        var isEscaped = false
        for scalar in line {
            if isEscaped {
                word?.append(scalar)
                isEscaped = false
            } else if scalar == "\\", quote != "'" {
                isEscaped = true
                word = word ?? .init()
            } else if let open = quote {
                if scalar == open { quote = nil } else { word?.append(scalar) }
            } else if scalar == "\"" || scalar == "'" {
                quote = scalar
                word = word ?? .init()
            } else if scalar == " " || scalar == "\t" || scalar == "\r" {
                if let word { words.append(String(word)) }
                word = nil
            } else if scalar == "#", word == nil {
                break
            } else {
                word = word ?? .init()
                word?.append(scalar)
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        if let word { words.append(String(word)) }
        return words
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
