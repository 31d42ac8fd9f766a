// SPDX-License-Identifier: BSD-2-Clause

/// What could stand where the cursor is.
public struct Candidate: Equatable, Sendable {
    public var text: String
    public var help: String

    public init(text: String, help: String) {
        self.text = text
        self.help = help
    }

    /// The shells complete file names themselves.
    public static let file = Candidate(text: "<file>", help: "")
}

extension Word {
    public var candidate: Candidate { Candidate(text: text, help: help) }

    /// `[-]description text`
    public var usage: String {
        let spelling = isNegatable ? "[-]\(text)" : text
        return argument.map { "\(spelling) \($0)" } ?? spelling
    }

    /// How many words its argument is, and the keyword of what may follow: 2 and `from` of
    /// `clients servers [from address]`.
    fileprivate var shape: (count: Int, keyword: String?) {
        let words = (argument ?? "").split(separator: " ")
        let needed = words.prefix { !$0.hasPrefix("[") }
        return (needed.count, words.dropFirst(needed.count).first.map { String($0.dropFirst()) })
    }
}

extension Vocabulary {
    /// The verbs, which may come before the interface.
    public var verbs: [Candidate] {
        words.filter(\.place.isVerb).map(\.candidate)
    }

    /// The words that may follow: not where one wants an argument, those about an address only behind `inet6`, and with
    /// those that go alone none.
    /// - Parameter words: from the interface on.
    public func candidates(after words: [String]) -> [Candidate] {
        let given = words.compactMap { text in named(text).flatMap { $0.isNegated ? nil : $0.word } }
        if given.contains(where: { $0.place == .alone }) { return [] }
        let (isWanted, keyword) = argument(after: words)
        if isWanted { return [] }
        let candidates = listed.filter { isPlaced($0, behind: given, isFirst: words.count == 1) }.flatMap { word in
            let negated = Candidate(text: "-\(word.text)", help: "not: \(word.help)")
            return (word.isNegatable ? [word.candidate, negated] : [word.candidate])
                .filter { !word.isSaid($0.text, in: words) }
        }
        return [keyword].compactMap(\.self) + candidates
    }

    private func isPlaced(_ word: Word, behind given: [Word], isFirst: Bool) -> Bool {
        switch word.place {
        case .alone, .question: isFirst
        case .verb, .state, .interface, .family: true
        case .detail: given.contains { $0.place == .family }
        case .after(let head): given.contains { $0.text == head }
        }
    }

    /// Whether what comes next is for the user to say; if not, the keyword that may come next.
    private func argument(after words: [String]) -> (isWanted: Bool, keyword: Candidate?) {
        for (distance, text) in words.reversed().enumerated() {
            guard let spelling = named(text), spelling.word.takesArgument(negated: spelling.isNegated) else { continue }
            let word = spelling.word
            let (count, keyword) = word.shape
            if distance < count || distance == count + 1 && words.last == keyword { return (true, nil) }
            guard distance == count, let keyword, let help = word.keywordHelp else { continue }
            return (false, Candidate(text: keyword, help: help))
        }
        return (false, nil)
    }
}

extension Word {
    /// Whether it need not be said again. Of prefixes, relays and rules there may be many, and what is said about one relay
    /// may be said about the next one.
    fileprivate func isSaid(_ spelling: String, in words: [String]) -> Bool {
        if case .naming = negation { return false }
        guard case .after(let head) = place, let last = words.lastIndex(of: head) else {
            return words.contains(spelling)
        }
        return words[last...].contains(spelling)
    }
}
