// SPDX-License-Identifier: BSD-2-Clause
import Words

/// What hands type that are used to other tools, and what it is called here.
package enum ForeignVerb {
    /// Options that are words everywhere.
    package static let long: [(word: String, letter: Character)] = [("--help", "h"), ("--version", "V")]

    /// - Parameters:
    ///   - verbs: those there are.
    ///   - tool: what comes before an interface: `stfctl`.
    ///   - interface: one that could be meant: `stf0`.
    package static func hint(
        _ word: String, verbs: [String], tool: String, interface: String
    ) -> String? {
        switch word {
        case "show", "list", "ls", "get", "status", "print", "info", "dump", "display":
            "\(tool) \(interface) shows one interface, and \(tool) all"
        case "set", "change", "configure", "config", "edit", "modify":
            "words follow the interface: \(tool) \(interface) ..."
        case "version": "\(tool) -V says it"
        default: verb(word, verbs).map { "is it \($0)?" }
        }
    }

    private static func verb(_ word: String, _ verbs: [String]) -> String? {
        let synonyms = [
            "add": "create", "new": "create", "make": "create", "del": "destroy", "delete": "destroy",
            "remove": "destroy",
            "rm": "destroy",
        ]
        if let verb = synonyms[word], verbs.contains(verb) { return verb }
        return nearest(to: word, among: verbs)
    }
}
