// SPDX-License-Identifier: BSD-2-Clause

/// The options of a command line: letters before the first word, as getopt(3) has them. After the first word, `-link0`
/// is a word.
public struct Options: Equatable, Sendable {
    /// In the order given. An array, since hashing would cost a tool more than the whole search does.
    private var given: [Option] = []
    public private(set) var words: [String] = []

    /// - Parameters:
    ///   - known: the letters there are, each followed by `:` if it takes an argument: `"ad:s:"`.
    ///   - long: what may be written as a word, and the letter that it then is: `--check`.
    public init(
        parsing arguments: some Collection<String>, known: String, long: [(word: String, letter: Character)] = []
    ) throws(UsageError) {
        var rest = Array(arguments)[...]
        while let argument = rest.first, argument.hasPrefix("-"), argument != "-" {
            rest.removeFirst()
            if argument == "--" { break }
            if let option = long.first(where: { $0.word == argument }) {
                given.append(Option(letter: option.letter, value: nil))
                continue
            }
            if argument.hasPrefix("--") { throw UsageError(reason: "unknown option \(argument)") }
            var cluster = argument.dropFirst()
            while let letter = cluster.popFirst() {
                guard letter != ":", let place = known.firstIndex(of: letter) else {
                    throw UsageError(reason: "unknown option -\(letter)")
                }
                guard known[place...].dropFirst().first == ":" else {
                    given.append(Option(letter: letter, value: nil))
                    continue
                }
                guard let value = cluster.isEmpty ? rest.popFirst() : String(cluster), !value.isEmpty else {
                    throw UsageError(reason: "option -\(letter) requires an argument")
                }
                given.append(Option(letter: letter, value: value))
                cluster = ""
            }
        }
        words = Array(rest)
    }

    public func has(_ letter: Character) -> Bool {
        given.contains { $0.letter == letter }
    }

    public func value(_ letter: Character) -> String? {
        given.last { $0.letter == letter }?.value
    }

    /// All arguments of an option that may be given more than once.
    public func values(_ letter: Character) -> [String] {
        given.compactMap { $0.letter == letter ? $0.value : nil }
    }

    private struct Option: Equatable {
        var letter: Character
        var value: String?
    }
}

/// A command line that makes no sense.
public struct UsageError: Error, Equatable, Sendable {
    public var reason: String

    public init(reason: String) {
        self.reason = reason
    }
}
