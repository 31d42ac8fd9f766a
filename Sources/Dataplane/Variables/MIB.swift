// SPDX-License-Identifier: BSD-2-Clause
import Control

/// The values that are ours to keep. Those of the kernel are where the kernel keeps them, and nowhere else.
struct MIB: Equatable, Sendable {
    private var values: [MIBVariable: Int] = [:]
    /// What was set for single interfaces: it is set again whenever an interface of that name appears.
    private(set) var wishes: [MIBInstance: Int] = [:]

    /// So that nobody fills the memory with the names of interfaces that never come.
    private static let wishLimit = 4096

    subscript(_ variable: MIBVariable) -> Int {
        get { values[variable] ?? variable.declaration.standard ?? 0 }
        set { values[variable] = newValue }
    }

    func isOn(_ variable: MIBVariable) -> Bool {
        self[variable] != 0
    }

    mutating func wish(_ value: Int, for instance: MIBInstance) throws(Refusal) {
        guard wishes[instance] != nil || wishes.count < MIB.wishLimit else {
            throw Refusal(instance.name, nil, .ENOMEM, "\(MIB.wishLimit) values are remembered for interfaces")
        }
        wishes[instance] = value
    }

    /// What one process notes for the next, by names: a version that has no such variable passes over it.
    struct Legacy: Codable {
        let values: [String: Int]
        let wishes: [String: Int]
    }

    var legacy: Legacy {
        Legacy(
            values: Dictionary(values.map { ($0.key.rawValue, $0.value) }) { $1 },
            wishes: Dictionary(wishes.map { ($0.key.name, $0.value) }) { $1 })
    }

    init(_ legacy: Legacy) {
        for (name, value) in legacy.values {
            guard let variable = MIBVariable(rawValue: name), variable.declaration.range.contains(value) else {
                continue
            }
            values[variable] = value
        }
        for (name, value) in legacy.wishes.prefix(MIB.wishLimit) {
            if let instance = MIBInstance(name) { wishes[instance] = value }
        }
    }

    init() {}

    /// `10`, `0xa`, `012`, `-1`, as strtol(3) reads them.
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
