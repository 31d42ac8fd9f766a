// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Tool
import Words

extension AddressTool {
    private static let options: [(letter: Character, help: String)] = [
        ("a", "all interfaces"), ("h", "usage"), ("i", "to delete an absent address is no error"), ("j", "JSON"),
        ("L", "lifetimes of addresses"), ("l", "names only"), ("s", "the daemon's socket"),
        ("v", "say whether something changed"),
    ]

    /// The verb itself.
    static let candidate = Candidate(text: verb, help: "the inet6 addresses of every interface")

    /// What could stand where the cursor is: words from the table, interfaces from the daemon.
    /// - Parameter words: the command line after `inet6ctl`; the last one is being typed. Nil: it is not about addresses.
    static func candidates(for words: [String]) -> [Candidate]? {
        guard let tool = AddressTool(words.dropLast()) else { return nil }
        let typed = words.last ?? ""
        return tool.all(before: tool.arguments, typed: typed).filter { $0 == .file || $0.text.hasPrefix(typed) }
    }

    private func all(before words: [String], typed: String) -> [Candidate] {
        guard let options = try? Options(parsing: words, known: AddressTool.knownOptions) else {
            return words.last == "-s" ? [.file] : []
        }
        guard let interface = options.words.first else {
            if typed.hasPrefix("-") {
                return AddressTool.options.map { Candidate(text: "-\($0.letter)", help: $0.help) }
            }
            return interfaces(options).map {
                Candidate(
                    text: $0.name, help: $0.description ?? $0.inet6.first?.address ?? "interface")
            }
        }
        let given = options.words.dropFirst()
        // Everything else comes behind this.
        guard given.first ?? Word.inet6.text == Word.inet6.text else { return [] }
        let words = Vocabulary.inet6.candidates(after: options.words)
        return given == [Word.inet6.text] ? words + addresses(of: interface, options) : words
    }

    /// The addresses that are there, to be changed or deleted.
    private func addresses(of interface: String, _ options: Options) -> [Candidate] {
        interfaces(options).first { $0.name == interface }?.inet6.map {
            Candidate(text: $0.address, help: "prefixlen \($0.prefixlen)")
        } ?? []
    }

    /// The shell waits for this, so not for long.
    private func interfaces(_ options: Options) -> [Inet6Status] {
        guard let client = try? ControlClient(path: InterfaceTool.socket(options), timeout: .seconds(1)),
            let reply = try? client.inet6(nil)
        else { return [] }
        return reply.interfaces
    }
}
