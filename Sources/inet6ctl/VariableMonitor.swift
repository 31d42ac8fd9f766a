// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import SystemIO
import Tool
import Words

/// `-m`: what changes, as it changes.
struct VariableMonitor {
    private let options: VariableOptions

    init(_ options: VariableOptions) {
        self.options = options
    }

    /// Runs until it is interrupted or the daemon goes away.
    func run(_ client: ControlClient) throws(ControlError) -> Never {
        try client.monitorVariables { write(text(of: $0), to: .output) }
    }

    /// `net.link.stf.ttl: 40 -> 64`, or a line of JSON, which also says from when on nothing is missed.
    func text(of event: VariableEvent) -> String {
        if let change = event.change, !isWanted(change.name) { return "" }
        let stamp = TimeStamp(isWanted: options.showsTimes)
        return options.isJSON ? (try? stamp.json(event)) ?? "" : stamp.text(line(of: event))
    }

    private func line(of event: VariableEvent) -> String {
        guard let change = event.change else { return "" }
        if options.format.isNameOnly { return "\(change.name)\n" }
        let name = options.format.showsName ? change.name + options.format.separator : ""
        return "\(name)\(change.old) -> \(change.new)\n"
    }

    /// Names and patterns narrow it down.
    private func isWanted(_ name: String) -> Bool {
        if options.arguments.isEmpty, options.patterns.isEmpty { return true }
        return options.patterns.contains { matches(name, $0) }
            || options.arguments.contains { name == $0.name || name.hasPrefix($0.name + ".") }
    }
}
