// SPDX-License-Identifier: BSD-2-Clause
public import Control
import SystemIO
import SystemPackage
public import Words

/// Why a tool could not do what it was asked: one line, and a status to end with.
public enum ToolError: Error {
    case usage(String)
    case word(WordError)
    case line(String)
    /// What a line of a file asks for: `boot:3`, and why not.
    case refused(at: String, Refusal)
    case noInput(String)
    case control(ControlError)

    public var line: String {
        switch self {
        case .usage(let reason), .line(let reason), .noInput(let reason): reason
        case .word(let error): error.line
        case .control(.refused(let refusal)): refusal.line
        case .refused(let place, let refusal): "\(place): \(refusal.line)"
        case .control(.unreachable(let path, let error)):
            "\(path): \(BSDErrno(error.errno).text)" + (error.errno == .permissionDenied ? "" : " (is inet6d running?)")
        case .control(.failed(let name)): "inet6d answers \(name)"
        case .control(.noAnswer): "inet6d does not answer"
        case .control(.badAnswer): "inet6d answers something else"
        }
    }

    public var status: ExitStatus {
        switch self {
        case .usage, .word, .line: .usage
        case .noInput: .noInput
        case .control(.refused(let refusal)), .refused(_, let refusal):
            refusal.errno == .EPERM ? .notPermitted : .refused
        case .control(.unreachable(_, let error)): error.errno == .permissionDenied ? .notPermitted : .unavailable
        case .control(.failed), .control(.badAnswer): .refused
        case .control(.noAnswer): .unavailable
        }
    }
}
