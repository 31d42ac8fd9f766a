// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import SystemIO
import Tool
import Words

/// What faithctl(8) can do that stfctl(8) cannot.
struct FaithCommands: KindCommands {
    let hasManyAddresses = true

    var usage: [String] {
        [
            "[-jv] [-s socket] sessions [interface] [filter ...]", "[-jt] [-s socket] -m sessions",
            "[-j] [-s socket] kill interface number ... | filter ... | all",
            "[-ijv] [-s socket] -f faithd.conf [interface]",
            "[-j] map prefix/length address",
        ]
    }

    var verbs: [(text: String, help: String)] {
        [
            ("sessions", "who is connected with whom"), ("kill", "break off sessions"),
            ("map", "the IPv6 address that stands for an IPv4 address, or the reverse"),
        ]
    }

    func run(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus? {
        let words = options.words
        if let file = options.value("f") { return try apply(file, options, tool) }
        if options.has("m"), words == ["sessions"] { try SessionMonitor(options, tool).run() }
        switch words.first {
        case "sessions": return try SessionCommand(words.dropFirst()).list(options, tool)
        case "kill": return try SessionCommand(words.dropFirst()).kill(options, tool)
        case "map": return try MapCommand(words.dropFirst()).run(options, tool)
        default: return nil
        }
    }

    /// A file of commands is what it is for every tool; one of faithd.conf(5)'s lines replaces the rules of an interface.
    private func apply(_ file: String, _ options: Options, _ tool: InterfaceTool) throws(ToolError) -> ExitStatus? {
        let rules: [String]
        switch try AccessListFile(file) {
        case .rules(let lines): rules = lines
        case .commands:
            if let word = options.words.first { throw .usage("\(word): \(file) holds commands, which name interfaces") }
            return nil
        case .nothing:
            guard options.words.isEmpty else {
                throw .line("\(file): holds no rule; without any, every client may reach every public server")
            }
            return nil
        }
        guard options.words.count <= 1 else { throw .usage("\(options.words[1]): one interface at a time") }
        let interface: String
        if let named = options.words.first {
            interface = named
        } else {
            interface = try onlyInterface(for: file, options)
        }
        var change = Change(interface: interface)
        change.faith = FaithChange()
        change.faith?.access = rules
        try tool.apply([change], options)
        return .success
    }

    private func onlyInterface(for file: String, _ options: Options) throws(ToolError) -> String {
        let names: [String]
        do throws(ControlError) {
            let client = try ControlClient(path: InterfaceTool.socket(options))
            names = try client.faith(nil).interfaces.map(\.interface)
        } catch {
            throw .control(error)
        }
        guard let name = names.first, names.count == 1 else {
            throw .usage("\(file): for which interface? there are \(names.count)")
        }
        return name
    }

    func details(
        of interface: String?, in reply: ListReply, counters: Bool, by client: () throws(ControlError) -> ControlClient
    ) throws(ControlError) -> any KindDetails {
        FaithDetails(interfaces: try client().faith(interface, counters: counters).interfaces)
    }

    func candidates(after words: [String], interfaces: () -> [Candidate]) -> [Candidate]? {
        switch words.first {
        case "sessions":
            SessionFilter.candidates(after: words.last) ?? (words.count == 1 ? interfaces() : [])
                + SessionFilter.candidates
        case "kill" where words.count == 1: interfaces()
        case "kill":
            SessionFilter.candidates(after: words.last)
                ?? SessionFilter.candidates + (words.count == 2 ? [Candidate(text: "all", help: "every session")] : [])
        case "map":
            words.count == 3 ? [Vocabulary(.faith).named(MapCommand.lastBits)?.word.candidate].compactMap(\.self) : []
        default: nil
        }
    }
}
