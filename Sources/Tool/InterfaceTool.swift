// SPDX-License-Identifier: BSD-2-Clause
public import Control
import SystemIO
import Words

/// A tool for the interfaces of one kind, or of two that belong together: `stfctl` is
/// `InterfaceTool(name: "stfctl", kind: .stf)`.
public struct InterfaceTool: Sendable {
    public let name: String
    /// Of what is not said otherwise.
    public let kind: InterfaceKind
    let kinds: [InterfaceKind]
    let commands: any KindCommands

    public init(name: String, kind: InterfaceKind, and others: [InterfaceKind] = [], commands: any KindCommands) {
        self.name = name
        self.kind = kind
        kinds = [kind] + others
        self.commands = commands
    }

    /// The words of the kind that some words are about: of the interface that comes first, or behind a verb.
    func vocabulary(for words: [String] = []) -> Vocabulary { Vocabulary(kind(of: words)) }

    func kind(of words: [String]) -> InterfaceKind {
        for word in words.prefix(2) {
            if let kind = kinds.first(where: { word.isName(of: $0) }) { return kind }
        }
        return kind
    }

    static let knownOptions = "aCcf:hijLlms:tVv"

    /// `-s`, else INET6D_SOCKET, else where the daemon listens by default.
    public static func socket(_ options: Options) -> String {
        options.value("s") ?? environment("INET6D_SOCKET") ?? ControlClient.defaultPath
    }

    /// Runs one command line and ends the process.
    public func main(_ arguments: [String]) -> Never {
        let status: ExitStatus
        do throws(ToolError) {
            status = try run(arguments)
        } catch {
            write("\(name): \(error.line)\n", to: .error)
            if case .usage = error { write(usage, to: .error) }
            status = error.status
        }
        status.exit()
    }

    private func run(_ arguments: [String]) throws(ToolError) -> ExitStatus {
        if arguments.first == "--complete" {
            let candidates = Completion(tool: self).candidates(for: Array(arguments.dropFirst()))
            write(candidates.map { "\($0.text)\t\($0.help)\n" }.joined(), to: .output)
            return .success
        }
        let options: Options
        do throws(UsageError) {
            options = try Options(parsing: arguments, known: InterfaceTool.knownOptions, long: ForeignVerb.long)
        } catch {
            throw .usage(error.reason)
        }
        if options.has("t"), !options.has("m") { throw .usage("-t: only with -m") }
        if options.has("h") || options.words == ["help"] {
            write(usage, to: .output)
        } else if options.has("V") {
            write("\(name) \(Hydrangea.version)\n", to: .output)
        } else if let status = try commands.run(options, of: self) {
            return status
        } else if let file = options.value("f") {
            try apply(try CommandLines(of: file, kind(of:)), options)
        } else if options.has("C") {
            try show(options) { client throws(ControlError) in
                list(try client.cloners().kinds.map(\.rawValue), separator: " ") + "\n"
            }
        } else if options.has("m") {
            try monitor(options)
        } else if options.words.isEmpty || options.has("a") {
            guard options.words.isEmpty else { throw .usage("\(options.words[0]): not with -a") }
            try showInterfaces(nil, options, [])
        } else {
            return try perform(options)
        }
        return .success
    }

    /// The words of the command line; of a first one that is neither a verb nor an interface, what was meant.
    private func perform(_ options: Options) throws(ToolError) -> ExitStatus {
        do throws(ToolError) {
            return try obey(options)
        } catch {
            guard let first = options.words.first, error.isAbout(first), let hint = hint(first) else { throw error }
            throw .word(WordError(object: first, reason: "unknown word; \(hint)"))
        }
    }

    private func hint(_ first: String) -> String? {
        let verbs = vocabulary().verbs.map(\.text) + commands.verbs.map(\.text)
        guard !verbs.contains(first), !isNamedAsOwn(first) else { return nil }
        return ForeignVerb.hint(first, verbs: verbs, tool: name, interface: "\(kind.rawValue)0")
    }

    private func obey(_ options: Options) throws(ToolError) -> ExitStatus {
        switch try command(options.words) {
        case .show(let interface): try showInterfaces(interface, options, [])
        case .showAddresses(let interface): try showInterfaces(interface, options, .addressesOnly)
        case .change(let change): try apply([change], options)
        case .check(let interface): return try check(interface, options)
        case .question(let question): return try commands.answer(question, options, of: self)
        }
        return .success
    }

    private func command(_ words: [String]) throws(ToolError) -> InterfaceCommand {
        do throws(WordError) {
            return try InterfaceCommand(parsing: words, for: kind(of: words))
        } catch {
            throw .word(error)
        }
    }

    /// All of them or none, which is refused with the line.
    private func apply(_ lines: CommandLines, _ options: Options) throws(ToolError) {
        do throws(ToolError) {
            try apply(lines.changes, options)
        } catch .control(.refused(let refusal)) {
            guard let place = lines.place(of: refusal) else { throw .control(.refused(refusal)) }
            throw .refused(at: place, refusal)
        } catch {
            throw error
        }
    }

    // MARK: the daemon

