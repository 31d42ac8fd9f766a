// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import SystemIO
import Tool
import Words

/// `sessions faith0 from 2001:db8::/32`, `kill faith0 17`, `kill faith0 to 192.0.2.1`.
struct SessionCommand {
    private let interface: String?
    private let words: ArraySlice<String>
    private let filter: SessionFilter

    init(_ words: ArraySlice<String>) throws(ToolError) {
        let isFilter = words.first.map { SessionFilter.isFirst($0) } ?? false
        interface = isFilter ? nil : words.first
        self.words = isFilter ? words : words.dropFirst()
        // `all` is for kill, which wants something said.
        filter = try SessionFilter(Array(self.words) == ["all"] ? [] : self.words)
    }

    func list(_ options: Options, _ tool: InterfaceTool) throws(ToolError) -> ExitStatus {
        try tool.show(options) { client throws(ControlError) in
            var reply = try client.sessions(interface)
            reply.sessions.removeAll { !filter.matches($0) }
            if options.has("j") { return try json(reply) }
            return SessionCommand.table(of: reply.sessions)
        }
        return .success
    }

    func kill(_ options: Options, _ tool: InterfaceTool) throws(ToolError) -> ExitStatus {
        guard let interface else { throw .usage("kill: wants an interface") }
        guard !words.isEmpty else { throw .usage("kill \(interface): wants numbers, a filter, or all") }
        var status = ExitStatus.success
        try tool.show(options) { client throws(ControlError) in
            let sessions = try client.sessions(interface).sessions.filter { filter.matches($0) }
            let reply = try client.kill(sessions.map(\.number), of: interface)
            // What somebody named and is not there is worth a word; of what a filter finds there may be none.
            if !filter.numbers.isEmpty, reply.killed < filter.numbers.count { status = .refused }
            if options.has("j") { return try json(reply) }
            return "\(interface): killed \(reply.killed)\n"
        }
        return status
    }

    /// Columns as wide as what they hold.
    static func table(of sessions: [FaithSession]) -> String {
        let head = ["number", "state", "client", "asked", "server", "age", "idle", "up", "down"]
        let rows =
            [head]
            + sessions.map {
                [
                    "\($0.number)", $0.state + ($0.application == "plain" ? "" : ",\($0.application)"), $0.client,
                    $0.asked, $0.server ?? "-", "\($0.age)", "\($0.silence)", "\($0.toserver)", "\($0.toclient)",
                ]
            }
        guard !sessions.isEmpty else { return "" }
        let widths = head.indices.map { column in rows.map { $0[column].utf8.count }.max() ?? 0 }
        return rows.reduce("") { text, row in
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: width - cell.utf8.count + 2)
            }
            return text + line.trimmingEnd + "\n"
        }
    }
}

extension SessionFilter {
    /// Whether a word begins a filter, and so is no interface.
    static func isFirst(_ word: String) -> Bool {
        candidates.contains { $0.text == word } || number(word) != nil
    }
}

extension String {
    fileprivate var trimmingEnd: Substring {
        self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)]
    }
}
