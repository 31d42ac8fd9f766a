// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Tool
import Words

extension VariableSession {
    /// The lines of a file: all assignments are made, or none if one of them cannot be, and then what else is named is
    /// shown.
    mutating func perform(_ file: [VariableWords]) throws(ControlError) {
        let failuresBefore = failures
        let known = try client.read(nil)
        var settings: [VariableSetting] = []
        for words in file where options.sets(words) {
            guard let reply = try lookUp(words, among: known) else { continue }
            do throws(VariableComplaint) {
                settings.append(try VariableSetting(words, of: reply.variables.first { $0.name == words.name }))
            } catch {
                report(error)
            }
        }
        if settings.count > WriteParameters.assignmentLimit {
            report(VariableComplaint(line: "more than \(WriteParameters.assignmentLimit) assignments"))
        }
        guard failures == failuresBefore else { return }
        try set(settings)
        guard failures == failuresBefore else { return }
        for words in file where !options.sets(words) {
            if let reply = try lookUp(words) { show(reply) }
        }
    }

    /// Variables of single interfaces are none of all, so they are asked for by name.
    private mutating func lookUp(
        _ words: VariableWords, among known: ReadReply
    ) throws(ControlError) -> ReadReply? {
        if let variable = known.variables.first(where: { $0.name == words.name }) {
            return ReadReply(variables: [variable])
        }
        return try lookUp(words)
    }
}
