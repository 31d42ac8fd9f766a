// SPDX-License-Identifier: BSD-2-Clause
import Control

/// The variables of the MIB, each declared once: its name here, all else in `declaration`.
enum MIBVariable: String, CaseIterable, Sendable {
    case errppslimit = "net.inet6.icmp6.errppslimit"
    case gifhlim = "net.inet6.ip6.gifhlim"
    case logInterval = "net.inet6.ip6.log_interval"
    case loopCheck = "net.link.stf.loop_check"
    case pairing = "net.link.stf.pairing"
    case permitLinkLocal = "net.link.stf.permit_linklocal"
    case permitReserved = "net.link.stf.permit_reserved"
    case permitPrivate = "net.link.stf.permit_rfc1918"
    case permitShared = "net.link.stf.permit_shared"
    case ttl = "net.link.stf.ttl"

    struct Declaration {
        let type: VariableType
        let standard: Int
        let range: ClosedRange<Int>
        let unit: String?
        let description: String

        static func boolean(_ standard: Bool, _ description: String) -> Declaration {
            Declaration(
                type: .boolean, standard: standard ? 1 : 0, range: 0...1, unit: nil, description: description)
        }

        static func integer(
            _ standard: Int, in range: ClosedRange<Int>, unit: String, _ description: String
        ) -> Declaration {
            Declaration(type: .integer, standard: standard, range: range, unit: unit, description: description)
        }
    }

    var declaration: Declaration {
        switch self {
        case .errppslimit:
            .integer(
                100, in: -1...1_000_000, unit: "messages a second",
                "ICMPv6 errors that tunnels send at most; 0 for none, -1 for no limit")
        case .gifhlim:
            .integer(30, in: 1...255, unit: "hops", "Hop limit of IPv6 packets that tunnels send themselves")
        case .logInterval:
            .integer(
                5, in: 0...86_400, unit: "seconds", "Between two log lines about packets that do not go on; 0 for none")
        case .loopCheck:
            .boolean(true, "Refuse packets that would come straight back (RFC 6324)")
        case .pairing:
            .boolean(true, "Refuse 6to4 addresses that embed another IPv4 address than the outer one (RFC 3964)")
        case .permitLinkLocal:
            .boolean(false, "Permit the use of link-local IPv4 addresses (169.254.0.0/16)")
        case .permitReserved:
            .boolean(false, "Permit the use of reserved IPv4 addresses (240.0.0.0/4)")
        case .permitPrivate:
            .boolean(false, "Permit the use of private IPv4 addresses")
        case .permitShared:
            .boolean(false, "Permit the use of IPv4 addresses shared by a provider's customers (100.64.0.0/10)")
        case .ttl:
            .integer(40, in: 1...255, unit: "hops", "Time to live of IPv4 packets that stf sends")
        }
    }
}

/// The values of all variables.
struct MIB: Equatable, Sendable {
    private var values: [MIBVariable: Int] = [:]

    subscript(_ variable: MIBVariable) -> Int {
        values[variable] ?? variable.declaration.standard
    }

    func isOn(_ variable: MIBVariable) -> Bool {
        self[variable] != 0
    }

    /// The variable of this name, or all below the node of this name, in the order of their names.
    func variables(at name: String?) throws(Refusal) -> [VariableStatus] {
        guard let name else { return MIBVariable.allCases.map { status(of: $0) } }
        let found = MIBVariable.allCases.filter { $0.rawValue == name || $0.rawValue.hasPrefix(name + ".") }
        guard !found.isEmpty else { throw Refusal(name, nil, .ENOENT) }
        return found.map { status(of: $0) }
    }

    /// Sets a variable to the number that `text` is, in decimal, octal or hexadecimal as strtol(3) reads it.
    /// - Returns: the value before.
    @discardableResult
    mutating func write(_ name: String, _ text: String) throws(Refusal) -> Int {
        guard let variable = MIBVariable(rawValue: name) else { throw Refusal(name, nil, .ENOENT) }
        guard let value = MIB.number(text) else { throw Refusal(name, text, .EINVAL, "not a number") }
        let range = variable.declaration.range
        guard range.contains(value) else {
            throw Refusal(name, text, .EINVAL, "\(range.lowerBound)..\(range.upperBound)")
        }
        let old = self[variable]
        values[variable] = value
        return old
    }

    private func status(of variable: MIBVariable) -> VariableStatus {
        let declaration = variable.declaration
        return VariableStatus(
            name: variable.rawValue, type: declaration.type, value: String(self[variable]),
            default: String(declaration.standard), minimum: declaration.range.lowerBound,
            maximum: declaration.range.upperBound, unit: declaration.unit, description: declaration.description)
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
