// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO
import Words

/// What could stand where the cursor is, for the shells. Words come from the grammar's table, interface names from the
/// daemon; without a daemon there are just none.
struct Completion {
    let tool: InterfaceTool

    struct Candidate: Equatable {
        var text: String
        var help: String

        /// The shells complete file names themselves.
        static let file = Candidate(text: "<file>", help: "")
    }

    private static let options: [(letter: Character, help: String)] = [
        ("a", "all interfaces"), ("C", "kinds that can be created"), ("c", "commands that recreate the state"),
        ("f", "run the commands of a file, all or none"), ("h", "usage"), ("i", "what is so already is no error"),
        ("j", "JSON"), ("L", "lifetimes of addresses"), ("l", "names only"), ("s", "the daemon's socket"),
        ("V", "version"), ("v", "counters and reasons of drops"),
    ]

    /// - Parameter words: the command line after the tool's name; the last one is being typed.
    func candidates(for words: [String]) -> [Candidate] {
        let typed = words.last ?? ""
        return all(before: Array(words.dropLast()), typed: typed).filter {
            $0 == .file || $0.text.hasPrefix(typed)
        }
    }

    private func all(before words: [String], typed: String) -> [Candidate] {
        if words.last == "-s" || words.last == "-f" { return [.file] }
        guard let options = try? Options(parsing: words, known: InterfaceTool.knownOptions) else {
            return []
        }
        guard let first = options.words.first else {
            if typed.hasPrefix("-") {
                return Completion.options.map { Candidate(text: "-\($0.letter)", help: $0.help) }
            }
            return Word.allCases.filter(\.isVerb).map(candidate) + interfaces(options)
        }
        if options.words.count == 1, first == Word.create.rawValue {
            return [Candidate(text: tool.kind.rawValue, help: "the lowest free unit")]
        }
        if options.words.count == 1, first == Word.destroy.rawValue || first == Word.check.rawValue { return interfaces(options) }
        return parameters(after: options.words)
    }

    /// The words that may follow: not after one that wants an argument, and those about an address only after `inet6`.
    private func parameters(after words: [String]) -> [Candidate] {
        if let last = words.last.flatMap(Word.init(rawValue:)), last.argument != nil, last != .inet6 { return [] }
        let isAboutAddress = words.contains(Word.inet6.rawValue)
        return Word.allCases
            .filter { !$0.isAboutAddress || isAboutAddress }
            .flatMap { word in
                let plain = candidate(word)
                guard word.isNegatable else { return [plain] }
                return [plain, Candidate(text: "-\(word.rawValue)", help: "not: \(word.help)")]
            }
            .filter { !words.contains($0.text) }
    }

    private func candidate(_ word: Word) -> Candidate {
        Candidate(text: word.rawValue, help: word.help)
    }

    /// The shell waits for this, so not for long.
    private func interfaces(_ options: Options) -> [Candidate] {
        guard let client = try? ControlClient(path: InterfaceTool.socket(options), timeout: .seconds(1)),
            let reply = try? client.list(nil)
        else { return [] }
        return reply.interfaces.filter { $0.kind == tool.kind }.map {
            Candidate(text: $0.name, help: $0.description ?? $0.inet6.first?.address ?? "interface")
        }
    }
}
