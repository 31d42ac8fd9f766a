// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// How a number of many digits is written for people, as locale(5) has it.
public struct DigitGrouping: Equatable, Sendable {
    /// `,`; empty: digits are not parted.
    public var separator: String
    /// Digits a group, the lowest first; the last one goes for all above it. 0 ends the groups.
    public var sizes: [UInt8]

    public init(separator: String, sizes: [UInt8]) {
        self.separator = separator
        self.sizes = sizes
    }

    /// That of LC_NUMERIC, which LC_ALL overrides and LANG stands in for.
    public static var ofEnvironment: DigitGrouping {
        guard unsafe setlocale(LC_NUMERIC, "") != nil, let conventions = unsafe localeconv() else {
            return DigitGrouping(separator: "", sizes: [])
        }
        let separator = unsafe String(cString: conventions.pointee.thousands_sep)
        let sizes = unsafe Array(String(cString: conventions.pointee.grouping).utf8)
        return DigitGrouping(separator: separator, sizes: sizes)
    }

    /// `-1234567` becomes `-1,234,567`.
    public func grouped(_ number: String) -> String {
        guard !separator.isEmpty else { return number }
        let digits = number.drop { $0 == "-" }
        var rest = Array(digits)
        var groups: [String] = []
        var sizes = sizes[...]
        while let size = sizes.first, size > 0, size < 127, rest.count > Int(size) {
            groups.insert(String(rest.suffix(Int(size))), at: 0)
            rest.removeLast(Int(size))
            if sizes.count > 1 { sizes.removeFirst() }
        }
        return number.prefix(number.count - digits.count) + groups.reduce(String(rest)) { $0 + separator + $1 }
    }
}
