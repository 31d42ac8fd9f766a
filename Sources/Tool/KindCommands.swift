// SPDX-License-Identifier: BSD-2-Clause
public import Control
public import Words

/// What a tool can do that is not common to all kinds of interfaces.
public protocol KindCommands: Sendable {
    /// Whether all addresses of an interface are the daemon's to bring back, or one at most.
    var hasManyAddresses: Bool { get }
    /// Forms of the command line, without the tool's name: `"[-j] sessions [interface]"`.
    var usage: [String] { get }
    /// What may stand in the place of an interface.
    var verbs: [(text: String, help: String)] { get }

    /// Runs a command line that is not of the common ones; nil: it is one of those.
    func run(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus?
    /// Adds what a change needs besides its words.
    func prepare(_ change: inout Change) throws(ToolError)
    /// Answers a question of this kind.
    func answer(_ question: Question, _ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus

    /// What there is to show of one interface, or of all, besides.
    /// - Parameters:
    ///   - reply: what all tools show; perhaps there is no more to ask for.
    ///   - client: who may be asked for more.
    func details(
        of interface: String?, in reply: ListReply, counters: Bool, by client: () throws(ControlError) -> ControlClient
    ) throws(ControlError) -> any KindDetails

    /// What could follow these words; nil: what commonly does.
    func candidates(after words: [String], interfaces: () -> [Candidate]) -> [Candidate]?
}

extension KindCommands {
    public func prepare(_ change: inout Change) throws(ToolError) {}

    /// A kind without questions.
    public func answer(
        _ question: Question, _ options: Options, of tool: InterfaceTool
    ) throws(ToolError) -> ExitStatus {
        throw .usage("\(question.verb): unknown word")
    }
}

/// What there is to show of the interfaces of one kind besides.
public protocol KindDetails {
    /// Lines of ifconfig(8) that only this kind has, which come before those about groups.
    func settings(of interface: InterfaceStatus) -> [String]
    /// Lines behind those of ifconfig(8), with `-v` those of counters too.
    func lines(of interface: InterfaceStatus, counters: Bool) -> [String]
    /// Adds what makes an interface like this one.
    func complete(_ change: inout Change, of interface: InterfaceStatus)
    /// The document of `-j`.
    /// - Parameter zeros: also of what there were none.
    func document(_ reply: ListReply, zeros: Bool) -> any Encodable
}
