// SPDX-License-Identifier: BSD-2-Clause

/// A word of a command, as ifconfig(8), stf(4) and faith(4) have them: one row of a table.
///
/// The table of a kind is its grammar: from the rows come parsing, usage, completion, what `-c` prints and the daemon logs,
/// and the test of the manual pages.
///
/// A class, since a structure this large would need metadata at run time, which costs a tool more than the whole table.
public final class Word: Sendable {
    /// What `-word` does.
    public enum Negation: Sendable {
        /// There is none.
        case none
        /// It undoes the word: `-link0`, `-description`.
        case plain
        /// It names what it undoes: `-relay 22`.
        case naming
    }

    /// Where a word may stand.
    public enum Place: Equatable, Sendable {
        /// Before the interface, or behind it: `create stf0`, `stf0 create`.
        case verb
        /// The same, and no other word goes with it: `destroy stf0`.
        case alone
        /// The same, and what follows is read by the tool of the kind: `explain stf0 in 4500`.
        case question
        /// Behind the interface. An address changes it too, so it is said last.
        case state
        /// Behind the interface.
        case interface
        /// Behind the interface; from there on, what is no word is an address: `inet6`.
        case family
        /// It is about an inet6 address, before or behind that: `inet6 prefixlen 16 2002:c000:201::1`.
        case detail
        /// Somewhere behind another word: `relay 22 proxy`.
        case after(String)

        /// Whether it may come before the interface.
        public var isVerb: Bool {
            switch self {
            case .verb, .alone, .question: true
            case .state, .interface, .family, .detail, .after: false
            }
        }
    }

    public let text: String
    /// What follows the word, as the manual page names it: `clients servers [from address]`.
    public let argument: String?
    public let negation: Negation
    public let place: Place
    /// Other spellings that ifconfig(8) takes.
    public let synonyms: [String]
    /// One line for completion.
    public let help: String
    /// Why the word is known and yet refused.
    public let refusal: String?
    /// Help for the keyword of the argument that may be left out, such as `from`.
    let keywordHelp: String?
    /// Takes the word into what a command says.
    let read: @Sendable (inout ChangeDraft, Given) throws(WordError) -> Void
    /// The way back: the words that say what the draft has of it, for `-c` and the log.
    let say: @Sendable (ChangeDraft) -> [String]

    package init(
        _ text: String, takes argument: String? = nil, negation: Negation = .none, place: Place = .interface,
        synonyms: [String] = [], help: String, refusal: String? = nil, keywordHelp: String? = nil,
        read: @escaping @Sendable (inout ChangeDraft, Given) throws(WordError) -> Void,
        say: @escaping @Sendable (ChangeDraft) -> [String]
    ) {
        self.text = text
        self.argument = argument
        self.negation = negation
        self.place = place
        self.synonyms = synonyms
        self.help = help
        self.refusal = refusal
        self.keywordHelp = keywordHelp
        self.read = read
        self.say = say
    }

    /// Whether `-word` is a word.
    public var isNegatable: Bool {
        switch negation {
        case .none: false
        case .plain, .naming: true
        }
    }

    /// Whether an argument comes right behind it. An address may come later.
    func takesArgument(negated isNegated: Bool) -> Bool {
        guard argument != nil, place != .family else { return false }
        switch negation {
        case .none, .naming: return true
        case .plain: return !isNegated
        }
    }

    func isNamed(_ name: String) -> Bool {
        text == name || !synonyms.isEmpty && synonyms.contains(name)
    }
}

/// The shapes that many rows have.
extension Word {
    /// `link0`, `-link0`
    package static func flag(
        _ text: String, place: Place = .interface, help: String,
        set: @escaping @Sendable (inout ChangeDraft, Bool) -> Void, get: @escaping @Sendable (ChangeDraft) -> Bool?
    ) -> Word {
        Word(
            text, negation: .plain, place: place, help: help, read: { draft, given in set(&draft, !given.isNegated) },
            say: { draft in get(draft).map { [$0 ? text : "-\(text)"] } ?? [] })
    }

    /// `anycast`
    package static func mark(
        _ text: String, place: Place, synonyms: [String] = [], help: String,
        set: @escaping @Sendable (inout ChangeDraft) -> Void, get: @escaping @Sendable (ChangeDraft) -> Bool
    ) -> Word {
        Word(
            text, place: place, synonyms: synonyms, help: help, read: { draft, _ in set(&draft) },
            say: { draft in get(draft) ? [text] : [] })
    }

    /// `mtu 1280`
    static func number(
        _ text: String, takes argument: String, place: Place = .interface, help: String, in range: ClosedRange<Int>,
        set: @escaping @Sendable (inout ChangeDraft, Int) -> Void, get: @escaping @Sendable (ChangeDraft) -> Int?
    ) -> Word {
        Word(
            text, takes: argument, place: place, help: help,
            read: { draft, given throws(WordError) in set(&draft, try Words.number(given, in: range)) },
            say: { draft in get(draft).map { [text, "\($0)"] } ?? [] })
    }
}

extension Word {
    /// A word of ifconfig(8) that has no meaning here.
    package static func refused(
        _ text: String, takes argument: String? = nil, negation: Negation = .none, _ reason: String
    ) -> Word {
        Word(
            text, takes: argument, negation: negation, place: .after("inet6"), help: reason, refusal: reason,
            read: { _, _ in }, say: { _ in [] })
    }
}

/// A word as it was given.
package struct Given {
    /// The interface that the command is about.
    let object: String
    /// `-relay`
    package let text: String
    package let isNegated: Bool
    /// Empty if the word takes none.
    package let argument: String
    let hasArgument: Bool

    init(_ text: String, isNegated: Bool = false, argument: String? = nil, of object: String) {
        self.object = object
        self.text = text
        self.isNegated = isNegated
        self.argument = argument ?? ""
        hasArgument = argument != nil
    }

    /// `stf0: mtu abc: bad value`
    package func refusal(_ reason: String) -> WordError {
        WordError(object: object, value: hasArgument ? "\(text) \(argument)" : text, reason: reason)
    }

    /// The same word with another of its arguments.
    func naming(_ argument: String) -> Given {
        Given(text, isNegated: isNegated, argument: argument, of: object)
    }
}

/// A word that cannot be there, or a value it cannot have.
public struct WordError: Error, Equatable, Sendable {
    /// The interface the words are about.
    public var object: String?
    public var value: String?
    public var reason: String

    package init(object: String?, value: String? = nil, reason: String) {
        self.object = object
        self.value = value
        self.reason = reason
    }

    /// `stf0: mtu abc: bad value`.
    public var line: String {
        [object, value, reason].compactMap(\.self).joined(separator: ": ")
    }
}
