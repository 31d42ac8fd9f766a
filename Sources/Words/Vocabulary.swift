// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// The words that a command may have, and what is made of them.
public struct Vocabulary: Sendable {
    /// In the order in which they are said.
    public let words: [Word]

    package init(_ words: [Word]) {
        self.words = words
    }

    /// The words of one kind's interfaces.
    public init(_ kind: InterfaceKind) {
        switch kind {
        case .stf: words = StfWords.rows
        case .faith: words = FaithWords.rows
        case .vamp: words = PuppetWords.vamp
        case .puppet: words = PuppetWords.puppet
        }
    }

    /// The words of all kinds, each where its kind has it.
    static let ofAllKinds: Vocabulary = {
        var all: [Word] = []
        for kind in InterfaceKind.allCases {
            var place = 0
            for word in Vocabulary(kind).words {
                if let known = all.firstIndex(where: { $0.text == word.text }) {
                    place = known + 1
                } else {
                    all.insert(word, at: place)
                    place += 1
                }
            }
        }
        return Vocabulary(all)
    }()

    /// A word as it is spelled. No tuple: the metadata of one would cost a tool as much as building the table does.
    public struct Spelling: Sendable {
        public let word: Word
        public let isNegated: Bool
    }

    /// Reads `link0`, `-link0`, `descr`; nil for anything that is no word.
    public func named(_ text: String) -> Spelling? {
        let isNegated = text.utf8.first == UInt8(ascii: "-")
        let name = isNegated ? String(text.dropFirst()) : text
        guard let word = words.first(where: { $0.isNamed(name) }), !isNegated || word.isNegatable else { return nil }
        return Spelling(word: word, isNegated: isNegated)
    }

    /// In the order in which people are told of them: first the verbs, then what the interface does. Not what is refused.
    public var listed: [Word] {
        let words = words.filter { $0.refusal == nil }
        return words.filter(\.place.isVerb) + words.filter { $0.place == .state }
            + words.filter { !$0.place.isVerb && $0.place != .state }
    }

    // MARK: the way back

    /// What follows the interface in a command that says this.
    package func said(_ draft: ChangeDraft) -> [String] {
        words.reduce(into: []) { $0 += $1.say(draft) }
    }

    /// The words that `InterfaceCommand` would read as this change:
    /// `stf0 create inet6 2002:c000:201::1 prefixlen 16 up`.
    public func words(of change: Change) -> [String] {
        [change.interface] + said(ChangeDraft(saying: change))
    }

    /// The same as a line of a command file.
    public func line(of change: Change) -> String {
        CommandFile.line(words(of: change))
    }
}

extension Change {
    /// The words that say it, of whichever kind it is about. A word may mean something else to another kind.
    public var words: [String] { vocabulary.words(of: self) }

    public var line: String { vocabulary.line(of: self) }

    private var vocabulary: Vocabulary { parts.first.map { Vocabulary($0.kind) } ?? .ofAllKinds }
}
