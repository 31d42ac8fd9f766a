// SPDX-License-Identifier: BSD-2-Clause

/// The variables of rc.conf(5), each with the place where it was set last.
struct RCVariables {
    struct Variable: Equatable {
        let name: String
        let value: String
        let place: String

        var words: [String] { value.split { $0 == " " || $0 == "\t" }.map(String.init) }
    }

    private(set) var notes: [(place: String, text: String)] = []
    private var variables: [String: Variable] = [:]
    /// In the order in which they were set.
    private var order: [String] = []

    /// - Parameter files: rc.conf is overridden by rc.conf.local, and that by those in rc.conf.d.
    init(reading files: [(path: String, text: String)]) {
        var values: [String: String] = [:]
        for (path, text) in files.enumerated().sorted(by: { RCVariables.isEarlier($0, $1) }).map(\.element) {
            let script = ShellAssignments(reading: text, after: values)
            values = script.values
            for oddity in script.oddities { notes.append(("\(path):\(oddity.line)", oddity.reason)) }
            for assignment in script.assignments {
                variables[assignment.name] = Variable(
                    name: assignment.name, value: assignment.value, place: "\(path):\(assignment.line)")
                order.removeAll { $0 == assignment.name }
                order.append(assignment.name)
            }
        }
    }

    private typealias Numbered = (offset: Int, element: (path: String, text: String))

    private static func isEarlier(_ first: Numbered, _ second: Numbered) -> Bool {
        (rank(first.element.path), first.offset) < (rank(second.element.path), second.offset)
    }

    private static func rank(_ path: String) -> Int {
        if path.contains("rc.conf.d/") { return 2 }
        return path.hasSuffix("rc.conf.local") ? 1 : 0
    }

    /// What nobody has taken yet.
    var rest: [Variable] { order.compactMap { variables[$0] } }

    mutating func take(_ name: String) -> Variable? {
        guard let variable = variables.removeValue(forKey: name) else { return nil }
        order.removeAll { $0 == name }
        return variable
    }

    /// All that begin like this, by name, with the rest of the name.
    mutating func take(prefix: String) -> [(rest: String, variable: Variable)] {
        order.filter { $0.hasPrefix(prefix) && $0 != prefix }.compactMap { name in
            take(name).map { (String(name.dropFirst(prefix.count)), $0) }
        }
    }

    /// What rc.subr(8) makes of it.
    mutating func takeSwitch(_ name: String) -> (isOn: Bool, place: String)? {
        guard let variable = take(name) else { return nil }
        let value = variable.value.lowercased()
        let isOn = ["yes", "true", "on", "1"].contains(value)
        if !isOn, !["no", "false", "off", "0"].contains(value) {
            notes.append((variable.place, "\(name): \(variable.value) is neither yes nor no: taken for no"))
        }
        return (isOn, variable.place)
    }

    mutating func takeNotes() -> [(place: String, text: String)] {
        defer { notes = [] }
        return notes
    }
}
