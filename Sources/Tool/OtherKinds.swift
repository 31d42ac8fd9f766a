// SPDX-License-Identifier: BSD-2-Clause
import Control
import Words

// Each tool is for the interfaces of one kind.

extension InterfaceTool {
    /// Whether a name is as the cloner of this kind gives them.
    func isNamedAsOwn(_ name: String) -> Bool { kinds.contains { name.isName(of: $0) } }

    func isOwn(_ interface: InterfaceStatus) -> Bool { interface.kind.map { kinds.contains($0) } ?? false }

    /// Refuses an interface of another kind. Who is called as the kind's cloner calls them is of the kind; of a name that
    /// somebody gave, the daemon knows.
    func refuseForeign(_ name: String, _ client: ControlClient) throws(ControlError) {
        if isNamedAsOwn(name) { return }
        if let other = InterfaceKind.allCases.first(where: { name.isName(of: $0) }) {
            throw .refused(.foreign(name, other.rawValue, other.tool))
        }
        do throws(ControlError) {
            guard let other = try client.list(name).interfaces.first, !isOwn(other) else { return }
            throw .refused(.foreign(name, other.kindName, other.kind?.tool))
        } catch .refused(let refusal) where refusal.errno == .ENXIO {
            // What is not there is for the request to find.
        } catch {
            throw error
        }
    }
}

extension Refusal {
    /// `faith0: Invalid argument (faith interfaces are for faithctl)`
    static func foreign(_ name: String, _ kind: String, _ tool: String?) -> Refusal {
        Refusal(name, nil, .EINVAL, "\(kind) interfaces are for \(tool ?? "\(kind)ctl")")
    }
}

extension ToolError {
    /// Whether all that is wrong may be that this is no interface.
    package func isAbout(_ name: String) -> Bool {
        switch self {
        case .word(let error): error.object == name
        case .control(.refused(let refusal)): refusal.errno == .ENXIO && refusal.object == name
        case .usage, .line, .refused, .noInput, .control: false
        }
    }
}

extension String {
    /// `stf`, `stf0`
    func isName(of kind: InterfaceKind) -> Bool {
        hasPrefix(kind.rawValue) && dropFirst(kind.rawValue.count).utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
