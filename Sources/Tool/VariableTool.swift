// SPDX-License-Identifier: BSD-2-Clause
import Control
import Glibc
import SystemIO

/// `inet6ctl`: the MIB of `inet6d` in the manner of sysctl(8). It knows the name of no variable.
public struct VariableTool: Sendable {
    static let name = "inet6ctl"
    static let knownOptions = "adehijNnqs:tVw"

    static let usage = """
        usage: inet6ctl [-deijNnqt] [-s socket] name[=value] ...
               inet6ctl [-dejNnqt] [-s socket] -a
               inet6ctl -h | -V

        """

    public init() {}

    /// Runs one command line and ends the process, with the number of arguments that failed.
    public func main(_ arguments: [String]) -> Never {
        if arguments.first == "--complete" {
            write(candidates(for: Array(arguments.dropFirst())), to: .output)
            exit(0)
        }
        do throws(UsageError) {
            let options = try Options(parsing: arguments, known: VariableTool.knownOptions)
            exit(min(try run(options), VariableTool.failureLimit))
        } catch {
            write("inet6ctl: \(error.reason)\n\(VariableTool.usage)", to: .error)
            ExitStatus.usage.exit()
        }
    }

    /// So that no count of failures looks like one of the statuses of sysexits(3).
    private static let failureLimit: Int32 = 63

    /// Returns how many arguments failed.
    private func run(_ options: Options) throws(UsageError) -> Int32 {
        if options.has("h") {
            write(VariableTool.usage, to: .output)
            return 0
        }
        if options.has("V") {
            write("inet6ctl \(Hydrangea.version)\n", to: .output)
            return 0
        }
        guard !(options.has("N") && options.has("n")) else { throw UsageError(reason: "-N and -n exclude each other") }
        guard !options.words.isEmpty || options.has("a") else { throw UsageError(reason: "a name is missing") }
        let client: ControlClient
        do throws(ControlError) {
            client = try ControlClient(path: InterfaceTool.socket(options))
        } catch {
            let failure = ToolError.control(error)
            write("inet6ctl: \(failure.line)\n", to: .error)
            failure.status.exit()
        }
        if options.words.isEmpty { return perform(nil, options, client) ? 0 : 1 }
        return options.words.reduce(0) { perform($1, options, client) ? $0 : $0 + 1 }
    }

    /// One argument, `name` or `name=value`; nil is everything. With `-d` or `-t` nothing is set. False: it failed.
    private func perform(_ argument: String?, _ options: Options, _ client: ControlClient) -> Bool {
        let parts = (argument ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        // NetBSD's separator is taken too: net/inet6/ip6.
        let name = argument == nil ? nil : String(parts[0].map { $0 == "/" ? "." : $0 })
        do throws(ControlError) {
            if let name, parts.count == 2, !options.has("d"), !options.has("t") {
                try set(name, String(parts[1]), options, client)
            } else {
                let reply = try client.read(name)
                write(try text(of: reply, options), to: .output)
            }
            return true
        } catch {
            return report(error, argument ?? "", name ?? "", options)
        }
    }

    private func set(
        _ name: String, _ value: String, _ options: Options, _ client: ControlClient
    ) throws(ControlError) {
        let value = value.drop { $0 == " " }
        guard !value.isEmpty else { throw .failed("empty numeric value") }
        let reply = try client.write([Assignment(name, String(value))])
        guard let made = reply.changes.first else { throw .badAnswer }
        let separator = options.has("e") ? "=" : ": "
        let change = "\(made.old) -> \(made.new)\n"
        write(options.has("n") ? change : options.has("N") ? "\(name)\n" : "\(name)\(separator)\(change)", to: .output)
    }

    private func text(of reply: ReadReply, _ options: Options) throws(ControlError) -> String {
        if options.has("j") {
            guard let bytes = try? VarlinkWire.encode(reply) else { throw .badAnswer }
            return String(decoding: bytes.dropLast(), as: UTF8.self) + "\n"
        }
        return reply.variables.reduce("") { $0 + line(of: $1, options) + "\n" }
    }

    private func line(of variable: VariableStatus, _ options: Options) -> String {
        if options.has("N") { return variable.name }
        var values: [String] = []
        if options.has("t") { values.append(variable.type.rawValue) }
        if options.has("d") { values.append(variable.description) }
        if values.isEmpty { values = [variable.value] }
        let value = list(values, separator: ": ")
        if options.has("n") { return value }
        return variable.name + (options.has("e") ? "=" : ": ") + value
    }

    /// sysctl(8)'s words. An unknown variable is no failure with `-i`, and goes unmentioned with `-q`.
    private func report(_ error: ControlError, _ argument: String, _ name: String, _ options: Options) -> Bool {
        switch error {
        case .refused(let refusal) where refusal.errno == .ENOENT:
            if options.has("i") { return true }
            if !options.has("q") { write("inet6ctl: unknown oid '\(name)'\n", to: .error) }
        case .refused(let refusal):
            let detail = refusal.detail.map { " (\($0))" } ?? ""
            write("inet6ctl: \(argument): \(refusal.errno.text)\(detail)\n", to: .error)
        case .failed(let reason):
            write("inet6ctl: \(argument): \(reason)\n", to: .error)
        case .unreachable, .noAnswer, .badAnswer:
            write("inet6ctl: \(ToolError.control(error).line)\n", to: .error)
        }
        return false
    }

    // MARK: completion

    /// The names of variables, asked of the daemon, as lines of a candidate, a tab and its help.
    private func candidates(for words: [String]) -> String {
        let typed = words.last ?? ""
        if words.dropLast().last == "-s" { return "<file>\t\n" }
        guard let options = try? Options(parsing: words.dropLast(), known: VariableTool.knownOptions),
            let client = try? ControlClient(path: InterfaceTool.socket(options), timeout: .seconds(1)),
            let reply = try? client.read(nil)
        else { return "" }
        return reply.variables.filter { $0.name.hasPrefix(typed) }.reduce("") {
            $0 + "\($1.name)\t\($1.description)\n"
        }
    }
}
