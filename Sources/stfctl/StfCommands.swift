// SPDX-License-Identifier: BSD-2-Clause
import Control
import Tool
import Words

/// What stfctl(8) can do that other tools cannot.
struct StfCommands: KindCommands {
    /// What the kernel was given besides the one address is not the daemon's.
    let hasManyAddresses = false
    let usage = [
        "[-j] [-s socket] explain interface in|out packet",
        "[-j] [-s socket] map [interface | inet6 address/length [stfv4net address/length]] address",
    ]
    let verbs: [(text: String, help: String)] = [("map", "the prefix that stands for an IPv4 address, or the reverse")]

    func run(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus? {
        guard options.words.first == "map" else { return nil }
        return try MapCommand(options.words.dropFirst()).run(options, of: tool)
    }

    func details(
        of interface: String?, in reply: ListReply, counters: Bool, by client: () throws(ControlError) -> ControlClient
    ) throws(ControlError) -> any KindDetails {
        StfDetails()
    }

    func answer(_ question: Question, _ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus {
        let command: ExplainCommand
        do throws(WordError) {
            command = try ExplainCommand(question.interface, parsing: question.words)
        } catch {
            throw .word(error)
        }
        return try command.run(options, of: tool)
    }

    func candidates(after words: [String], interfaces: () -> [Candidate]) -> [Candidate]? {
        if words.first == "map" { return MapCommand.candidates(after: words.dropFirst(), interfaces: interfaces) }
        guard words.prefix(2).contains("explain") else { return nil }
        return words.count == 1 ? interfaces() : ExplainCommand.candidates(after: words.dropFirst(2))
    }
}