    private func showInterfaces(_ interface: String?, _ options: Options, _ detail: InterfaceDetail) throws(ToolError) {
        try show(options) { client throws(ControlError) in
            var reply = try client.list(interface, counters: options.has("v") || options.has("j"))
            if let other = reply.interfaces.first(where: { !isOwn($0) }), interface != nil {
                throw .refused(.foreign(other.name, other.kindName, other.kind?.tool))
            }
            reply.interfaces.removeAll { !isOwn($0) }
            if options.has("l") { return list(reply.interfaces.map(\.name), separator: " ") + "\n" }
            let hasCounters = options.has("v") || options.has("j")
            let details = try commands.details(of: interface, in: reply, counters: hasCounters) { client }
            if options.has("j") {
                if !options.has("v") { reply.removeZeros() }
                return try json(details.document(reply, zeros: options.has("v")))
            }
            if options.has("c") { return reply.interfaces.reduce("") { $0 + recreation(of: $1, details) } }
            var detail = detail
            if options.has("L") { detail.insert(.lifetimes) }
            if options.has("v") { detail.insert(.counters) }
            return reply.interfaces.reduce("") { text, interface in
                text
                    + interface.text(
                        detail, settings: details.settings(of: interface),
                        details.lines(of: interface, counters: options.has("v")))
            }
        }
    }

    /// The lines that make an interface like this one.
    func recreation(of interface: InterfaceStatus, _ details: any KindDetails) -> String {
        var change = interface.recreation
        details.complete(&change, of: interface)
        let further = commands.hasManyAddresses ? interface.furtherAddresses : []
        let vocabulary = Vocabulary(interface.kind ?? kind)
        return ([change] + further).reduce("") { $0 + vocabulary.line(of: $1) + "\n" }
    }

    /// Runs until it is interrupted or the daemon goes away.
    private func monitor(_ options: Options) throws(ToolError) -> Never {
        do throws(ControlError) {
            // An event may be days away.
            let client = try ControlClient(path: InterfaceTool.socket(options), timeout: .zero)
            try client.monitor { event in
                if let interface = event.interface, !isOwn(interface) { return }
                write(text(of: event, options), to: .output)
            }
        } catch {
            throw .control(error)
        }
    }

    private func text(of event: MonitorReply, _ options: Options) -> String {
        let stamp = TimeStamp(isWanted: options.has("t"))
        return options.has("j") ? (try? stamp.json(event)) ?? "" : stamp.text(lines(of: event, options))
    }

    private func lines(of event: MonitorReply, _ options: Options) -> String {
        guard let interface = event.interface else { return event.name.map { "\($0): removed\n" } ?? "" }
        // Whoever monitors does nothing else, so another client asks. There is no more to show if the interface is gone.
        let reply = ListReply(interfaces: [interface])
        do throws(ControlError) {
            let details = try commands.details(of: interface.name, in: reply, counters: false) {
                () throws(ControlError) in try ControlClient(path: InterfaceTool.socket(options))
            }
            return interface.text(
                [], settings: details.settings(of: interface), details.lines(of: interface, counters: false))
        } catch {
            return interface.text([], settings: [], [])
        }
    }

    /// A problem is refused packets, so the status is that of a refusal.
    private func check(_ interface: String, _ options: Options) throws(ToolError) -> ExitStatus {
        var status = ExitStatus.success
        try show(options) { client throws(ControlError) in
            try refuseForeign(interface, client)
            let reply = try client.check(interface)
            if reply.findings.contains(where: { $0.severity == .problem }) { status = .refused }
            if options.has("j") { return try json(reply) }
            if reply.findings.isEmpty { return "\(interface): nothing is wrong\n" }
            return reply.findings.reduce("") { $0 + "\(interface): \($1.severity.rawValue): \($1.text)\n" }
        }
        return status
    }

    public func apply(_ changes: [Change], _ options: Options) throws(ToolError) {
        guard !changes.isEmpty else { return }
        var changes = changes
        for place in changes.indices { try commands.prepare(&changes[place]) }
        try show(options) { client throws(ControlError) in
            for name in Set(changes.map(\.interface)) { try refuseForeign(name, client) }
            let reply = try client.apply(changes, idempotent: options.has("i"))
            if options.has("j") { return try json(reply) }
            var text = ""
            for (change, result) in zip(changes, reply.results) {
                // `create stf` says which one it is, as ifconfig(8) does.
                if change.create == true, change.interface != result.interface { text += "\(result.interface)\n" }
                if options.has("v") { text += "\(result.interface): \(result.changed ? "changed" : "unchanged")\n" }
            }
            return text
        }
    }

    /// Prints what `body` makes of the daemon's answers.
    public func show(
        _ options: Options, _ body: (ControlClient) throws(ControlError) -> String
    ) throws(ToolError) {
        let text: String
        do throws(ControlError) {
            text = try body(try ControlClient(path: InterfaceTool.socket(options)))
        } catch {
            throw .control(error)
        }
        write(text, to: .output)
    }
}

extension ListReply {
    /// The reasons that no packet died of: most of all there are, of each interface.
    fileprivate mutating func removeZeros() {
        for place in interfaces.indices {
            interfaces[place].counters?.drops.removeAll { $0.packets == 0 }
            interfaces[place].counters?.left?.removeAll { $0.packets == 0 }
        }
    }
}
