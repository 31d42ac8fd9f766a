// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import TestSupport
import Testing

/// Any bytes are a call or refused, never a trap; and what the interface lets through, the Swift types can read.
@Suite struct VarlinkWireTests {
    static let calls: [[UInt8]] = [
        #"{"method":"io.hydrangea.ifnet.List","parameters":{"interface":"stf0"},"more":true}"#,
        #"{"method":"io.hydrangea.ifnet.Cloners"}"#,
        #"{"method":"io.hydrangea.mib.Write","parameters":{"assignments":[{"name":"net","value":"1"}]},"oneway":false}"#,
        #"{"method":"io.hydrangea.ifnet.Apply","parameters":{"changes":[{"interface":"","inet6":{"address":""}}]}}"#,
    ].map { Array($0.utf8) }

    @Test func `a message ends with its only NUL`() throws {
        let call = VarlinkCall(method: "a.b\0/\n", parameters: JSONValue.object(["\0": .string("\0")]))
        let bytes = try VarlinkWire.encode(call)
        #expect(bytes.firstIndex(of: 0) == bytes.count - 1)
    }

    @Test func `a call is written in one way only`() throws {
        var call = VarlinkCall(method: "a.b/C", parameters: ListParameters(interface: "stf0"))
        call.more = true
        let text = String(decoding: try VarlinkWire.encode(call).dropLast(), as: UTF8.self)
        #expect(text == #"{"method":"a.b/C","more":true,"parameters":{"interface":"stf0"}}"#)
    }

    @Test(arguments: [
        ("{}", false), ("[]", false), (#"{"method":1}"#, false), (#"{"method":null}"#, false),
        (#"{"method":"a","more":1}"#, false), (#"{"method":"a","oneway":"true"}"#, false),
        (#"{"method":"a"}"#, true), (#"{"method":"a","parameters":null,"more":null,"new":{}}"#, true),
        (#"{"method":"","parameters":[7]}"#, true),
    ])
    func `a call needs a method`(text: String, isCall: Bool) {
        let call = try? VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: Array(text.utf8))
        #expect((call != nil) == isCall)
    }

    @Test(arguments: calls)
    func `every call is right to begin with`(call: [UInt8]) throws {
        #expect(try served(call, by: allInterfaces))
    }

    @Test(arguments: calls)
    func `every prefix of a call is refused`(call: [UInt8]) throws {
        let interfaces = allInterfaces
        for count in 0..<call.count {
            #expect(throws: VarlinkWireError.undecodable) { try served(Array(call.prefix(count)), by: interfaces) }
        }
    }

    @Test(arguments: calls)
    func `every mutation of a call is served or refused`(call: [UInt8]) throws {
        let interfaces = allInterfaces
        for index in call.indices {
            for value in UInt8.min ... .max {
                var mutated = call
                mutated[index] = value
                do { _ = try served(mutated, by: interfaces) } catch VarlinkWireError.undecodable {}
            }
        }
    }

    @Test func `random bytes are refused`() throws {
        let interfaces = allInterfaces
        var generator = SeededGenerator(seed: 7)
        let tokens = [
            "{", "}", "[", "]", ":", ",", "\"", "\\", "null", "true", "1", "-", "e", ".", "\"method\"",
            "\"parameters\"",
            "\"io.hydrangea.ifnet.Apply\"", "\"changes\"", "\"interface\"", "\"stf0\"", " ", "\0", "\u{FEFF}",
        ].map { Array($0.utf8) }
        for _ in 0..<5000 {
            let noise = generator.bytes(generator.pick(0..<64))
            let soup = (0..<generator.pick(0..<32)).flatMap { _ in generator.pick(tokens) }
            for bytes in [noise, soup, [0x7B] + soup] {
                do { _ = try served(bytes, by: interfaces) } catch VarlinkWireError.undecodable {}
            }
        }
    }

    private static let readers: [String: @Sendable (JSONValue) throws -> Void] = [
        IfnetMethod.list.name: { _ = try VarlinkWire.convert($0, to: ListParameters.self) },
        IfnetMethod.check.name: { _ = try VarlinkWire.convert($0, to: CheckParameters.self) },
        IfnetMethod.explain.name: { _ = try VarlinkWire.convert($0, to: ExplainParameters.self) },
        IfnetMethod.apply.name: { _ = try VarlinkWire.convert($0, to: ApplyParameters.self) },
        MIBMethod.read.name: { _ = try VarlinkWire.convert($0, to: ReadParameters.self) },
        MIBMethod.write.name: { _ = try VarlinkWire.convert($0, to: WriteParameters.self) },
    ]

    /// What the daemon does with a message, up to the point where it would act. True if it would.
    private func served(_ bytes: [UInt8], by interfaces: [VarlinkInterface]) throws -> Bool {
        let call = try VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: bytes)
        let parameters = call.parameters ?? .object([:])
        guard let dot = call.method.lastIndex(of: "."),
            let interface = interfaces.first(where: { $0.name == call.method[..<dot] }),
            let method = interface.methods[String(call.method[dot...].dropFirst())],
            interface.offender(in: parameters, as: method.input) == nil
        else { return false }
        // Nothing that passed may fail here.
        do {
            try VarlinkWireTests.readers[call.method]?(parameters)
        } catch {
            Issue.record("passed the interface, not the type: \(String(decoding: bytes, as: UTF8.self))")
        }
        return true
    }
}
