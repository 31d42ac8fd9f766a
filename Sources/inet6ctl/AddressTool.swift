// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import SystemIO
import Tool
import Words

/// `inet6ctl addr`: the inet6 addresses and options of every interface, in the manner of ifconfig(8).
struct AddressTool: Sendable {
    static let verb = "addr"
    static let knownOptions = "ahijLls:v"

    static let usage = """
        usage: inet6ctl addr [-jLl] [-s socket] [-a | interface [inet6]]
               inet6ctl addr [-ijv] [-s socket] interface inet6 parameter ...
        parameters: \(parameters)

        """

    private static var parameters: String {
        let words = Vocabulary.inet6.listed.filter { $0.place != .family }.map(\.usage)
        return list(["address[/length]"] + words, separator: ", ")
    }

    /// The command line without the verb.
    let arguments: [String]

    /// Nil if the command line is not for this tool. Options may come before the verb or follow it.
    init?(_ arguments: [String]) {
        guard let options = try? Options(parsing: arguments, known: AddressTool.knownOptions),
            options.words.first == AddressTool.verb
        else { return nil }
        self.arguments = arguments.dropLast(options.words.count) + options.words.dropFirst()
    }

    /// Runs the command line and ends the process.
    func main() -> Never {
        let status: ExitStatus
        do throws(ToolError) {
            try run()
            status = .success
        } catch {
            write("inet6ctl: \(hint(error) ?? error.line)\n", to: .error)
            if case .usage = error { write(AddressTool.usage, to: .error) }
            status = error.status
        }
        status.exit()
    }

    /// Users of ip(8) type `addr show`.
    private func hint(_ error: ToolError) -> String? {
        guard let options = try? Options(parsing: arguments, known: AddressTool.knownOptions),
            let first = options.words.first, error.isAbout(first)
        else { return nil }
        let verbs = ["inet6"]
        return ForeignVerb.hint(first, verbs: verbs, tool: "inet6ctl addr", interface: "eth0")
            .map { "\(first): unknown word; \($0)" }
    }

    private func run() throws(ToolError) {
        let options: Options
        do throws(UsageError) {
            options = try Options(parsing: arguments, known: AddressTool.knownOptions, long: ForeignVerb.long)
        } catch {
            throw .usage(error.reason)
        }
        if options.has("h") || options.words == ["help"] { return write(AddressTool.usage, to: .output) }
        if options.has("a"), let word = options.words.first { throw .usage("\(word): not with -a") }
        let command: AddressCommand
        do throws(WordError) {
            command = try AddressCommand(parsing: options.words)
        } catch {
            throw .word(error)
        }
        let text: String
        do throws(ControlError) {
            text = try perform(command, options, try ControlClient(path: InterfaceTool.socket(options)))
        } catch {
            throw .control(error)
        }
        write(text, to: .output)
    }

    private func perform(
        _ command: AddressCommand, _ options: Options, _ client: ControlClient
    ) throws(ControlError) -> String {
        switch command {
        case .list: return try text(of: try client.inet6(nil), options, [])
        case .show(let interface): return try text(of: try client.inet6(interface), options, [])
        case .showAddresses(let interface):
            return try text(of: try client.inet6(interface), options, .addressesOnly)
        case .change(let change):
            let reply = try client.apply([change], idempotent: options.has("i"))
            if options.has("j") { return try json(reply) }
            guard options.has("v") else { return "" }
            return reply.results.reduce("") { $0 + "\($1.interface): \($1.changed ? "changed" : "unchanged")\n" }
        }
    }

    private func text(
        of reply: Inet6ListReply, _ options: Options, _ detail: InterfaceDetail
    ) throws(ControlError) -> String {
        if options.has("j") { return try json(reply) }
        if options.has("l") { return list(reply.interfaces.map(\.name), separator: " ") + "\n" }
        let detail = options.has("L") ? detail.union(.lifetimes) : detail
        return reply.interfaces.reduce("") { $0 + $1.text(detail) }
    }
}
