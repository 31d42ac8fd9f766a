// SPDX-License-Identifier: BSD-2-Clause
import SystemIO
import Tool

do throws(DaemonError) {
    let daemon = try Daemon(arguments: Array(CommandLine.arguments.dropFirst()))
    try daemon.run()
} catch {
    switch error {
    case .answered(let text): write(text, to: .output)
    case .usage(let reason): write("inet6d: \(reason)\n\(Daemon.usage)", to: .error)
    case .failed, .tool: StandardErrorLog.writeLast(error.reason)
    case .told: break
    }
    error.status.exit()
}
