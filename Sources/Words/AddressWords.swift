// SPDX-License-Identifier: BSD-2-Clause
import Control

/// The words about inet6 addresses, of every tool.
extension Word {
    /// - Parameter say: what says that something is about inet6; the address is behind it.
    package static func inet6(_ help: String, say: @escaping @Sendable (ChangeDraft) -> [String]) -> Word {
        Word("inet6", takes: "address", place: .family, help: help, read: { _, _ in }, say: say)
    }

    package static var inet6: Word {
        .inet6("set, change or delete the IPv6 address") { $0.hasAddress ? ["inet6", $0.details.address] : [] }
    }

    package static func prefixlen(_ help: String) -> Word {
        .number(
            "prefixlen", takes: "length", place: .detail, help: help, in: 0...128, set: { $0.details.prefixlen = $1 },
            get: { $0.details.prefixlen })
    }

    /// To add is what an address does anyway.
    package static var alias: Word {
        Word(
            "alias", negation: .plain, place: .detail, help: "add the address",
            read: { draft, given in draft.details.delete = given.isNegated ? true : nil }, say: { _ in [] })
    }

    package static var delete: Word {
        .mark(
            "delete", place: .detail, synonyms: ["remove"], help: "remove the address",
            set: { $0.details.delete = true },
            get: { $0.details.delete == true })
    }

    package static var anycast: Word {
        .mark(
            "anycast", place: .detail, help: "the address is an anycast address", set: { $0.details.anycast = true },
            get: { $0.details.anycast == true })
    }

    package static var deprecated: Word {
        .flag(
            "deprecated", place: .detail, help: "do not use the address as a source",
            set: { $0.details.deprecated = $1 },
            get: { $0.details.deprecated })
    }

    package static var pltime: Word {
        .lifetime("pltime", help: "preferred lifetime", set: { $0.details.pltime = $1 }, get: { $0.details.pltime })
    }

    package static var vltime: Word {
        .lifetime("vltime", help: "valid lifetime", set: { $0.details.vltime = $1 }, get: { $0.details.vltime })
    }

    private static func lifetime(
        _ text: String, help: String, set: @escaping @Sendable (inout ChangeDraft, Int) -> Void,
        get: @escaping @Sendable (ChangeDraft) -> Int?
    ) -> Word {
        Word(
            text, takes: "seconds", place: .detail, help: help,
            read: { draft, given throws(WordError) in set(&draft, try Words.lifetime(given)) },
            say: { draft in get(draft).map { [text, $0 == -1 ? "infty" : "\($0)"] } ?? [] })
    }
}
