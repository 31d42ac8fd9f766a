// SPDX-License-Identifier: BSD-2-Clause
import Control
import PuppetControl
import Tool
import Words

/// What puppetctl(8) can do that stfctl(8) cannot.
struct PuppetCommands: KindCommands {
    let hasManyAddresses = true
    let usage: [String] = []
    let verbs: [(text: String, help: String)] = []

    func run(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus? { nil }

    func details(
        of interface: String?, in reply: ListReply, counters: Bool, by client: () throws(ControlError) -> ControlClient
    ) throws(ControlError) -> any KindDetails {
        PuppetDetails(interfaces: try client().puppet(interface).interfaces)
    }

    func candidates(after words: [String], interfaces: () -> [Candidate]) -> [Candidate]? { nil }
}
