// SPDX-License-Identifier: BSD-2-Clause

/// A Varlink interface description, read from the text that is also its documentation (varlink.org, Interface
/// Definition). Requests are held against it before anything else looks at them, so the text is what is enforced.
public struct VarlinkInterface: Sendable {
    public let name: String
    public let text: String
    public let types: [String: VarlinkType]
    public let methods: [String: (input: VarlinkType, output: VarlinkType)]
    public let errors: [String: VarlinkType]

    /// - Throws: the line that cannot be read, and why.
    public init(parsing text: String) throws(VarlinkSyntaxError) {
        var parser = VarlinkParser(text)
        try parser.expect("interface")
        name = try parser.word()
        self.text = text
        var types: [String: VarlinkType] = [:]
        var methods: [String: (input: VarlinkType, output: VarlinkType)] = [:]
        var errors: [String: VarlinkType] = [:]
        while let keyword = try parser.keyword() {
            let member = try parser.word()
            switch keyword {
            case "type": types[member] = try parser.type()
            case "error": errors[member] = try parser.type()
            case "method":
                let input = try parser.type()
                try parser.expect("->")
                methods[member] = (input, try parser.type())
            default: throw parser.failure("neither type, method nor error")
            }
        }
        self.types = types
        self.methods = methods
        self.errors = errors
    }

    /// The first parameter that is not as `type` says: `"changes[0].mtu"`. Nil: all are. Unknown parameters count, so
    /// that a misspelt one is never ignored.
    public func offender(in value: JSONValue, as type: VarlinkType, path: String = "") -> String? {
        switch (type, value) {
        case (.optional, .null): return nil
        case (.optional(let type), _): return offender(in: value, as: type, path: path)
        case (.bool, .bool), (.integer, .integer), (.string, .string), (.object, .object): return nil
        case (.float, .integer), (.float, .number): return nil
        case (.enumeration(let names), .string(let name)): return names.contains(name) ? nil : path
        case (.named(let name), _):
            guard let type = types[name] else { return path }
            return offender(in: value, as: type, path: path)
        case (.array(let element), .array(let values)):
            for (index, value) in values.enumerated() {
                if let path = offender(in: value, as: element, path: "\(path)[\(index)]") { return path }
            }
            return nil
        case (.map(let element), .object(let values)):
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                if let path = offender(in: value, as: element, path: join(path, key)) { return path }
            }
            return nil
        case (.structure(let fields), .object(let values)):
            for field in fields {
                let value = values[field.name] ?? .null
                if let path = offender(in: value, as: field.type, path: join(path, field.name)) { return path }
            }
            let known = Set(fields.map(\.name))
            return values.keys.sorted().first { !known.contains($0) }.map { join(path, $0) }
        default: return path
        }
    }

    private func join(_ path: String, _ field: String) -> String {
        path.isEmpty ? field : "\(path).\(field)"
    }
}

public indirect enum VarlinkType: Equatable, Sendable {
    case bool, integer, float, string, object
    case named(String)
    case optional(VarlinkType)
    case array(VarlinkType)
    case map(VarlinkType)
    case structure([VarlinkField])
    case enumeration([String])
}

public struct VarlinkField: Equatable, Sendable {
    public var name: String
    public var type: VarlinkType

    public init(name: String, type: VarlinkType) {
        self.name = name
        self.type = type
    }
}

public struct VarlinkSyntaxError: Error, Equatable, CustomStringConvertible {
    public var line: Int
    public var reason: String

    public var description: String { "line \(line): \(reason)" }
}

private struct VarlinkParser {
    private var tokens: [(text: String, line: Int)] = []
    private var at = 0

    /// Splits the text into words and punctuation; `#` starts a comment.
    init(_ text: String) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var word = ""
            let code = line.prefix { $0 != "#" }
            for character in code + " " {
                let isWord = character.isLetter || character.isNumber || character == "_" || character == "."
                let isArrow = (character == "-" && word.isEmpty) || (character == ">" && word == "-")
                if isWord || isArrow {
                    word.append(character)
                    continue
                }
                if !word.isEmpty { tokens.append((word, number + 1)) }
                word = ""
                if !character.isWhitespace { tokens.append((String(character), number + 1)) }
            }
        }
    }

    func failure(_ reason: String) -> VarlinkSyntaxError {
        VarlinkSyntaxError(line: tokens.isEmpty ? 1 : tokens[min(at, tokens.count - 1)].line, reason: reason)
    }

    mutating func keyword() throws(VarlinkSyntaxError) -> String? {
        at < tokens.count ? try word() : nil
    }

    mutating func word() throws(VarlinkSyntaxError) -> String {
        guard at < tokens.count, tokens[at].text.first?.isLetter == true else { throw failure("a name is missing") }
        at += 1
        return tokens[at - 1].text
    }

    mutating func expect(_ text: String) throws(VarlinkSyntaxError) {
        guard take(text) else { throw failure("\(text) is missing") }
    }

    private mutating func take(_ text: String) -> Bool {
        guard at < tokens.count, tokens[at].text == text else { return false }
        at += 1
        return true
    }

    mutating func type() throws(VarlinkSyntaxError) -> VarlinkType {
        if take("?") { return .optional(try type()) }
        if take("[") {
            if take("]") { return .array(try type()) }
            try expect("string")
            try expect("]")
            return .map(try type())
        }
        if take("(") { return try fields() }
        switch try word() {
        case "bool": return .bool
        case "int": return .integer
        case "float": return .float
        case "string": return .string
        case "object": return .object
        case let name: return .named(name)
        }
    }

    /// `(name: type, …)` is a structure, `(name, …)` an enumeration, `()` a structure without fields.
    private mutating func fields() throws(VarlinkSyntaxError) -> VarlinkType {
        var fields: [VarlinkField] = []
        var names: [String] = []
        while !take(")") {
            if !fields.isEmpty || !names.isEmpty { try expect(",") }
            let name = try word()
            if take(":") {
                fields.append(VarlinkField(name: name, type: try type()))
            } else {
                names.append(name)
            }
        }
        guard fields.isEmpty || names.isEmpty else { throw failure("fields and names are mixed") }
        return names.isEmpty ? .structure(fields) : .enumeration(names)
    }
}
