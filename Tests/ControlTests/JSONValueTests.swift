// SPDX-License-Identifier: BSD-2-Clause
import Control
import TestSupport
import Testing

/// A JSON value is read as RFC 8259 defines it and written back the same; nothing that a peer can send is a trap.
@Suite struct JSONValueTests {
    @Test(
        arguments: [
            ("null", .null), ("true", .bool(true)), ("false", .bool(false)),
            ("0", .integer(0)), ("-0", .integer(0)), ("0.5", .number(0.5)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(0x1p63)), ("-9223372036854775809", .number(-0x1p63)),
            ("18446744073709551616", .number(0x1p64)), ("1e308", .number(1e308)),
            (#""""#, .string("")), (#""\u0000\n\/\ud83d\ude00""#, .string("\0\n/😀")),
            ("[]", .array([])), ("[1,[null]]", .array([.integer(1), .array([.null])])),
            ("{}", .object([:])), (#" { "a" : {"":[]} } "#, .object(["a": .object(["": .array([])])])),
        ] as [(String, JSONValue)])
    func `values read`(text: String, value: JSONValue) throws {
        #expect(try json(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "True", "01", "+1", ".5", "1.", "1e", "0x10", "NaN", "Infinity", "1e400", "-1e400", "--1",
        "'a'", #"""#, #""\x""#, #""\u12""#, #""\ud800""#, "\"\n\"", "[", "[1", "[1 2]", "]", "{", #"{"a"}"#,
        #"{"a":}"#, "{a:1}", "{1:1}", "1 2", "[]]", "// 1", "1//",
        #""\ud800\u0041""#, #""\udc00""#, #""\u+123""#, "\"\t\"", "-", "1.e1", "1e+",
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(throws: VarlinkWireError.undecodable) { try json(text) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0x80, 0x22], [0x22, 0xC3, 0x28, 0x22], [0x22, 0xC0, 0xAF, 0x22],
            [0x22, 0xE2, 0x28, 0xA1, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0xC3, 0x22], [0xFF, 0xFE], [0xC3], [0x00], [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D],
        ] as [[UInt8]])
    func `invalid UTF-8 is refused`(bytes: [UInt8]) {
        #expect(throws: VarlinkWireError.undecodable) { try VarlinkWire.decode(JSONValue.self, from: bytes) }
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":", "\"", "-", "1", "\\", "{"], [1000, 100_000])
    func `depth and length are no trap`(piece: String, count: Int) {
        _ = try? json(String(repeating: piece, count: count))
    }

    @Test(arguments: [(1, true), (32, true), (100_000, false)])
    func `nesting has an end`(depth: Int, isRead: Bool) {
        let value = try? json(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        #expect((value != nil) == isRead)
    }

    @Test func `a value reads back as it was written`() throws {
        var generator = SeededGenerator(seed: 8259)
        for _ in 0..<1000 {
            let value = JSONValue.random(depth: 4, using: &generator)
            let bytes = try VarlinkWire.encode(value)
            #expect(try VarlinkWire.decode(JSONValue.self, from: bytes.dropLast()) == value)
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `what JSON cannot say is not written`(number: Double) {
        #expect(throws: VarlinkWireError.unencodable) { try VarlinkWire.encode(JSONValue.number(number)) }
    }
}

extension JSONValue {
    static func random(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(generator.oneIn(2))
        case 2: .integer(Int64.random(in: .min ... .max, using: &generator) >> generator.pick(0..<63))
        // Never a whole number, which JSON does not tell from an integer.
        case 3: .number(Double(Int.random(in: -9999...9999, using: &generator)) + 0.5)
        case 4: .string(randomText(using: &generator))
        case 5: .array((0..<generator.pick(0..<4)).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            .object(
                Dictionary(
                    (0..<generator.pick(0..<4)).map { _ in
                        (randomText(using: &generator), random(depth: depth - 1, using: &generator))
                    }, uniquingKeysWith: { $1 }))
        }
    }

    private static func randomText(using generator: inout SeededGenerator) -> String {
        let alphabet = Array("ab\"\\/\0\n\r\t\u{7F}é😀\u{2028}\u{FEFF}")
        return String((0..<generator.pick(0..<6)).map { _ in generator.pick(alphabet) })
    }
}
