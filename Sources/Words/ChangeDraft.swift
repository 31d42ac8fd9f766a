// SPDX-License-Identifier: BSD-2-Clause
package import Control

/// What the words behind an interface say, while they are read, and when a change is said in words again.
package struct ChangeDraft: Sendable {
    package var change: Change
    /// What is said of an address; that itself may come later, and is empty until then.
    package var details = AddressChange(address: "")
    /// What only `inet6ctl addr` says.
    package var options = Inet6Options()
    /// The words that are still to be read.
    var rest: ArraySlice<String> = []
    /// The first word about an address.
    private var firstDetail: String?
    /// The first one that is about inet6, which itself may come later.
    private var firstOfFamily: String?
    /// The words that others may follow.
    private var heads: [String] = []
    /// The word that no other goes with.
    private var alone: String?
    private var isAloneWithOthers = false
    package private(set) var isFamilyNamed = false

    package init(interface: String) {
        change = Change(interface: interface)
    }

    /// - Parameter change: to be said in words.
    init(saying change: Change) {
        self.change = change
        if let inet6 = change.inet6 { details = inet6 }
    }

    package var hasAddress: Bool { !details.address.isEmpty }

    /// ifconfig(8) applies words from left to right and addresses last, so only the last of `link0 -link0` counts, and the
    /// order of what is left does not.
    package mutating func read(_ words: ArraySlice<String>, in vocabulary: Vocabulary) throws(WordError) {
        rest = words
        var address: AddressText?
        while let text = rest.popFirst() {
            guard let spelling = vocabulary.named(text) else {
                address = try take(unknown: text, behind: address, in: vocabulary)
                continue
            }
            let (word, isNegated) = (spelling.word, spelling.isNegated)
            try checkPlace(of: word, text)
            if let reason = word.refusal { throw refusal(text, reason) }
            var argument: String?
            if word.takesArgument(negated: isNegated) {
                argument = rest.popFirst()
                guard argument != nil else { throw refusal(text, "requires an argument") }
            }
            try word.read(&self, Given(text, isNegated: isNegated, argument: argument, of: change.interface))
            if !isNegated { heads.append(word.text) }
        }
        if let firstOfFamily, !isFamilyNamed { throw refusal(firstOfFamily, "must follow \(Word.inet6.text)") }
        if let address {
            details.address = address.address
            details.prefixlen = details.prefixlen ?? address.prefixLength
        } else if let firstDetail {
            throw refusal(firstDetail, "needs an address")
        }
    }

    /// The change that the words ask for.
    mutating func finish() throws(WordError) -> Change {
        if hasAddress { change.inet6 = details } else if isFamilyNamed { throw refusal("inet6", "needs an address") }
        if let alone, isAloneWithOthers { throw refusal(alone, "goes with no other word") }
        return change
    }

    private mutating func checkPlace(of word: Word, _ text: String) throws(WordError) {
        switch word.place {
        case .alone: alone = word.text
        case .family: isFamilyNamed = true
        case .detail:
            firstOfFamily = firstOfFamily ?? text
            firstDetail = firstDetail ?? word.text
        case .after(Word.inet6.text): firstOfFamily = firstOfFamily ?? text
        case .after(let head):
            guard heads.contains(head) else { throw refusal(text, "must follow \(head)") }
        case .verb, .question, .state, .interface: break
        }
        if word.place != .alone { isAloneWithOthers = true }
    }

    /// As in ifconfig(8), what is no word is an address; a second one would be a destination, which no clone has.
    private mutating func take(
        unknown text: String, behind address: AddressText?, in vocabulary: Vocabulary
    ) throws(WordError) -> AddressText {
        let unknown = vocabulary.reason(unknown: text, isAddressed: isFamilyNamed)
        guard isFamilyNamed else { throw refusal(text, unknown) }
        let new: AddressText
        do throws(AddressText.Failure) {
            new = try AddressText(text)
        } catch {
            // The first one must be an address, unless it is like anything else.
            if address == nil, unknown == Vocabulary.unknown { throw refusal("inet6 \(text)", error.reason) }
            throw refusal(text, unknown)
        }
        guard address == nil else { throw refusal(text, "a second address") }
        return new
    }

    private func refusal(_ value: String, _ reason: String) -> WordError {
        WordError(object: change.interface, value: value, reason: reason)
    }
}

/// What `inet6ctl addr` sets of any interface. Nil stays as it is.
package struct Inet6Options: Equatable, Sendable {
    package var eui64: Bool?
    package var accept_rtadv: Bool?
    package var auto_linklocal: Bool?
    package var ifdisabled: Bool?
    package var no_dad: Bool?
    package var no_radr: Bool?
    package var nud: Bool?

    package init() {}
}
