// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import SystemIO
import Tool

/// `-m sessions`: what happens to sessions, a line each, until the daemon goes away.
struct SessionMonitor {
    private let options: Options
    private let tool: InterfaceTool

    init(_ options: Options, _ tool: InterfaceTool) {
        self.options = options
        self.tool = tool
    }

    func run() throws(ToolError) -> Never {
        do throws(ControlError) {
            // An event may be days away.
            let client = try ControlClient(path: InterfaceTool.socket(options), timeout: .zero)
            try client.monitorSessions { event in
                let stamp = TimeStamp(isWanted: options.has("t"))
                write(options.has("j") ? (try? stamp.json(event)) ?? "" : stamp.text(event.line), to: .output)
            }
        } catch {
            throw .control(error)
        }
    }
}

extension SessionEvent {
    /// `faith0: began 17: [2001:db8::2]:50000 > [2001:db8:64::c000:201]:80 > 192.0.2.1:80`
    var line: String {
        var line = "\(interface ?? "?"): \(event.rawValue)"
        if let number { line += " \(number)" }
        if let client, let asked { line += ": \(client) > \(asked)" }
        if let server { line += " > \(server)" }
        if let reason { line += ": \(reason)" }
        if let toserver, let toclient, let age { line += ", \(toserver) up, \(toclient) down, \(age) ms" }
        switch event {
        case .current: return ""
        case .lost: return "\(interface ?? "?"): lost \(count ?? 0) events\n"
        case .began, .connected, .ended, .refused: return line + "\n"
        }
    }
}
