// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import SystemIO
import Testing

@testable import inet6ctl
@testable import Tool

/// What is printed of variables for every option and combination that has a meaning: sysctl(8)'s text, byte for byte.
@Suite struct VariableFormatTests {
    static let names = ["net.a.int", "net.a.neg", "net.a.flag", "net.a.count", "net.a.text", "net.a.stats"]
    static let values = ["10", "-1", "1", "3000000000", "KAME x"]
    static let types = ["integer", "integer", "uint8_t", "unsigned integer", "string", "opaque"]
    static let descriptions = ["An integer", "", "A flag", "A count", "A text", "Counters"]
    static let hexadecimal = ["0x0000000a", "0xffffffff", "0x01", "0xb2d05e00", "KAME x"]
    static let dump = "Format:S,stats Length:20 Dump:0x000102030405060708090a0b0c0d0e0f"

    /// A node with variables of each type: one to set, one that BSD's loader sets too, and otherwise read only.
    static var reply: ReadReply {
        var variables = zip(names, descriptions).enumerated().map { place, text in
            VariableStatus(
                name: text.0, oid: [4, 1, place], type: .integer, value: "", description: text.1, place: "", source: "")
        }
        let types: [VariableType] = [.integer, .integer, .boolean, .unsigned, .string, .opaque]
        let values = values + ["000102030405060708090a0b0c0d0e0f10111213"]
        for place in variables.indices {
            variables[place].type = types[place]
            variables[place].value = values[place]
            variables[place].writable = place < 2
            variables[place].tunable = place == 1
        }
        variables[5].format = "S,stats"
        return ReadReply(
            variables: variables, node: NodeStatus(name: "net.a", oid: [4, 1], description: "A node"))
    }

    private static func lines(_ left: [String], _ separator: String, _ right: [String]) -> [String] {
        zip(left, right).map { $0 + separator + $1 }
    }

    private static let shown = lines(names, ": ", values)
    private static let described = lines(["net.a"] + names, ": ", ["A node"] + descriptions)
    private static let typed = lines(["node"] + types, ": ", ["A node"] + descriptions)

    static let goldens: [(String, [String])] = [
        ("", shown),
        ("-a", shown),
        ("-e", lines(names, "=", values)),
        ("-n", values),
        ("-ne", values),
        ("-N", names),
        ("-Ne", names),
        ("-Nx", names),
        ("-Nb", names),
        ("-q", shown),
        ("-i", shown),
        ("-w", shown),
        ("-B 4", shown),
        ("-o", shown + ["net.a.stats: \(dump)..."]),
        ("-A", shown + ["net.a.stats: \(dump)..."]),
        ("-no", values + ["\(dump)..."]),
        ("-x", lines(names, ": ", hexadecimal + ["\(dump)10111213"])),
        ("-X", lines(names, ": ", hexadecimal + ["\(dump)10111213"])),
        ("-ox", lines(names, ": ", hexadecimal + ["\(dump)10111213"])),
        ("-ex", lines(names, "=", hexadecimal + ["\(dump)10111213"])),
        ("-nx", hexadecimal + ["\(dump)10111213"]),
        ("-d", described),
        ("-dx", described),
        ("-db", described),
        ("-de", lines(["net.a"] + names, "=", ["A node"] + descriptions)),
        ("-dn", ["A node"] + descriptions),
        ("-dN", ["net.a"] + names),
        ("-t", lines(names, ": ", types)),
        ("-te", lines(names, "=", types)),
        ("-tn", types),
        ("-tN", names),
        ("-td", lines(["net.a"] + names, ": ", typed)),
        ("-dt", lines(["net.a"] + names, ": ", typed)),
        ("-ntd", typed),
        ("-T", ["net.a.neg: -1"]),
        ("-TW", ["net.a.neg: -1"]),
        ("-TN", ["net.a.neg"]),
        ("-Td", ["net.a.neg: "]),
        ("-W", ["net.a.int: 10", "net.a.neg: -1"]),
        ("-Wx", ["net.a.int: 0x0000000a", "net.a.neg: 0xffffffff"]),
        ("-Wd", ["net.a: A node", "net.a.int: An integer", "net.a.neg: "]),
        ("-WNo", ["net.a.int", "net.a.neg"]),
    ]

    @Test(arguments: goldens)
    func theTextIsThatOfSysctl(_ flags: String, _ lines: [String]) throws {
        let text = String(decoding: try format(flags).lines(of: VariableFormatTests.reply), as: UTF8.self)
        let wanted = lines.map { $0 + "\n" }.joined()
        // With -b FreeBSD ends no line, not even that of a name or description.
        #expect(text == (flags.contains("b") ? lines.joined() : wanted), "inet6ctl \(flags)")
    }

