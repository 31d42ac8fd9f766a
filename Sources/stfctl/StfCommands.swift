// SPDX-License-Identifier: BSD-2-Clause
import Control
import Tool
import Words

/// What stfctl(8) can do that other tools cannot.
struct StfCommands: KindCommands {
    /// What the kernel was given besides the one address is not the daemon's.
    let hasManyAddresses = false
    let usage: [String] = []
    let verbs: [(text: String, help: String)] = []

    func run(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus? { nil }

    func details(
        of interface: String?, in reply: ListReply, counters: Bool, by client: () throws(ControlError) -> ControlClient
    ) throws(ControlError) -> any KindDetails {
        StfDetails()
    }

    func candidates(after words: [String], interfaces: () -> [Candidate]) -> [Candidate]? { nil }
}
