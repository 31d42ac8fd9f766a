// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing

/// A request is held against the interface field for field, and the first thing wrong is named with its path.
@Suite struct OffenderTests {
    @Test(
        arguments: [
            // Right.
            (#"{"changes":[]}"#, nil),
            (#"{"changes":[],"idempotent":null}"#, nil),
            (#"{"changes":[{"interface":"stf0"}],"idempotent":false}"#, nil),
            // Missing.
            ("{}", "changes"),
            (#"{"changes":null}"#, "changes"),
            (#"{"changes":[{}]}"#, "changes[0].interface"),
            (#"{"changes":[null]}"#, "changes[0]"),
            (#"{"changes":[{"interface":"stf0"},{"interface":"stf1","inet6":{}}]}"#, "changes[1].inet6.address"),
            // Unknown.
            (#"{"changes":[],"Idempotent":true}"#, "Idempotent"),
            (#"{"changes":[],"idempotent":true,"zeal":1,"haste":1}"#, "haste"),
            (#"{"changes":[{"interface":"stf0","mut":1}]}"#, "changes[0].mut"),
            (#"{"changes":[{"interface":"stf0","inet6":{"address":"::1","scope":null}}]}"#, "changes[0].inet6.scope"),
            // Of the wrong type.
            (#"{"changes":{}}"#, "changes"),
            (#"{"changes":["stf0"]}"#, "changes[0]"),
            (#"{"changes":[],"idempotent":1}"#, "idempotent"),
            (#"{"changes":[],"idempotent":"true"}"#, "idempotent"),
            (#"{"changes":[{"interface":0}]}"#, "changes[0].interface"),
            (#"{"changes":[{"interface":"stf0","mtu":"1280"}]}"#, "changes[0].mtu"),
            (#"{"changes":[{"interface":"stf0","mtu":1280.5}]}"#, "changes[0].mtu"),
            (#"{"changes":[{"interface":"stf0","mtu":9223372036854775808}]}"#, "changes[0].mtu"),
            (#"{"changes":[{"interface":"stf0","mtu":true}]}"#, "changes[0].mtu"),
            (#"{"changes":[{"interface":"stf0","up":0}]}"#, "changes[0].up"),
            (#"{"changes":[{"interface":"stf0","inet6":"::1"}]}"#, "changes[0].inet6"),
            (#"{"changes":[{"interface":"stf0","inet6":{"address":"::1","pltime":[]}}]}"#, "changes[0].inet6.pltime"),
            // No object at all.
            ("[]", ""),
            ("null", ""),
            ("7", ""),
        ] as [(String, String?)])
    func `what is wrong is named`(text: String, path: String?) throws {
        let interface = try shipped(IfnetMethod.interface)
        let type = try #require(interface.methods["Apply"]).input
        #expect(interface.offender(in: try json(text), as: type) == path)
    }

    @Test(
        arguments: [
            (.bool, ["true", "false"]),
            (.integer, ["0", "-1", "9223372036854775807"]),
            (.float, ["0", "-1", "9223372036854775807", "0.5"]),
            (.string, [#""""#, #""a""#]),
            (.object, ["{}", #"{"a":"a"}"#]),
            (.optional(.bool), ["null", "true", "false"]),
            (.array(.string), ["[]", #"["a"]"#]),
            (.map(.string), ["{}", #"{"a":"a"}"#]),
            (.structure([]), ["{}"]),
            (.fields(("a", .string)), [#"{"a":"a"}"#]),
            (.enumeration(["a", "b"]), [#""a""#]),
            (.named("Flag"), []),
            (.named("Traffic"), []),
            (.named("Nothing"), []),
        ] as [(VarlinkType, [String])])
    func `each type takes its own values and no other`(type: VarlinkType, right: [String]) throws {
        let values = [
            "null", "true", "false", "0", "-1", "9223372036854775807", "0.5", #""""#, #""a""#, "[]", #"["a"]"#, "{}",
            #"{"a":"a"}"#,
        ]
        let interface = try shipped(IfnetMethod.interface)
        let taken = try values.filter { interface.offender(in: try json($0), as: type) == nil }
        #expect(taken == right)
    }

    @Test func `the offender in a map is named by its key`() throws {
        let interface = try shipped(IfnetMethod.interface)
        let value = try json(#"{"a":[1],"b":[1,"2"],"c":[true]}"#)
        #expect(interface.offender(in: value, as: .map(.array(.integer))) == "b[1]")
        #expect(interface.offender(in: value, as: .map(.array(.integer)), path: "top") == "top.b[1]")
    }
}
