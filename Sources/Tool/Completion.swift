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
        ("s", "the daemon's socket"),
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
            return Word.all(of: tool.kind).filter(\.isVerb).map(candidate) + own + interfaces(options)
        }
        if let own = tool.commands.candidates(after: options.words, interfaces: { interfaces(options) }) { return own }
        if options.words.count == 1, first == Word.create.rawValue {
            return [Candidate(text: tool.kind.rawValue, help: "the lowest free unit")]
        }
        if options.words.count == 1, Word.all(of: tool.kind).contains(where: { $0.isVerb && $0.rawValue == first }) {
            return interfaces(options)
        }
        if first == Word.explain.rawValue || options.words.dropFirst().first == Word.explain.rawValue {
            return packet(after: options.words.dropFirst(2))
        }
        return parameters(after: options.words)
    }

    /// The words that may follow: not where one wants an argument, those about an address only after `inet6`, and with
    /// `destroy` and `check` none.
    private func parameters(after words: [String]) -> [Candidate] {
        let given = words.map { text in
            Word.named(text, for: tool.kind).flatMap { $0.isNegated ? nil : $0.word }
        }
        if given.contains(.destroy) || given.contains(.check) || wantsArgument(words) { return [] }
        // What is said about a relay may be said again about the next one.
        let relay = words.lastIndex(of: Word.relay.rawValue).map { words[$0...] } ?? []
        let candidates = Word.all(of: tool.kind)
            .filter { !$0.isAboutAddress || given.contains(.inet6) }
            .filter { !$0.isAboutRelay || given.contains(.relay) }
            .filter { words.count == 1 || ($0 != .destroy && $0 != .check && $0 != .explain) }
            .flatMap { word in
                let plain = candidate(word)
                let negated = Candidate(text: "-\(word.rawValue)", help: "not: \(word.help(for: tool.kind))")
                let all = word.isNegatable ? [plain, negated] : [plain]
                // Of prefixes, relays and rules there may be many.
                if word.namesWhatItUndoes { return all }
                return all.filter { !(word.isAboutRelay ? relay : words[...]).contains($0.text) }
            }
        return hasRule(words.suffix(3))
            ? [Candidate(text: "from", help: "the address to connect from")] + candidates : candidates
    }

    /// Whether what comes next is for the user to say.
    private func wantsArgument(_ words: [String]) -> Bool {
        if hasRule(words.suffix(2)) || hasRule(words.suffix(4)) && words.last == "from" { return true }
        guard let (word, isNegated) = words.last.flatMap({ Word.named($0, for: tool.kind) }) else { return false }
        return word.argument != nil && word != .inet6 && (!isNegated || word.namesWhatItUndoes)
    }

    /// Whether the first of these is `permit` or `deny`, which clients and servers follow.
    private func hasRule(_ words: ArraySlice<String>) -> Bool {
        guard let word = words.first.flatMap({ Word.named($0, for: tool.kind) })?.word else { return false }
        return word == .permit || word == .deny
    }

    /// What follows `explain stf0`.
    private func packet(after words: ArraySlice<String>) -> [Candidate] {
        switch words.last {
        case nil: [Candidate(text: "in", help: "from the IPv4 side"), Candidate(text: "out", help: "to the IPv4 side")]
        case "in" where words.count == 1: [Candidate(text: "on", help: "the interface that it comes by"), .file]
        case "on" where words.count == 2: []
        default: [.file]
        }
    }

    private func candidate(_ word: Word) -> Candidate {
        Candidate(text: word.rawValue, help: word.help(for: tool.kind))
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
