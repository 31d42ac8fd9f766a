// SPDX-License-Identifier: BSD-2-Clause
public import Control
import Internet

/// What a line of words asks for.
public enum InterfaceCommand: Equatable, Sendable {
    case show(String)
    /// `stf0 inet6`: only the address lines.
    case showAddresses(String)
    /// `check stf0`: whether it would work, and why not.
    case check(String)
    /// `explain stf0 in 4500…`: what would become of a packet.
    case explain(ExplainCommand)
    case change(Change)

    /// Reads `create stf0`, `destroy stf0`, `stf0`, `stf0 inet6`, `stf0 create inet6 2002:c000:201::1 prefixlen 16 up`.
    ///
    /// ifconfig(8) applies words from left to right and addresses last, so only the last of `link0 -link0` counts, and
    /// the order of what is left does not.
    public init(parsing words: some Collection<String>) throws(WordError) {
        var words = Array(words)
        // The verb may come first: `create stf0` is `stf0 create`.
        if let verb = words.first.flatMap(Word.named), !verb.isNegated, verb.word.isVerb {
            guard words.count > 1 else { throw WordError(object: words[0], reason: "needs an interface") }
            words.swapAt(0, 1)
        }
        guard let interface = words.first else { throw WordError(object: nil, reason: "an interface is missing") }
        guard !interface.isEmpty, !interface.hasPrefix("-"), Word.named(interface) == nil else {
            throw WordError(object: interface, reason: "not the name of an interface")
        }
        // A name longer than the kernel's IFNAMSIZ can belong to no interface.
        guard interface.utf8.count <= 15 else { throw WordError(object: interface, reason: "name too long") }
        let rest = words.dropFirst()
        if rest.isEmpty {
            self = .show(interface)
        } else if Array(rest) == [Word.check.rawValue] {
            self = .check(interface)
        } else if rest.first == Word.explain.rawValue {
            self = .explain(try ExplainCommand(interface, parsing: rest.dropFirst()))
        } else if Array(rest) == [Word.inet6.rawValue] {
            self = .showAddresses(interface)
        } else {
            var reader = ChangeReader(interface: interface)
            try reader.read(rest)
            self = .change(try reader.finish())
        }
    }
}

/// A word that cannot be there, or a value it cannot have.
public struct WordError: Error, Equatable, Sendable {
    /// The interface the words are about.
    public var object: String?
    public var value: String?
    public var reason: String

    init(object: String?, value: String? = nil, reason: String) {
        self.object = object
        self.value = value
        self.reason = reason
    }

    /// `stf0: mtu abc: bad value`.
    public var line: String {
        [object, value, reason].compactMap(\.self).joined(separator: ": ")
    }
}

private struct ChangeReader {
    private var change: Change
    private var address: AddressChange?
    private var isAddressFamilyNamed = false
    /// Words about an address that came before it: `inet6 -alias 2002:c000:201::1`.
    private var details = AddressChange(address: "")
    private var firstDetail: String?

    init(interface: String) {
        change = Change(interface: interface)
    }

    mutating func read(_ words: ArraySlice<String>) throws(WordError) {
        var rest = words
        while let text = rest.popFirst() {
            guard let (word, isNegated) = Word.named(text) else {
                try take(unknown: text)
                continue
            }
            if word.isAboutAddress, !isAddressFamilyNamed {
                throw refusal(text, "must follow inet6")
            }
            var argument = ""
            if word.argument != nil, !isNegated, word != .inet6 {
                guard let next = rest.popFirst() else { throw refusal(text, "requires an argument") }
                argument = next
            }
            try take(word, isNegated: isNegated, argument: argument)
        }
    }

    mutating func finish() throws(WordError) -> Change {
        if address != nil {
            details.address = address?.address ?? ""
            details.prefixlen = details.prefixlen ?? address?.prefixlen
            change.inet6 = details
        } else if let firstDetail {
            throw refusal(firstDetail, "needs an address")
        } else if isAddressFamilyNamed {
            throw refusal(Word.inet6.rawValue, "needs an address")
        }
        if change.destroy == true, change != ChangeReader.destruction(of: change.interface) {
            throw refusal(Word.destroy.rawValue, "goes with no other word")
        }
        return change
    }

    private static func destruction(of interface: String) -> Change {
        var change = Change(interface: interface)
        change.destroy = true
        return change
    }

    private mutating func take(_ word: Word, isNegated: Bool, argument: String) throws(WordError) {
        if word.isAboutAddress { firstDetail = firstDetail ?? word.rawValue }
        switch word {
        case .check, .explain: throw refusal(word.rawValue, "goes with no other word")
        case .create: change.create = true
        case .destroy: change.destroy = true
        case .up: change.up = true
        case .down: change.up = false
        case .description: change.description = isNegated ? "" : argument
        case .mtu: change.mtu = try number(word, argument, in: 0...Int(Int32.max))
        case .link0: change.link0 = !isNegated
        case .link1: change.link1 = !isNegated
        case .link2: change.link2 = !isNegated
        case .stfv4net: change.stfv4net = try network(word, argument)
        case .stfv4br:
            guard let relay = IPv4Address(argument) else { throw refusal("\(word.rawValue) \(argument)", "bad value") }
            change.stfv4br = relay.description
        case .auto: change.auto = !isNegated
        case .inet6: isAddressFamilyNamed = true
        case .prefixlen: details.prefixlen = try number(word, argument, in: 0...128)
        case .alias: details.delete = isNegated ? true : nil
        case .delete: details.delete = true
        case .anycast: details.anycast = true
        case .deprecated: details.deprecated = !isNegated
        case .pltime: details.pltime = try lifetime(word, argument)
        case .vltime: details.vltime = try lifetime(word, argument)
        }
    }

    /// As in ifconfig(8), what is no word is an address; a second one would be a destination, which no clone has.
    private mutating func take(unknown text: String) throws(WordError) {
        guard isAddressFamilyNamed else { throw refusal(text, "unknown word") }
        guard address == nil else { throw refusal(text, "a second address") }
        do throws(AddressText.Failure) {
            let read = try AddressText(text)
            var change = AddressChange(address: read.address)
            change.prefixlen = read.prefixLength
            address = change
        } catch {
            throw refusal("inet6 \(text)", error.reason)
        }
    }

    private func number(_ word: Word, _ text: String, in range: ClosedRange<Int>) throws(WordError) -> Int {
        guard let number = decimal(text) else { throw refusal("\(word.rawValue) \(text)", "bad value") }
        guard range.contains(number) else {
            throw refusal("\(word.rawValue) \(text)", "bad value (\(range.lowerBound)..\(range.upperBound))")
        }
        return number
    }

    /// `192.0.2.1/16`
    private func network(_ word: Word, _ text: String) throws(WordError) -> String {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw refusal("\(word.rawValue) \(text)", "wants address/length") }
        guard let address = IPv4Address(parts[0]) else { throw refusal("\(word.rawValue) \(text)", "bad value") }
        guard let length = decimal(String(parts[1])), (1...32).contains(length) else {
            throw refusal("\(word.rawValue) \(text)", "bad value (length 1..32)")
        }
        return "\(address)/\(length)"
    }

    /// Seconds, or `infty`, which travels as no lifetime at all.
    private func lifetime(_ word: Word, _ text: String) throws(WordError) -> Int? {
        text == "infty" ? nil : try number(word, text, in: 0...Int(UInt32.max) - 1)
    }

    private func refusal(_ value: String, _ reason: String) -> WordError {
        WordError(object: change.interface, value: value, reason: reason)
    }
}