    @Test func rawValuesAreThoseOfTheKernel() throws {
        let integers: [UInt8] = [10, 0, 0, 0, 255, 255, 255, 255, 1, 0, 94, 208, 178]
        let wanted = integers + Array("KAME x\0".utf8) + Array(0...19)
        for flags in ["-b", "-bn", "-be", "-bx", "-bo"] {
            #expect(try format(flags).lines(of: VariableFormatTests.reply) == wanted, "inet6ctl \(flags)")
        }
    }

    @Test(arguments: [
        ("0", VariableType.integer, "0000000000"), ("-2147483648", .integer, "0x80000000"),
        ("2147483647", .integer, "0x7fffffff"), ("2147483648", .integer, "0x0000000080000000"),
        ("-2147483649", .integer, "0xffffffff7fffffff"), ("4294967295", .unsigned, "0xffffffff"),
        ("4294967296", .unsigned, "0x0000000100000000"), ("0", .boolean, "0000"),
        ("300", .boolean, "0x000000000000012c"),
        ("18446744073709551615", .unsigned, "0xffffffffffffffff"), ("odd", .integer, "odd"),
    ])
    func aNumberHasAsManyDigitsAsItsBytes(_ value: String, _ type: VariableType, _ text: String) throws {
        var reply = VariableFormatTests.reply
        reply.variables[0].value = value
        reply.variables[0].type = type
        let printed = try #require(try format("-nx").text(of: reply.variables[0]))
        #expect(String(decoding: printed, as: UTF8.self) == text)
    }

    @Test(arguments: [
        ("0001", "0001"), ("", ""), (String(repeating: "ab", count: 16), String(repeating: "ab", count: 16)),
    ])
    func fewBytesAreDumpedWhole(_ value: String, _ shown: String) throws {
        let variable = VariableFormatTests.reply.variables[5].holding(value)
        let printed = try #require(try format("-on").text(of: variable))
        let text = "Format:S,stats Length:\(value.utf8.count / 2) Dump:0x\(shown)"
        #expect(String(decoding: printed, as: UTF8.self) == text)
    }

    /// The digits that are no bytes are the daemon's fault, and no reason to end in a trap.
    @Test(arguments: ["0", "zz", "é", "0é0"])
    func whatIsNoBytesIsTakenForSome(_ value: String) throws {
        let variable = VariableFormatTests.reply.variables[5].holding(value)
        for flags in ["-o", "-x", "-b"] { #expect(try format(flags).text(of: variable) != nil) }
    }

    @Test(arguments: [
        ("", "net.a.int: 10 -> 12\n"),
        ("-e", "net.a.int=10 -> 12\n"),
        ("-n", "10 -> 12\n"),
        ("-ne", "10 -> 12\n"),
        ("-N", "net.a.int -> net.a.int\n"),
        ("-x", "net.a.int: 0x0000000a -> 0x0000000c\n"),
        ("-nx", "0x0000000a -> 0x0000000c\n"),
        ("-b", "\n\0\0\0\u{c}\0\0\0"),
        ("-o", "net.a.int: 10 -> 12\n"),
    ])
    func aChangeIsShown(_ flags: String, _ text: String) throws {
        let variable = VariableFormatTests.reply.variables[0]
        let change = try format(flags).change(of: variable, from: "10", to: "12")
        #expect(String(decoding: change, as: UTF8.self) == text, "inet6ctl \(flags)")
    }

    @Test(arguments: [
        ("1234567", "1,234,567"), ("-123456", "-123,456"), ("-1234", "-1,234"), ("999", "999"), ("0", "0"),
    ])
    func digitsAreGrouped(_ value: String, _ text: String) throws {
        var format = try format("-n")
        format.grouping = DigitGrouping(separator: ",", sizes: [3, 3])
        let variable = VariableFormatTests.reply.variables[0].holding(value)
        #expect(format.text(of: variable).map { String(decoding: $0, as: UTF8.self) } == text)
        format.isHexadecimal = true
        #expect(format.text(of: variable)?.contains(UInt8(ascii: ",")) == false)
    }

    @Test(
        arguments: [
            ([3, 2], "12,34,56,789"), ([3, 0], "123456,789"), ([3, 127], "123456,789"), ([], "123456789"),
            ([127], "123456789"), ([9], "123456789"), ([8], "1,23456789"), ([1], "1,2,3,4,5,6,7,8,9"),
        ] as [([UInt8], String)])
    func groupsAreThoseOfTheLocale(_ sizes: [UInt8], _ text: String) {
        #expect(DigitGrouping(separator: ",", sizes: sizes).grouped("123456789") == text)
    }

    private func format(_ flags: String) throws -> VariableFormat {
        VariableFormat(
            try Options(parsing: flags.split(separator: " ").map(String.init), known: VariableOptions.known))
    }
}
