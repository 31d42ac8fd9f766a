// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import SystemIO
import Tool
import Words

/// What sysctl(8) prints of a variable: a function of the variable and the options alone.
struct VariableFormat: Equatable {
    /// `-N`: the name and nothing else.
    var isNameOnly = false
    /// Not with `-n`.
    var showsName = true
    /// `: `, or `=` with `-e`
    var separator = ": "
    /// `-t`
    var showsType = false
    /// `-d`
    var showsDescription = false
    /// `-b`
    var isRaw = false
    /// `-x`
    var isHexadecimal = false
    /// `-o`
    var showsOpaque = false
    /// `-T`
    var isTunableOnly = false
    /// `-W`
    var isWritableOnly = false
    /// `-h`
    var grouping: DigitGrouping?

    init() {}

    init(_ options: Options) {
        isNameOnly = options.has("N")
        showsName = !options.has("n")
        if options.has("e") { separator = "=" }
        showsType = options.has("t")
        showsDescription = options.has("d")
        isRaw = options.has("b")
        isHexadecimal = options.has("x") || options.has("X")
        showsOpaque = options.has("o") || options.has("A")
        isTunableOnly = options.has("T")
        isWritableOnly = options.has("W")
        if options.has("h") { grouping = .ofEnvironment }
    }

    /// The lines for what was asked. A node has one of its own if descriptions are shown.
    func lines(of reply: ReadReply) -> [UInt8] {
        var bytes: [UInt8] = []
        if let node = reply.node, showsDescription, !isTunableOnly {
            bytes += ended(Array(line(node.name, type: "node", node.description).utf8))
        }
        return reply.variables.reduce(into: bytes) { $0 += text(of: $1).map(ended) ?? [] }
    }

    /// `net.link.stf.ttl: 40 -> 64`; of raw values one after the other.
    func change(of variable: VariableStatus, from old: String, to new: String) -> [UInt8] {
        var unnamed = self
        unnamed.showsName = false
        let (old, new) = (text(of: variable.holding(old)) ?? [], unnamed.text(of: variable.holding(new)) ?? [])
        return ended(old + (isRaw ? [] : Array(" -> ".utf8)) + new)
    }

    /// With the end of line that raw bytes do not have.
    func ended(_ bytes: [UInt8]) -> [UInt8] {
        isRaw ? bytes : bytes + [UInt8(ascii: "\n")]
    }

    /// Nil: the options leave it out.
    func text(of variable: VariableStatus) -> [UInt8]? {
        guard shows(variable) else { return nil }
        if isNameOnly || showsType || showsDescription {
            return Array(line(variable.name, type: variable.type.text, variable.description).utf8)
        }
        if isRaw { return variable.bytes }
        guard variable.type != .opaque || showsOpaque || isHexadecimal else { return nil }
        return Array(((showsName ? variable.name + separator : "") + value(of: variable)).utf8)
    }

    func shows(_ variable: VariableStatus) -> Bool {
        (!isTunableOnly || variable.tunable) && (!isWritableOnly || variable.writable)
    }

    /// `net.link.stf.ttl: integer: Time to live of IPv4 packets`, or as much of that as is shown.
    private func line(_ name: String, type: String, _ description: String) -> String {
        if isNameOnly { return name }
        var parts: [String] = showsName ? [name] : []
        if showsType { parts.append(type) }
        if showsDescription { parts.append(description) }
        return list(parts, separator: separator)
    }

    private func value(of variable: VariableStatus) -> String {
        switch variable.type {
        case .string: variable.value
        case .opaque: dump(of: variable)
        case .integer, .unsigned, .boolean:
            if isHexadecimal {
                hexadecimal(variable) ?? variable.value
            } else {
                grouping?.grouped(variable.value) ?? variable.value
            }
        }
    }

    /// `0x0000000a`; only zeros have no prefix, as printf(3)'s `#` has it.
    private func hexadecimal(_ variable: VariableStatus) -> String? {
        guard let (pattern, size) = variable.pattern else { return nil }
        let digits = String(pattern, radix: 16)
        let zeros = String(repeating: "0", count: max(0, size * 2 - digits.utf8.count))
        return (pattern == 0 ? "00" : "0x") + zeros + digits
    }

    /// All bytes with `-x`, else the first sixteen.
    private func dump(of variable: VariableStatus) -> String {
        let digits = variable.value
        let length = digits.utf8.count / 2
        let shown = isHexadecimal ? digits : String(digits.prefix(32))
        let rest = !isHexadecimal && length > 16 ? "..." : ""
        return "Format:\(variable.format ?? "") Length:\(length) Dump:0x\(shown)\(rest)"
    }
}

extension VariableType {
    /// sysctl(8)'s word for it. A boolean is a byte in FreeBSD.
    var text: String {
        switch self {
        case .integer: "integer"
        case .unsigned: "unsigned integer"
        case .boolean: "uint8_t"
        case .string: "string"
        case .opaque: "opaque"
        }
    }
}

extension VariableStatus {
    func holding(_ value: String) -> VariableStatus {
        var variable = self
        variable.value = value
        return variable
    }

    /// The bits of a number, and how many bytes it has in BSD; eight if it does not fit.
    fileprivate var pattern: (bits: UInt64, size: Int)? {
        guard let bits = Int64(value).map(UInt64.init(bitPattern:)) ?? UInt64(value) else { return nil }
        switch type {
        case .boolean where bits < 256: return (bits, 1)
        case .unsigned where bits < 1 << 32: return (bits, 4)
        case .integer where Int64(bitPattern: bits) == Int64(Int32(truncatingIfNeeded: bits)):
            return (bits & 0xFFFF_FFFF, 4)
        default: return (bits, 8)
        }
    }

    /// What the kernel would hand out: numbers in the order of this machine's bytes, a string with its NUL.
    fileprivate var bytes: [UInt8] {
        switch type {
        case .string: return Array(value.utf8) + [0]
        case .opaque:
            let digits = value.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue ?? 0 }
            return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        case .integer, .unsigned, .boolean:
            guard let (pattern, size) = pattern else { return [] }
            let little = (0..<size).map { UInt8(truncatingIfNeeded: pattern >> (8 * UInt64($0))) }
            return UInt16(1).littleEndian == 1 ? little : little.reversed()
        }
    }
}
