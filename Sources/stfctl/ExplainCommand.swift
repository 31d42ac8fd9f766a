// SPDX-License-Identifier: BSD-2-Clause
import Control
import Words

/// `explain stf0 in on eth0 4500 003c …`: a packet, and where it is.
struct ExplainCommand: Equatable, Sendable {
    var interface: String
    var direction: Direction
    /// The interface that the packet comes by.
    var arrival: String?
    /// Hexadecimal digits, or the name of a file.
    var packet: String

    init(interface: String, direction: Direction, arrival: String? = nil, packet: String) {
        self.interface = interface
        self.direction = direction
        self.arrival = arrival
        self.packet = packet
    }

    /// Reads what follows `explain stf0`. Digits may come in several words, as tcpdump(8) prints them.
    init(_ interface: String, parsing words: [String]) throws(WordError) {
        var rest = words[...]
        self.interface = interface
        switch rest.popFirst() {
        case "in": direction = .input
        case "out": direction = .output
        case let word: throw WordError(object: interface, value: word, reason: "in or out must follow explain")
        }
        if rest.first == "on" {
            guard direction == .input else {
                throw WordError(
                    object: interface, value: "on", reason: "only a packet that comes in comes by an interface")
            }
            guard rest.count > 1 else {
                throw WordError(object: interface, value: "on", reason: "requires an argument")
            }
            arrival = rest.dropFirst().first
            rest = rest.dropFirst(2)
        }
        guard let first = rest.first else {
            throw WordError(object: interface, reason: "a packet is missing: hexadecimal digits, or a file")
        }
        packet = rest.count == 1 ? first : try ExplainCommand.digits(rest, of: interface)
    }

    /// The digits of all words but offsets, `0x0010:`.
    private static func digits(_ words: ArraySlice<String>, of interface: String) throws(WordError) -> String {
        var digits = ""
        for word in words where !(word.hasPrefix("0x") && word.hasSuffix(":")) {
            guard word.utf8.allSatisfy({ isHexadecimal($0) }) else {
                throw WordError(object: interface, value: word, reason: "not hexadecimal digits")
            }
            digits += word
        }
        return digits
    }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// The digits, if the packet is given by them and not by the name of a file: at least a byte, and whole bytes.
    var digits: String? {
        let isDigits =
            packet.utf8.count >= 2 && packet.utf8.count % 2 == 0
            && packet.utf8.allSatisfy { ExplainCommand.isHexadecimal($0) }
        return isDigits ? packet : nil
    }

    /// What follows `explain stf0`.
    static func candidates(after words: ArraySlice<String>) -> [Candidate] {
        switch words.last {
        case nil: [Candidate(text: "in", help: "from the IPv4 side"), Candidate(text: "out", help: "to the IPv4 side")]
        case "in" where words.count == 1: [Candidate(text: "on", help: "the interface that it comes by"), .file]
        case "on" where words.count == 2: []
        default: [.file]
        }
    }
}
