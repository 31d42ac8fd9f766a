// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// What a line of words asks for.
public enum InterfaceCommand: Equatable, Sendable {
    case show(String)
    /// `stf0 inet6`: only the address lines.
    case showAddresses(String)
    /// `check stf0`: whether it would work, and why not.
    case check(String)
    /// What the tool of the kind reads itself: `explain stf0 in 4500`.
    case question(Question)
    case change(Change)

    /// Reads `create stf0`, `destroy stf0`, `stf0`, `stf0 inet6`, `stf0 create inet6 2002:c000:201::1 prefixlen 16 up`.
    /// - Parameter kind: whose words these are.
    public init(parsing words: some Collection<String>, for kind: InterfaceKind) throws(WordError) {
        let vocabulary = Vocabulary(kind)
        var words = Array(words)
        // The verb may come first: `create stf0` is `stf0 create`.
        var first = words.first.flatMap { vocabulary.named($0) }
        if let verb = first, !verb.isNegated, verb.word.place.isVerb {
            guard words.count > 1 else { throw WordError(object: words[0], reason: "needs an interface") }
            words.swapAt(0, 1)
            first = vocabulary.named(words[0])
        }
        let interface = try InterfaceCommand.interface(words.first, isWord: first != nil)
        let rest = words.dropFirst()
        guard let second = rest.first else {
            self = .show(interface)
            return
        }
        if let word = vocabulary.named(second)?.word {
            switch word.place {
            case .question:
                self = .question(Question(verb: word.text, interface: interface, words: Array(rest.dropFirst())))
                return
            case .family where rest.count == 1:
                self = .showAddresses(interface)
                return
            case .alone where rest.count == 1 && word.text == Word.check.text:
                self = .check(interface)
                return
            case .alone, .verb, .state, .interface, .family, .detail, .after: break
            }
        }
        var draft = ChangeDraft(interface: interface)
        try draft.read(rest, in: vocabulary)
        self = .change(try draft.finish())
    }

    package static func interface(_ name: String?, isWord: Bool) throws(WordError) -> String {
        guard let name else { throw WordError(object: nil, reason: "an interface is missing") }
        guard !name.isEmpty, !name.hasPrefix("-"), !isWord else {
            throw WordError(object: name, reason: "not the name of an interface")
        }
        // A name longer than the kernel's IFNAMSIZ can belong to no interface.
        guard name.utf8.count <= 15 else { throw WordError(object: name, reason: "name too long") }
        return name
    }
}

/// A verb of one kind's tool, and the words that follow it and the interface.
public struct Question: Equatable, Sendable {
    public let verb: String
    public let interface: String
    public let words: [String]

    public init(verb: String, interface: String, words: [String]) {
        self.verb = verb
        self.interface = interface
        self.words = words
    }
}
