// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO
import Words

/// What could stand where the cursor is, for the shells. Words come from the grammar's table, interface names from the
/// daemon; without a daemon there are just none.
struct Completion {
    let tool: InterfaceTool

    private static let options: [(letter: Character, help: String)] = [
        ("a", "all interfaces"), ("C", "kinds that can be created"), ("c", "commands that recreate the state"),
        ("f", "run the commands of a file, all or none"), ("h", "usage"), ("i", "what is so already is no error"),
        ("j", "JSON"), ("L", "lifetimes of addresses"), ("l", "names only"), ("m", "what happens, as it happens"),
        ("s", "the daemon's socket"), ("t", "with -m: the time of each"),
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
        guard let options = try? Options(parsing: words, known: InterfaceTool.knownOptions) else {
            // Perhaps all that is wrong is that an argument is missing, and those of options are files.
            return (try? Options(parsing: words + ["x"], known: InterfaceTool.knownOptions)) == nil ? [] : [.file]
        }
        guard let first = options.words.first else {
            if typed.hasPrefix("-") {
                return Completion.options.map { Candidate(text: "-\($0.letter)", help: $0.help) }
            }
            let own = tool.commands.verbs.map { Candidate(text: $0.text, help: $0.help) }
            return tool.vocabulary().verbs + own + interfaces(options)
        }
        if let own = tool.commands.candidates(after: options.words, interfaces: { interfaces(options) }) { return own }
        if options.words.count == 1, first == Word.create.text {
            return tool.kinds.map { Candidate(text: $0.rawValue, help: "the lowest free unit") }
        }
        if options.words.count == 1, tool.vocabulary().verbs.contains(where: { $0.text == first }) {
            return interfaces(options)
        }
        return tool.vocabulary(for: options.words).candidates(after: options.words)
    }

    /// The shell waits for this, so not for long.
    private func interfaces(_ options: Options) -> [Candidate] {
        guard let client = try? ControlClient(path: InterfaceTool.socket(options), timeout: .seconds(1)),
            let reply = try? client.list(nil)
        else { return [] }
        return reply.interfaces.filter(tool.isOwn).map {
            Candidate(text: $0.name, help: $0.description ?? $0.inet6.first?.address ?? "interface")
        }
    }
}
