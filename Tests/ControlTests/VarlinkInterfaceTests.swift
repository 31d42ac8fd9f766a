// SPDX-License-Identifier: BSD-2-Clause
import FaithControl
import Inet6Control
import PuppetControl
import TestSupport
import Testing

@testable import Control

/// Interface descriptions are read as varlink.org defines them; what cannot be read is refused with its line.
@Suite struct VarlinkInterfaceTests {
    @Test func `the standard interface is read`() throws {
        let service = try shipped("org.varlink.service")
        #expect(service.name == "org.varlink.service")
        #expect(service.types.isEmpty)
        #expect(service.methods.keys.sorted() == ["GetInfo", "GetInterfaceDescription"])
        #expect(
            service.errors.keys.sorted() == [
                "ExpectedMore", "InterfaceNotFound", "InvalidParameter", "MethodNotFound", "MethodNotImplemented",
                "PermissionDenied",
            ])
        #expect(service.methods["GetInfo"]?.input == .structure([]))
        #expect(service.errors["InvalidParameter"] == .structure([VarlinkField(name: "parameter", type: .string)]))
    }

    @Test func `the text is kept as it is`() throws {
        let text = String(decoding: PackageResources.io_hydrangea_ifnet_varlink, as: UTF8.self)
        #expect(try shipped(IfnetMethod.interface).text == text)
    }

    @Test func `every file is read`() {
        #expect(
            allInterfaces.map(\.name) == [
                "org.varlink.service", IfnetMethod.interface, Inet6Method.interface, MIBMethod.interface,
                FaithMethod.interface, PuppetMethod.interface, BootMethod.interface,
            ])
    }

    @Test func `every type named is there`() {
        for interface in allInterfaces {
            let methods = interface.methods.values.flatMap { [$0.input, $0.output] }
            let named = (Array(interface.types.values) + methods + Array(interface.errors.values)).flatMap(names)
            #expect(Set(named).subtracting(interface.types.keys) == [])
        }
    }

    @Test(
        arguments: [
            ("bool", .bool), ("int", .integer), ("float", .float), ("string", .string), ("object", .object),
            ("Other", .named("Other")),
            ("?int", .optional(.integer)),
            ("[]int", .array(.integer)),
            ("[string]int", .map(.integer)),
            ("?[][string]?Other", .optional(.array(.map(.optional(.named("Other")))))),
            ("()", .structure([])),
            ("(a, b_2)", .enumeration(["a", "b_2"])),
            ("(a:int,b : ?[ ]string)", .fields(("a", .integer), ("b", .optional(.array(.string))))),
            ("(a: (b: (c, d)))", .fields(("a", .fields(("b", .enumeration(["c", "d"])))))),
            ("( # a comment\n a # another )\n)", .enumeration(["a"])),
        ] as [(String, VarlinkType)])
    func `types are read`(text: String, type: VarlinkType) throws {
        #expect(try VarlinkInterface(parsing: "interface a.b\ntype T \(text)").types["T"] == type)
    }

    @Test(arguments: [
        "method M()->()", "method M ( ) -> ( )", "method M()\n->\n()", "# first\nmethod M() -> () # last",
    ])
    func `methods are read however they are spaced`(text: String) throws {
        let method = try #require(try VarlinkInterface(parsing: "interface a.b\n\(text)").methods["M"])
        #expect(method == (.structure([]), .structure([])))
    }

    @Test(arguments: [
        ("", 1, "interface is missing"),
        ("\n\n# nothing\n", 1, "interface is missing"),
        ("type A (a)", 1, "interface is missing"),
        ("\ninterface", 2, "a name is missing"),
        ("interface\n7", 2, "a name is missing"),
        ("interface a.b\n\ntype", 3, "a name is missing"),
        ("interface a.b\ntype A", 2, "a name is missing"),
        ("interface a.b\ntype A (\na: int", 3, ", is missing"),
        ("interface a.b\ntype A (a: int b: int)", 2, ", is missing"),
        ("interface a.b\ntype A (a,\n)", 3, "a name is missing"),
        ("interface a.b\ntype A (a: int,\n\nb)\n", 4, "fields and names are mixed"),
        ("interface a.b\ntype A (a: )", 2, "a name is missing"),
        ("interface a.b\ntype A [int]int", 2, "string is missing"),
        ("interface a.b\ntype A [string int", 2, "] is missing"),
        ("interface a.b\nmethod A ()", 2, "-> is missing"),
        ("interface a.b\nmethod A () - ()", 2, "-> is missing"),
        ("interface a.b\nmethod A () ->\n", 2, "a name is missing"),
        ("interface a.b\nstruct A ()", 2, "neither type, method nor error"),
        ("interface a.b\n\n}", 3, "a name is missing"),
    ])
    func `bad syntax is refused with its line`(text: String, line: Int, reason: String) {
        let error = #expect(throws: VarlinkSyntaxError.self) { try VarlinkInterface(parsing: text) }
        #expect(error?.description == "line \(line): \(reason)")
    }

    /// The texts are our own, but a text cut short or mistyped is refused all the same, not a trap.
    @Test func `a damaged text is read or refused`() {
        let text = Array(String(decoding: PackageResources.io_hydrangea_ifnet_varlink, as: UTF8.self))
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let cut = Int.random(in: 0...text.count, using: &generator)
            _ = try? VarlinkInterface(parsing: String(text[..<cut]))
            var damaged = text
            damaged[Int.random(in: 0..<text.count, using: &generator)] = generator.pick(Array("()[]?:,->#. \nZ7"))
            _ = try? VarlinkInterface(parsing: String(damaged))
        }
    }

    private func names(_ type: VarlinkType) -> [String] {
        switch type {
        case .named(let name): [name]
        case .optional(let inner), .array(let inner), .map(let inner): names(inner)
        case .structure(let fields): fields.flatMap { names($0.type) }
        case .bool, .integer, .float, .string, .object, .enumeration: []
        }
    }
}

extension VarlinkType {
    static func fields(_ fields: (String, VarlinkType)...) -> VarlinkType {
        .structure(fields.map { VarlinkField(name: $0.0, type: $0.1) })
    }
}
