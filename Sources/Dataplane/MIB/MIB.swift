// SPDX-License-Identifier: BSD-2-Clause
import Control

/// The values of all variables.
struct MIB: Equatable, Sendable {
    private var values: [MIBVariable: Int] = [:]

    subscript(_ variable: MIBVariable) -> Int {
        values[variable] ?? variable.declaration.standard
    }

    func isOn(_ variable: MIBVariable) -> Bool {
        self[variable] != 0
    }

    /// The variable of this name, or all below the node of this name, or all, in the order of their numbers.
    func read(_ name: String?) throws(Refusal) -> ReadReply {
        guard let name else { return ReadReply(variables: MIBVariable.allCases.map { status(of: $0) }) }
        if let variable = MIBVariable(rawValue: name) { return ReadReply(variables: [status(of: variable)]) }
        guard let node = MIBNode(rawValue: name) else { throw Refusal(name, nil, .ENOENT) }
        let below = MIBVariable.allCases.filter { $0.rawValue.hasPrefix(name + ".") }
        return ReadReply(variables: below.map { status(of: $0) }, node: node.status)
    }

    /// Sets a variable to the number that the value is, in decimal, octal or hexadecimal as strtol(3) reads it.
    @discardableResult
    mutating func write(_ assignment: Assignment) throws(Refusal) -> VariableChange {
        let (name, text) = (assignment.name, assignment.value)
        guard let variable = MIBVariable(rawValue: name) else { throw Refusal(name, text, .ENOENT) }
        guard variable.declaration.access != .readOnly else { throw Refusal(name, text, .EPERM, "read only") }
        guard let value = MIB.number(text) else { throw Refusal(name, text, .EINVAL, "not a number") }
        let range = variable.declaration.range
        guard range.contains(value) else {
            throw Refusal(name, text, .EINVAL, "\(range.lowerBound)..\(range.upperBound)")
        }
        let old = self[variable]
        values[variable] = value
        return VariableChange(name, from: String(old), to: String(value))
    }

    private func status(of variable: MIBVariable) -> VariableStatus {
        let declaration = variable.declaration
        var status = VariableStatus(
            name: variable.rawValue, oid: variable.oid, type: declaration.type, value: String(self[variable]),
            description: declaration.description, place: declaration.place, source: declaration.source.rawValue)
        status.default = String(declaration.standard)
        status.minimum = declaration.range.lowerBound
        status.maximum = declaration.range.upperBound
        status.unit = declaration.unit
        status.writable = declaration.access != .readOnly
        status.tunable = declaration.access == .writableTunable
        return status
    }

    /// `10`, `0xa`, `012`, `-1`
    static func number(_ text: String) -> Int? {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative ? text.dropFirst() : text[...]
        let magnitude: Int? =
            if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
                unsigned(digits.dropFirst(2), radix: 16)
            } else if digits.hasPrefix("0"), digits.count > 1 {
                unsigned(digits.dropFirst(), radix: 8)
            } else {
                unsigned(digits, radix: 10)
            }
        return magnitude.map { isNegative ? -$0 : $0 }
    }

    /// Int takes a sign of its own, which would make `--1` a number.
    private static func unsigned(_ digits: Substring, radix: Int) -> Int? {
        digits.first == "+" || digits.first == "-" ? nil : Int(digits, radix: radix)
    }
}
