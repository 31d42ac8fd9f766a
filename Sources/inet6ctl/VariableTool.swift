// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import SystemIO
import Tool
import Words

/// `inet6ctl`: the MIB of `inet6d` in the manner of sysctl(8). It knows the name of no variable.
struct VariableTool: Sendable {
    /// Runs one command line and ends the process, with the number of arguments that failed.
    func main(_ arguments: [String]) -> Never {
        if arguments.first == "--complete" {
            let candidates = VariableCompletion.candidates(for: Array(arguments.dropFirst()))
            write(candidates.reduce("") { $0 + "\($1.text)\t\($1.help)\n" }, to: .output)
            ExitStatus.success.exit()
        }
        if let tool = AddressTool(arguments) { tool.main() }
        do throws(ToolError) {
            endProcess(min(try run(arguments), VariableTool.failureLimit))
        } catch {
            VariableTool.complain(error.line)
            if case .usage = error { write(VariableOptions.usage, to: .error) }
            error.status.exit()
        }
    }

    /// So that no count of failures looks like one of the statuses of sysexits(3).
    private static let failureLimit: Int32 = 63

    static func complain(_ line: String) {
        write("inet6ctl: \(line)\n", to: .error)
    }

    /// Returns how many arguments failed.
    private func run(_ arguments: [String]) throws(ToolError) -> Int32 {
        let options: VariableOptions
        do throws(UsageError) {
            let given = try Options(parsing: arguments, known: VariableOptions.known, long: VariableOptions.long)
            // It groups digits where there are some.
            if arguments == ["-h"] || given.has("?") || given.words == ["help"] {
                write(VariableOptions.usage, to: .output)
                return 0
            }
            if given.has("V") {
                write("inet6ctl \(Hydrangea.version)\n", to: .output)
                return 0
            }
            options = try VariableOptions(given)
        } catch {
            throw .usage(error.reason)
        }
        // The file first: without it there is nothing to ask for.
        let lines = try VariableTool.lines(for: options)
        do throws(ControlError) {
            // The next change may be days away.
            let timeout = options.isMonitor ? Duration.zero : .seconds(30)
            let client = try ControlClient(path: options.socket, timeout: timeout)
            if options.isMonitor { try VariableMonitor(options).run(client) }
            var session = VariableSession(options, client)
            return try session.run(lines)
        } catch {
            throw .control(error)
        }
    }

    /// What is in the file of `-f`.
    private static func lines(for options: VariableOptions) throws(ToolError) -> [VariableWords] {
        guard let file = options.file else { return [] }
        let lines = VariableWords.lines(of: String(decoding: try contents(ofNamedFile: file), as: UTF8.self))
        if let refusal = VariableOptions.refusal(of: options.format), lines.contains(where: { $0.value != nil }) {
            throw .usage(refusal)
        }
        return lines
    }
}
