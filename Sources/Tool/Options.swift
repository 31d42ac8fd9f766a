// SPDX-License-Identifier: BSD-2-Clause

/// The options of a command line: letters before the first word, as getopt(3) has them. After the first word, `-link0`
/// is a word.
public struct Options: Equatable, Sendable {
    private var letters: Set<Character> = []
    private var values: [Character: String] = [:]
    public private(set) var words: [String] = []

    /// - Parameter known: the letters there are, each followed by `:` if it takes an argument: `"ad:s:"`.
    public init(parsing arguments: some Collection<String>, known: String) throws(UsageError) {
        var rest = Array(arguments)[...]
        while let argument = rest.first, argument.hasPrefix("-"), argument != "-" {
            rest.removeFirst()
            if argument == "--" { break }
            var cluster = argument.dropFirst()
            while let letter = cluster.popFirst() {
                guard letter != ":", let place = known.firstIndex(of: letter) else {
                    throw UsageError(reason: "unknown option -\(letter)")
                }
                letters.insert(letter)
                guard known[place...].dropFirst().first == ":" else { continue }
                guard let value = cluster.isEmpty ? rest.popFirst() : String(cluster), !value.isEmpty else {
                    throw UsageError(reason: "option -\(letter) requires an argument")
                }
                values[letter] = value
                cluster = ""
            }
        }
        words = Array(rest)
    }

    public func has(_ letter: Character) -> Bool {
        letters.contains(letter)
    }

    public func value(_ letter: Character) -> String? {
        values[letter]
    }
}

/// A command line that makes no sense.
public struct UsageError: Error, Equatable, Sendable {
    public var reason: String
}
