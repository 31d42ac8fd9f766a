// SPDX-License-Identifier: BSD-2-Clause
import Words

/// What sysctl(8) takes on its command line and, one a line, from a file: a name to show, or an assignment.
public struct VariableWords: Equatable, Sendable {
    /// As it was given: `net/link/stf/ttl = "64"`
    public let text: String
    /// Without what follows, and as it was given: `net/link/stf/ttl`
    public let spelling: String
    /// With BSD's separators: `net.link.stf.ttl`. Empty stands for everything if the spelling is not.
    public let name: String
    /// Without quotes: `64`. Nil: there is nothing to set.
    public let value: String?
    /// The line of the file it is on, from 1.
    public let line: Int?

    /// `name=value` or `name:value`. Blanks are left out at the end of the name and the start of the value, as is a quote at
    /// the start of the value and the same at its end.
    public init(_ text: String, line: Int? = nil) {
        self.text = text
        self.line = line
        let scalars = text.unicodeScalars[...]
        let separator = scalars.firstIndex { $0 == "=" || $0 == ":" }
        spelling = String(VariableWords.trimmingEnd(scalars[..<(separator ?? scalars.endIndex)]))
        name = VariableWords.name(spelling)
        value = separator.map { VariableWords.unquoted(scalars[scalars.index(after: $0)...]) }
    }

    /// NetBSD's separator is a dot too, and may come first; a dot at the end is none.
    private static func name(_ spelling: String) -> String {
        let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
        var bytes = Array(spelling.utf8)[...]
        if bytes.first == slash { bytes.removeFirst() }
        if let last = bytes.last, last == dot || last == slash, bytes.count > 1 { bytes.removeLast() }
        for place in bytes.indices where bytes[place] == slash { bytes[place] = dot }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unquoted(_ text: Substring.UnicodeScalarView) -> String {
        var value = text.drop(while: isBlank)
        guard let quote = value.first, quote == "\"" || quote == "'" else { return String(value) }
        value.removeFirst()
        if value.last == quote { value.removeLast() }
        return String(value)
    }

    /// What isspace(3) takes.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || ("\t"..."\r").contains(scalar)
    }

    private static func trimmingEnd(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        var text = text
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }

    /// What a file in the manner of sysctl.conf(5) says, line by line.
    ///
    /// `#` starts a comment, unless it is in quotes or after `\`; lines without anything else are passed over. There is no
    /// text that cannot be read: what makes no sense is a name that nothing has.
    public static func lines(of text: String) -> [VariableWords] {
        CommandFile.scalars(of: text).split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            let line = trimmingEnd(withoutComment($0.element)).drop(while: isBlank)
            return line.isEmpty ? nil : VariableWords(String(line), line: $0.offset + 1)
        }
    }

    private static func withoutComment(_ line: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        var quote: Unicode.Scalar?
        var last: Unicode.Scalar?
        for (place, scalar) in zip(line.indices, line) {
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "\"" || scalar == "'" {
                quote = scalar
            } else if scalar == "#", last != "\\" {
                return line[..<place]
            }
            last = scalar
        }
        return line
    }

    /// The line that sets a variable when it is read; nil for a value that no line can hold, such as one of two lines.
    public static func line(setting name: String, to value: String) -> String? {
        [value, "\"\(value)\"", "'\(value)'"].map { "\(name)=\($0)" }.first { line in
            guard let words = lines(of: line).first, words.text == line else { return false }
            // Byte for byte: Swift takes some texts of different bytes for the same.
            return words.name.utf8.elementsEqual(name.utf8) && (words.value ?? "").utf8.elementsEqual(value.utf8)
        }
    }
}
