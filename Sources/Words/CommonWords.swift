// SPDX-License-Identifier: BSD-2-Clause
import Control

/// The words of every kind of interface.
extension Word {
    package static var create: Word {
        .mark(
            "create", place: .verb, synonyms: ["plumb"], help: "make the interface", set: { $0.change.create = true },
            get: { $0.change.create == true })
    }

    static var destroy: Word {
        .mark(
            "destroy", place: .alone, synonyms: ["unplumb"], help: "remove the interface",
            set: { $0.change.destroy = true },
            get: { $0.change.destroy == true })
    }

    static var check: Word {
        .question("check", place: .alone, help: "say why packets would or would not pass")
    }

    /// A verb that asks and changes nothing; with other words it cannot be.
    static func question(_ text: String, place: Place, help: String) -> Word {
        Word(
            text, place: place, help: help,
            read: { _, given throws(WordError) in throw given.refusal("goes with no other word") }, say: { _ in [] })
    }

    static var description: Word {
        Word(
            "description", takes: "text", negation: .plain, synonyms: ["descr"], help: "a text to remember it by",
            read: { draft, given in draft.change.description = given.argument },
            say: { draft in
                draft.change.description.map { $0.isEmpty ? ["-description"] : ["description", $0] } ?? []
            })
    }

    static func mtu(_ help: String) -> Word {
        .number(
            "mtu", takes: "bytes", help: help, in: 0...Int(Int32.max), set: { $0.change.mtu = $1 },
            get: { $0.change.mtu })
    }

    static func up(_ help: String) -> Word {
        .mark("up", place: .state, help: help, set: { $0.change.up = true }, get: { $0.change.up == true })
    }

    static func down(_ help: String) -> Word {
        .mark("down", place: .state, help: help, set: { $0.change.up = false }, get: { $0.change.up == false })
    }
}
