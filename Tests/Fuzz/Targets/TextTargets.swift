// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Inet6Control
import Words

/// What must hold of a command file, whatever is in it: a change that is read, said in words, reads the same.
enum WordsTarget {
    static func run(_ bytes: [UInt8]) throws(Violation) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let lines = try? CommandFile.lines(of: text) else { return }
        for line in lines {
            if case .change(let change)? = try? AddressCommand(parsing: line.words) {
                let again = try? AddressCommand(parsing: change.words)
                try require(again == .change(change), "\(line.words) reads otherwise as \(change.words)")
            }
            for kind in InterfaceKind.allCases { try hold(line.words, kind) }
        }
    }

    private static func hold(_ line: [String], _ kind: InterfaceKind) throws(Violation) {
        guard case .change(let change)? = try? InterfaceCommand(parsing: line, for: kind) else { return }
        let again = try? InterfaceCommand(parsing: change.words, for: kind)
        try require(again == .change(change), "\(line) reads otherwise as \(change.words)")
        let words = (try? CommandFile.lines(of: change.line))?.map(\.words)
        try require(words == [change.words], "\(change.line) is read as \(String(describing: words))")
    }
}

/// What must hold of a faithd.conf(5), whatever is in it: it is refused, or its rules are written and read back.
enum AccessTarget {
    static func run(_ bytes: [UInt8]) throws(Violation) {
        let rules: [AccessRule]
        do throws(AccessFile.Failure) {
            rules = try AccessFile.rules(in: bytes, name: "x")
        } catch {
            let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).count
            try require((1...lines).contains(error.line), "\(error) is about no line")
            let isPrintable = error.description.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            try require(isPrintable && error.description.utf8.count < 200, "an error that cannot be shown")
            return
        }
        let text = AccessFile.text(of: rules)
        let again = try? AccessFile.rules(in: text.utf8, name: "x")
        try require(again == rules, "\(text) reads otherwise")
        for rule in rules {
            try require((try? AccessRule(words: rule.words)) == rule, "\(rule.words) read otherwise")
        }
    }
}

/// What must hold of a message on the control socket, whatever it says: it is refused or read, and reads the same again.
enum WireTarget {
    static func run(_ bytes: [UInt8]) throws(Violation) {
        guard VarlinkWire.isWithinLimits(bytes) else { return }
        guard let call = try? VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: bytes) else { return }
        guard let encoded = try? VarlinkWire.encode(call) else { return }
        try require(encoded.last == 0 && !encoded.dropLast().contains(0), "a message with another end than its own")
        let again = try? VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: encoded.dropLast())
        try require(again?.method == call.method && again?.parameters == call.parameters, "\(call) reads otherwise")
        guard let parameters = call.parameters else { return }
        guard let apply = try? VarlinkWire.convert(parameters, to: [String: [Change]].self) else { return }
        let changed = try? VarlinkWire.convert(apply, to: [String: [Change]].self)
        try require(changed == apply, "\(apply) reads otherwise")
    }
}
