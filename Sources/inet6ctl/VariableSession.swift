// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import SystemIO
import Tool
import Words

/// The calls for one command line: what is read and set, what is printed, and how much of it failed.
struct VariableSession {
    let options: VariableOptions
    let client: ControlClient
    var failures: Int32 = 0
    /// What `-j` prints at the end.
    var document = VariableDocument()

    init(_ options: VariableOptions, _ client: ControlClient) {
        self.options = options
        self.client = client
    }

    /// - Parameter file: what is in the file of `-f`.
    /// - Returns: how many arguments and lines failed.
    mutating func run(_ file: [VariableWords]) throws(ControlError) -> Int32 {
        if !file.isEmpty { try perform(file) }
        if options.isAll || options.isDump, options.arguments.isEmpty, options.patterns.isEmpty {
            show(try client.read(nil))
        }
        for pattern in options.patterns { try match(pattern) }
        try perform(options.arguments[...])
        if options.isJSON { write(try json(document), to: .output) }
        return failures
    }

    /// Arguments in their order, `name` or `name=value`. What is set side by side is set together, so that it may be said
    /// in any order.
    private mutating func perform(_ arguments: ArraySlice<VariableWords>) throws(ControlError) {
        var rest = arguments
        while let words = rest.first {
            guard options.sets(words) else {
                rest.removeFirst()
                if let reply = try lookUp(words) { show(reply) }
                continue
            }
            let settings = rest.prefix { options.sets($0) }
            rest = rest.dropFirst(settings.count)
            try set(each: settings)
        }
    }

    /// As sysctl(8) has it, what is refused keeps no other from being set.
    private mutating func set(each arguments: ArraySlice<VariableWords>) throws(ControlError) {
        var settings: [VariableSetting] = []
        for words in arguments {
            guard let reply = try lookUp(words) else { continue }
            do throws(VariableComplaint) {
                settings.append(try VariableSetting(words, of: reply.variables.first { $0.name == words.name }))
            } catch {
                report(error)
            }
        }
        let isTogether = (2...WriteParameters.assignmentLimit).contains(settings.count)
        if isTogether, case .made(let changes) = try outcome(of: settings) { return show(changes, of: settings) }
        for (setting, outcome) in zip(settings, try outcomes(ofEach: settings)) {
            switch outcome {
            case .made(let changes): show(changes, of: [setting])
            case .refused(let refusal): report(refusal, of: [setting])
            }
        }
    }

    /// Sets them one by one, again and again those that may have waited for another.
    private func outcomes(ofEach settings: [VariableSetting]) throws(ControlError) -> [VariableOutcome] {
        var outcomes: [VariableOutcome] = []
        for setting in settings { outcomes.append(try outcome(of: [setting])) }
        var isNews = settings.count > 1
        while isNews {
            isNews = false
            for (place, setting) in settings.enumerated() {
                // Of several values for one variable the last counts.
                let isLast = settings[(place + 1)...].allSatisfy { $0.assignment.name != setting.assignment.name }
                guard isLast, case .refused = outcomes[place] else { continue }
                outcomes[place] = try outcome(of: [setting])
                if case .made = outcomes[place] { isNews = true }
            }
        }
        return outcomes
    }

    /// Nil, and that is reported, if there is no such variable or node.
    mutating func lookUp(_ words: VariableWords) throws(ControlError) -> ReadReply? {
        do throws(ControlError) {
            return try client.read(words.name.isEmpty && words.spelling == "/" ? nil : words.name)
        } catch .refused(let refusal) where refusal.errno == .ENOENT {
            if options.sets(words), try canBeSet(words) { return ReadReply(variables: [.unread(words.name)]) }
            // Of another system's variable the daemon knows more.
            var note = ""
            if let detail = refusal.detail {
                note = " (\(detail))"
            } else if !options.ignoresUnknown {
                note = try meant(by: words)
            }
            reportUnknown("unknown oid '\(words.spelling)'\(words.place)\(note)")
            return nil
        } catch {
            throw error
        }
    }

    /// The name that was meant: `; is it net.link.stf.ttl?`
    private func meant(by words: VariableWords) throws(ControlError) -> String {
        if words.line == nil, words.value == nil, let hint = VariableSession.hint(words.name) { return "; \(hint)" }
        let names = try client.read(nil).variables.map(\.name) + [AddressTool.verb]
        return nearest(to: words.name, among: names).map { "; is it \($0)?" } ?? ""
    }

    /// Words of sysctl-like tools that have verbs.
    private static func hint(_ word: String) -> String? {
        switch word {
        case "show", "list", "ls", "get", "dump", "print", "all": "inet6ctl -a shows all, and inet6ctl name one"
        case "set", "write": "inet6ctl name=value sets a variable"
        default: nil
        }
    }

    /// What cannot be read may be set all the same: a variable of an interface to come.
    private func canBeSet(_ words: VariableWords) throws(ControlError) -> Bool {
        do throws(ControlError) {
            _ = try client.write([Assignment(words.name, words.value ?? "")], check: true)
            return true
        } catch .refused(let refusal) {
            return refusal.errno != .ENOENT && refusal.errno != .EPERM
        } catch {
            throw error
        }
    }

    /// Variables of single interfaces are none of all, so what is asked for is the node that the pattern names.
    private mutating func match(_ pattern: String) throws(ControlError) {
        var reply = ReadReply(variables: [])
        do throws(ControlError) {
            reply.variables = try client.read(node(above: pattern)).variables.filter { matches($0.name, pattern) }
        } catch .refused(let refusal) where refusal.errno == .ENOENT {
            // There is nothing below it.
        } catch {
            throw error
        }
        guard !reply.variables.isEmpty else { return reportUnknown("no oid matches '\(pattern)'") }
        show(reply)
    }

    // MARK: output

    mutating func show(_ reply: ReadReply) {
        if options.isJSON {
            document.add(reply.variables.filter(options.format.shows))
        } else if options.isDump {
            write(VariableSession.dump(of: reply), to: .output)
        } else {
            write(options.format.lines(of: reply), to: .output)
        }
    }

    /// The lines that set all that can be set to what it is now.
    static func dump(of reply: ReadReply) -> String {
        reply.variables.filter { $0.writable && $0.type != .opaque }.reduce("") { text, variable in
            VariableWords.line(setting: variable.name, to: variable.value).map { "\(text)\($0)\n" } ?? text
        }
    }

    mutating func report(_ complaint: VariableComplaint) {
        failures += 1
        VariableTool.complain(complaint.line)
    }

    mutating func reportUnknown(_ line: String) {
        if options.ignoresUnknown { return }
        failures += 1
        if !options.isQuiet { VariableTool.complain(line) }
    }
}

/// What `-j` prints: what was read, what was set, or both.
struct VariableDocument: Encodable {
    private(set) var variables: [VariableStatus]?
    private(set) var changes: [VariableChange]?

    mutating func add(_ read: [VariableStatus]) {
        variables = (variables ?? []) + read
    }

    mutating func add(_ made: [VariableChange]) {
        changes = (changes ?? []) + made
    }
}

extension VariableWords {
    /// ` at line 7`, or nothing for an argument.
    var place: String { line.map { " at line \($0)" } ?? "" }
}

extension VariableStatus {
    /// A variable of which only the name is known.
    fileprivate static func unread(_ name: String) -> VariableStatus {
        var variable = VariableStatus(
            name: name, oid: [], type: .string, value: "", description: "", place: "", source: "")
        variable.writable = true
        return variable
    }
}
