// SPDX-License-Identifier: BSD-2-Clause
import Control
import Words

extension VariableSession {
    /// The lines of a file: all assignments are made, or none if one of them cannot be, and then what else is named is
    /// shown.
    mutating func perform(_ file: [VariableWords]) throws(ControlError) {
        let failuresBefore = failures
        let known = try client.read(nil).variables
        var settings: [VariableSetting] = []
        for words in file where options.sets(words) {
            do throws(VariableComplaint) {
                if let setting = try setting(words, among: known) { settings.append(setting) }
            } catch {
                report(error)
            }
        }
        guard failures == failuresBefore else { return }
        try set(settings)
        guard failures == failuresBefore else { return }
        for words in file where !options.sets(words) {
            if let reply = try lookUp(words) { show(reply) }
        }
    }

    /// Nil, and that is reported, if the name is unknown.
    private mutating func setting(
        _ words: VariableWords, among known: [VariableStatus]
    ) throws(VariableComplaint) -> VariableSetting? {
        if let variable = known.first(where: { $0.name == words.name }) {
            return try VariableSetting(words, of: variable)
        }
        if known.contains(where: { $0.name.hasPrefix(words.name + ".") }) {
            return try VariableSetting(words, of: nil)
        }
        reportUnknown("unknown oid '\(words.spelling)'\(words.place)")
        return nil
    }
}
