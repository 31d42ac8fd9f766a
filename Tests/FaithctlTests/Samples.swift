// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import Foundation
import Tool

@testable import faithctl

extension InterfaceTool {
    static let faithctl = InterfaceTool(name: "faithctl", kind: .faith, commands: FaithCommands())
}

extension InterfaceStatus {
    static let faith0 = InterfaceStatus(name: "faith0", kind: .faith, index: 7)
}

extension FaithSession {
    /// One client of a web server, with what is different about it.
    static func sample(_ change: (inout FaithSession) -> Void = { _ in }) -> FaithSession {
        var session = FaithSession(
            interface: "faith0", number: 17, client: "[2001:db8::2]:50000", asked: "[2001:db8:64::c000:201]:80",
            server: "192.0.2.1:80", state: "established", application: "plain", control: nil, age: 60, silence: 5,
            toserver: 100, toclient: 2000)
        change(&session)
        return session
    }
}

extension FaithStatus {
    /// `faith0` as `faithctl create faith0` leaves it, with what is different about it.
    static func sample(_ change: (inout FaithStatus) -> Void = { _ in }) -> FaithStatus {
        var status = FaithStatus(interface: "faith0")
        (status.idle, status.connecttime, status.keepalive) = (1800, 10, 300)
        (status.maxsessions, status.clientsessions, status.clientrate, status.clientlen) = (10_000, 1000, 500, 64)
        change(&status)
        return status
    }
}

/// What went wrong, as the tool would say it.
func refusal(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as ToolError {
        return error.line
    } catch {
        return "\(error)"
    }
}

/// Calls `body` with the name of a file that holds this.
func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: "faithctl-\(UUID().uuidString)")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
}
