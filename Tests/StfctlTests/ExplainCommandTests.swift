// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing
import Words

@testable import stfctl

/// What follows `explain`, in either order of verb and interface: a packet, and where it is.
@Suite struct ExplainCommandTests {
    private func read(_ line: String) throws -> ExplainCommand {
        let words = line.split(separator: " ").map(String.init)
        guard case .question(let question) = try InterfaceCommand(parsing: words, for: .stf) else {
            throw WordError(object: nil, value: line, reason: "no question")
        }
        return try ExplainCommand(question.interface, parsing: question.words)
    }

    private static func question(
        _ direction: Direction, _ packet: String, on arrival: String? = nil
    ) -> ExplainCommand {
        ExplainCommand(interface: "stf0", direction: direction, arrival: arrival, packet: packet)
    }

    @Test(arguments: [
        ("stf0 explain in 4500", question(.input, "4500")),
        ("explain stf0 in 4500", question(.input, "4500")),
        ("explain stf0 in on eth0 4500", question(.input, "4500", on: "eth0")),
        ("explain stf0 out 0x0000: 6000 0000 0x0010: 3aff", question(.output, "600000003aff")),
        ("explain stf0 out some.pcap", question(.output, "some.pcap")),
        ("explain stf0 in on on on", question(.input, "on", on: "on")),
    ])
    func `words are read`(line: String, command: ExplainCommand) throws {
        #expect(try read(line) == command)
    }

    @Test(arguments: [
        ("explain stf0", "stf0: in or out must follow explain"),
        ("explain stf0 up 4500", "stf0: up: in or out must follow explain"),
        ("explain stf0 in", "stf0: a packet is missing: hexadecimal digits, or a file"),
        ("explain stf0 in on", "stf0: on: requires an argument"),
        ("explain stf0 in on eth0", "stf0: a packet is missing: hexadecimal digits, or a file"),
        ("explain stf0 out on eth0 60", "stf0: on: only a packet that comes in comes by an interface"),
        ("explain stf0 in 4500 x0", "stf0: x0: not hexadecimal digits"),
    ])
    func `what cannot be is refused`(line: String, error: String) {
        let thrown = #expect(throws: WordError.self) { try read(line) }
        #expect(thrown?.line == error)
    }

    @Test(arguments: [("60", true), ("60aB", true), ("6", false), ("600", false), ("6g", false), ("./60", false)])
    func `a packet is digits or a file`(packet: String, isDigits: Bool) throws {
        #expect(try read("explain stf0 out \(packet)").digits == (isDigits ? packet : nil))
    }
}
