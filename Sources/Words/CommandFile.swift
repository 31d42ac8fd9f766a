// SPDX-License-Identifier: BSD-2-Clause

/// A file of commands, one a line: what `-f` reads, and a boot configuration.
///
/// Words are separated by blanks; `"…"` and `'…'` keep blanks, `\` keeps the next character; `#` at the start of a word
/// starts a comment. No variables, no substitution: `$x` is two characters.
public enum CommandFile {
    /// The words of each line that has any, with its number from 1.
    public static func lines(of text: String) throws(LineError) -> [(number: Int, words: [String])] {
        var lines: [(number: Int, words: [String])] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
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
        var escaped = ""
        for character in word {
            if character == "\"" || character == "\\" { escaped.append("\\") }
            escaped.append(character)
        }
        return "\"\(escaped)\""
    }

    /// Nil if a quote is not closed.
    private static func words(of line: Substring) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
                word = word ?? ""
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let word { words.append(word) }
                word = nil
            } else if character == "#", word == nil {
                break
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        if let word { words.append(word) }
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
