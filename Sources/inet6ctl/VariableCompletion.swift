// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Tool
import Words

/// What could stand where the cursor is: options, files, and names asked of the daemon.
enum VariableCompletion {
    private static let options: [(word: String, help: String)] = [
        ("-A", "all variables, opaque ones too"), ("-a", "all variables"), ("-B", "taken, without effect"),
        ("-b", "raw values"), ("-c", "assignments that recreate the state"), ("-d", "descriptions"),
        ("-e", "name=value"), ("-f", "read a file, make all of its assignments or none"),
        ("-h", "digits in groups"), ("-i", "what is unknown is no error"), ("-j", "JSON"),
        ("-m", "what changes, as it changes"), ("-N", "names only"), ("-n", "values only"),
        ("-o", "opaque variables too"), ("-P", "names that fit a pattern"), ("-q", "do not mention what is unknown"),
        ("-s", "the daemon's socket"), ("-T", "only what the loader of BSD can set"),
        ("-t", "types; with -m: the time of each"),
        ("-V", "version"), ("-W", "only what can be set"), ("-w", "taken, without effect"),
        ("-X", "all variables in hexadecimal"), ("-x", "hexadecimal"), ("--check", "say what would be set"),
        ("--help", "usage"), ("--version", "version"),
    ]

    /// - Parameter words: the command line after the tool's name; the last one is being typed.
    static func candidates(for words: [String]) -> [Candidate] {
        if let addresses = AddressTool.candidates(for: words) { return addresses }
        let before = Array(words.dropLast())
        let typed = words.last ?? ""
        guard let options = parsed(before) else {
            // Perhaps all that is wrong is that an argument is missing.
            guard let complete = parsed(before + ["x"]) else { return [] }
            if complete.values("P").last == "x" { return names(complete, typed) }
            return complete.values("B").last == "x" ? [] : [.file]
        }
        if options.words.isEmpty, typed.hasPrefix("-"), before.last != "--" {
            return VariableCompletion.options.filter { $0.word.hasPrefix(typed) }
                .map { Candidate(text: $0.word, help: $0.help) }
        }
        // Not after an option that it does not have.
        let isVerb = options.words.isEmpty && AddressTool(before + [AddressTool.verb]) != nil
        return [AddressTool.candidate].filter { isVerb && $0.text.hasPrefix(typed) } + names(options, typed)
    }

    private static func parsed(_ words: [String]) -> Options? {
        try? Options(parsing: words, known: VariableOptions.known, long: VariableOptions.long)
    }

    /// The shell waits for this, so not for long.
    private static func names(_ options: Options, _ typed: String) -> [Candidate] {
        guard let client = try? ControlClient(path: InterfaceTool.socket(options), timeout: .seconds(1)),
            let reply = try? client.read(nil)
        else { return [] }
        return reply.variables.filter { $0.name.hasPrefix(typed) }
            .map { Candidate(text: $0.name, help: $0.description) }
    }
}
