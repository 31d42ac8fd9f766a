// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import SystemIO
import Tool
import Words

/// Why something is not set, in sysctl(8)'s words.
struct VariableComplaint: Error, Equatable {
    var line: String
}

/// What became of assignments.
enum VariableOutcome {
    case made([VariableChange])
    case refused(Refusal)
}

/// An assignment that fits its variable as far as can be told here.
struct VariableSetting {
    let words: VariableWords
    let variable: VariableStatus
    /// With a number in decimal, however it was given.
    let assignment: Assignment

    /// - Parameter variable: nil if the name is a node's.
    init(_ words: VariableWords, of variable: VariableStatus?) throws(VariableComplaint) {
        let (name, value) = (words.spelling, words.value ?? "")
        guard words.text.utf8.count < VariableSetting.lengthLimit else {
            throw VariableComplaint(line: "oid too long: '\(words.text)'\(words.place)")
        }
        guard let variable else { throw VariableComplaint(line: "oid '\(name)' isn't a leaf node\(words.place)") }
        guard variable.writable else {
            let what = variable.tunable ? "a read only tunable" : "read only"
            throw VariableComplaint(line: "oid '\(name)' is \(what)\(words.place)")
        }
        self.words = words
        self.variable = variable
        assignment = Assignment(variable.name, try VariableSetting.text(of: value, for: variable, words))
    }

    /// FreeBSD's BUFSIZ.
    private static let lengthLimit = 1024

    private static func text(
        of value: String, for variable: VariableStatus, _ words: VariableWords
    ) throws(VariableComplaint) -> String {
        switch variable.type {
        case .string: return value
        case .opaque:
            // The number is CTLTYPE_OPAQUE.
            throw VariableComplaint(line: "oid '\(words.spelling)' is type 5, cannot set that\(words.place)")
        case .integer, .unsigned, .boolean:
            guard !value.isEmpty else { throw VariableComplaint(line: "empty numeric value\(words.place)") }
            guard let number = number(value), variable.type == .integer || number >= 0 else {
                throw VariableComplaint(line: "invalid \(variable.type.text) '\(value)'\(words.place)")
            }
            return String(number)
        }
    }

    /// What strtoll(3) with base 0 reads, if that is all of it: `10`, `0xa`, `012`, `-1`.
    static func number(_ text: String) -> Int64? {
        var digits = text.utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        var radix = 10
        if digits.count > 1, digits.first == UInt8(ascii: "0") {
            digits.removeFirst()
            let isHexadecimal = digits.first == UInt8(ascii: "x") || digits.first == UInt8(ascii: "X")
            if isHexadecimal { digits.removeFirst() }
            radix = isHexadecimal ? 16 : 8
        }
        // Int64 takes a sign of its own, which would make `--1` a number.
        guard let first = digits.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else { return nil }
        return Int64((isNegative ? "-" : "") + String(Substring(digits)), radix: radix)
    }
}

extension VariableSession {
    /// Sets all of them or none, and prints what they were and are. When an argument is refused it prints, as sysctl(8)
    /// does, what the variable is before it says why.
    mutating func set(_ settings: [VariableSetting]) throws(ControlError) {
        guard !settings.isEmpty else { return }
        switch try outcome(of: settings) {
        case .made(let changes): show(changes, of: settings)
        case .refused(let refusal): report(refusal, of: settings)
        }
    }

    /// Sets all of them or none.
    func outcome(of settings: [VariableSetting]) throws(ControlError) -> VariableOutcome {
        do throws(ControlError) {
            return .made(try client.write(settings.map(\.assignment), check: options.isCheck).changes)
        } catch .refused(let refusal) {
            return .refused(refusal)
        } catch {
            throw error
        }
    }

    mutating func show(_ changes: [VariableChange], of settings: [VariableSetting]) {
        if options.isJSON { return document.add(changes) }
        for (setting, change) in zip(settings, changes) {
            write(options.format.change(of: setting.variable, from: change.old, to: change.new), to: .output)
        }
    }

    mutating func report(_ refusal: Refusal, of settings: [VariableSetting]) {
        // What is refused as a whole is refused as its first one.
        guard let setting = settings.first(where: { $0.isMeant(by: refusal) }) ?? settings.first else { return }
        if !options.isJSON, setting.words.line == nil, !setting.variable.oid.isEmpty,
            let old = options.format.text(of: setting.variable)
        {
            write(options.format.ended(old), to: .output)
        }
        report(VariableComplaint(refusal, of: setting.words))
    }
}

extension VariableSetting {
    fileprivate func isMeant(by refusal: Refusal) -> Bool {
        refusal.object == assignment.name && (refusal.value ?? assignment.value) == assignment.value
    }
}

extension VariableComplaint {
    /// What sysctl(8) says better than the errno does.
    private static let reasons: [BSDErrno: String] = [
        .EOPNOTSUPP: "value is not available", .ENOTDIR: "specification is incomplete",
        .ENOMEM: "type is unknown to this program",
    ]

    /// `net.link.stf.ttl=0 at line 7: Invalid argument (1..255)`
    init(_ refusal: Refusal, of words: VariableWords) {
        let (text, place) = (words.text, words.place)
        if let reason = VariableComplaint.reasons[refusal.errno] {
            line = "\(text): \(reason)\(place)"
        } else {
            line = "\(text)\(place): \(refusal.errno.text)" + (refusal.detail.map { " (\($0))" } ?? "")
        }
    }
}
