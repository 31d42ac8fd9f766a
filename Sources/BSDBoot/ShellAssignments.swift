// SPDX-License-Identifier: BSD-2-Clause

/// What a file of sh(1) assigns, `ifconfig_stf0="up"`, as far as that can be known without running anything.
///
/// Quotes, `\`, comments and earlier variables, `${x} more`, are read as a shell reads them; a line end inside quotes is a
/// blank. What a shell would run is passed over whole, an `if` up to its `fi`: what is assigned in there may never be.
struct ShellAssignments {
    struct Assignment: Equatable {
        let name: String
        let value: String
        let line: Int
    }

    /// A line, and why it is passed over.
    struct Oddity: Equatable {
        let line: Int
        let reason: String
    }

    private(set) var assignments: [Assignment] = []
    private(set) var oddities: [Oddity] = []
    /// What the variables are, for those that follow.
    private(set) var values: [String: String]

    private var text: Substring.UnicodeScalarView
    private var line = 1
    /// What would end what is passed over: `fi`.
    private var ends: [String] = []

    /// - Parameter values: of the files before.
    init(reading text: String, after values: [String: String] = [:]) {
        self.text = text.unicodeScalars[...]
        self.values = values
        // Some editors put it in front.
        if self.text.first == "\u{FEFF}" { self.text.removeFirst() }
        while !self.text.isEmpty { readCommand() }
    }

    private static let blocks = [
        "if": "fi", "case": "esac", "for": "done", "while": "done", "until": "done", "{": "}", "(": ")",
    ]

    // MARK: commands

    private enum Word {
        case text(String, isQuoted: Bool)
        /// What a shell would run to know it.
        case run
    }

    /// Up to the end of the line, or to a `;`.
    private mutating func readCommand() {
        let first = line
        var words: [Word] = []
        while let word = readWord() { words.append(word) }
        guard !words.isEmpty else { return }
        guard ends.isEmpty else { return follow(words) }
        var pairs: [(name: String, value: String)] = []
        for word in words {
            guard case .text(let text, _) = word else {
                return note(first, "a shell would have to run what is in it")
            }
            guard let (name, value) = ShellAssignments.pair(text) else {
                // A function has its block behind it.
                let opening = pairs.isEmpty ? ShellAssignments.blocks[text] ?? end(openedBy: words.last) : nil
                if let opening { ends.append(opening) }
                return note(first, "\(text): nothing is run" + (opening.map { "; passed over up to \($0)" } ?? ""))
            }
            pairs.append((name, value))
        }
        for (name, value) in pairs {
            values[name] = value
            assignments.append(Assignment(name: name, value: value, line: first))
        }
    }

    private func end(openedBy word: Word?) -> String? {
        guard case .text("{", false) = word else { return nil }
        return ShellAssignments.blocks["{"]
    }

    /// Inside of what is passed over.
    private mutating func follow(_ words: [Word]) {
        guard case .text(let text, false) = words[0] else { return }
        if text == ends.last {
            ends.removeLast()
        } else if let end = ShellAssignments.blocks[text] {
            ends.append(end)
        }
    }

    private mutating func note(_ line: Int, _ reason: String) {
        oddities.append(Oddity(line: line, reason: reason))
    }

    /// `ifconfig_stf0=up`
    private static func pair(_ text: String) -> (name: String, value: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = text[..<equals]
        let isName = name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || isAlphanumeric($0) }
        guard isName, let first = name.utf8.first, !(0x30...0x39).contains(first) else { return nil }
        return (String(name), String(text[equals...].dropFirst()))
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    // MARK: words

    /// Nil at the end of the command, which is taken.
    private mutating func readWord() -> Word? {
        skipBlanks()
        guard let first = text.first else { return nil }
        if first == "#" { skipComment() }
        if text.isEmpty { return nil }
        if text.first == "\n" || text.first == ";" || text.first == "&" {
            take()
            return nil
        }
        var word = ""
        var isQuoted = false
        var isRun = false
        reading: while let next = text.first {
            switch next {
            case " ", "\t", "\r", "\n", ";", "&": break reading
            case "'":
                isQuoted = true
                take()
                while let quoted = text.first, quoted != "'" { word.unicodeScalars.append(blank(take() ?? quoted)) }
                take()
            case "\"":
                isQuoted = true
                take()
                isRun = readQuoted(into: &word) || isRun
            case "\\":
                take()
                if let escaped = take(), escaped != "\n" { word.unicodeScalars.append(escaped) }
            case "`", "$": isRun = !readExpansion(into: &word) || isRun
            default: word.unicodeScalars.append(take() ?? next)
            }
        }
        return isRun ? .run : .text(word, isQuoted: isQuoted)
    }

    /// Up to the quote that ends it.
    /// - Returns: whether something would be run.
    private mutating func readQuoted(into word: inout String) -> Bool {
        var isRun = false
        while let next = text.first {
            switch next {
            case "\"":
                take()
                return isRun
            case "\\":
                take()
                guard let escaped = take() else { return isRun }
                if escaped == "\n" { continue }
                if !"$`\"\\".unicodeScalars.contains(escaped) { word.unicodeScalars.append("\\") }
                word.unicodeScalars.append(escaped)
            case "`", "$": isRun = !readExpansion(into: &word) || isRun
            default: word.unicodeScalars.append(blank(take() ?? next))
            }
        }
        return isRun
    }

    /// `$x`, `${x}`.
    /// - Returns: false if a shell would have to run something, or to know more than the name of a variable.
    private mutating func readExpansion(into word: inout String) -> Bool {
        guard take() == "$" else {
            while let next = take(), next != "`" {}
            return false
        }
        if text.first == "(" {
            var depth = 0
            while let next = take() {
                if next == "(" { depth += 1 }
                if next == ")" { depth -= 1 }
                if depth == 0 { break }
            }
            return false
        }
        let isBraced = text.first == "{"
        if isBraced { take() }
        var name = ""
        while let next = text.first,
            next == "_" || ShellAssignments.isAlphanumeric(UInt8(truncatingIfNeeded: next.value)),
            next.isASCII
        {
            name.unicodeScalars.append(take() ?? next)
        }
        guard isBraced else {
            word += name.isEmpty ? "$" : values[name] ?? ""
            return true
        }
        let isPlain = text.first == "}"
        while let next = take(), next != "}" {}
        word += values[name] ?? ""
        return isPlain
    }

    private mutating func skipBlanks() {
        while let next = text.first {
            if next == "\\", text.dropFirst().first == "\n" {
                take()
            } else if next != " ", next != "\t", next != "\r" {
                return
            }
            take()
        }
    }

    private mutating func skipComment() {
        while let next = text.first, next != "\n" { _ = next; take() }
    }

    private func blank(_ scalar: Unicode.Scalar) -> Unicode.Scalar { scalar == "\n" ? " " : scalar }

    @discardableResult
    private mutating func take() -> Unicode.Scalar? {
        guard let scalar = text.popFirst() else { return nil }
        if scalar == "\n" { line += 1 }
        return scalar
    }
}
