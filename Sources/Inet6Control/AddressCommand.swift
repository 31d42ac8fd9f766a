// SPDX-License-Identifier: BSD-2-Clause
import Control
public import Words

/// What follows `inet6ctl addr`.
public enum AddressCommand: Equatable, Sendable {
    /// All interfaces.
    case list
    case show(String)
    /// `eth0 inet6`: only the address lines.
    case showAddresses(String)
    case change(Inet6Change)

    /// Reads nothing, `eth0`, `eth0 inet6`, `eth0 inet6 2001:db8::1/64 no_dad`.
    ///
    /// ifconfig(8) applies words from left to right and addresses last, so only the last of `no_dad -no_dad` counts, and
    /// the order of what is left does not.
    public init(parsing words: [String]) throws(WordError) {
        guard let interface = words.first else {
            self = .list
            return
        }
        guard !interface.isEmpty, !interface.hasPrefix("-"), AddressWord.named(interface) == nil else {
            throw WordError(object: interface, reason: "not the name of an interface")
        }
        guard interface.utf8.count <= 15 else { throw WordError(object: interface, reason: "name too long") }
        let rest = Array(words.dropFirst())
        if rest.isEmpty {
            self = .show(interface)
        } else if rest == [AddressWord.inet6.rawValue] {
            self = .showAddresses(interface)
        } else {
            var reader = Inet6ChangeReader(interface: interface)
            try reader.read(rest)
            self = .change(try reader.finish())
        }
    }
}

private struct Inet6ChangeReader {
    private var change: Inet6Change
    private var isFamilyNamed = false
    private var address: AddressText?
    /// Words about an address, which may come before it: `inet6 -alias 2001:db8::1`.
    private var details = Inet6AddressChange(address: "")
    private var firstDetail: String?

    init(interface: String) {
        change = Inet6Change(interface: interface)
    }

    mutating func read(_ words: [String]) throws(WordError) {
        var rest = words[...]
        while let text = rest.popFirst() {
            guard let (word, isNegated) = AddressWord.named(text) else {
                try take(unknown: text)
                continue
            }
            guard isFamilyNamed || word == .inet6 else { throw refusal(text, "must follow inet6") }
            if let reason = word.refusal { throw refusal(text, reason) }
            var argument = ""
            if word.argument != nil, word != .inet6 {
                guard let next = rest.popFirst() else { throw refusal(text, "requires an argument") }
                argument = next
            }
            try take(word, isNegated: isNegated, argument: argument)
        }
    }

    mutating func finish() throws(WordError) -> Inet6Change {
        if let address {
            details.address = address.address
            details.prefixlen = details.prefixlen ?? address.prefixLength
            change.inet6 = details
        } else if let firstDetail {
            throw refusal(firstDetail, "needs an address")
        }
        // `eth0 inet6 inet6`: said in words again, it would ask to be shown.
        if change == Inet6Change(interface: change.interface) {
            throw refusal(AddressWord.inet6.rawValue, "needs an address or an option")
        }
        return change
    }

    private mutating func take(_ word: AddressWord, isNegated: Bool, argument: String) throws(WordError) {
        if word.isAboutAddress { firstDetail = firstDetail ?? word.rawValue }
        switch word {
        case .inet6: isFamilyNamed = true
        case .prefixlen: details.prefixlen = try number(word, argument, in: 0...128)
        case .alias: details.delete = isNegated ? true : nil
        case .delete: details.delete = true
        case .anycast: details.anycast = true
        case .deprecated: details.deprecated = !isNegated
        case .eui64: details.eui64 = true
        case .pltime: details.pltime = try lifetime(word, argument)
        case .vltime: details.vltime = try lifetime(word, argument)
        case .accept_rtadv: change.accept_rtadv = !isNegated
        case .auto_linklocal: change.auto_linklocal = !isNegated
        case .ifdisabled: change.ifdisabled = !isNegated
        case .no_dad: change.no_dad = !isNegated
        case .no_radr: change.no_radr = !isNegated
        case .nud: change.nud = !isNegated
        case .autoconf, .tentative, .prefer_source, .defaultif, .no_prefer_iface, .ipv6_only, .netmask, .broadcast:
            throw refusal(word.rawValue, word.refusal ?? "")
        }
    }

    /// As in ifconfig(8), what is no word is an address; a second one would be a destination.
    private mutating func take(unknown text: String) throws(WordError) {
        guard isFamilyNamed else { throw refusal(text, "unknown word") }
        guard address == nil else { throw refusal(text, "a second address") }
        do throws(AddressText.Failure) {
            address = try AddressText(text)
        } catch {
            throw refusal("inet6 \(text)", error.reason)
        }
    }

    private func number(_ word: AddressWord, _ text: String, in range: ClosedRange<Int>) throws(WordError) -> Int {
        guard let number = decimal(text) else { throw refusal("\(word.rawValue) \(text)", "bad value") }
        guard range.contains(number) else {
            throw refusal("\(word.rawValue) \(text)", "bad value (\(range.lowerBound)..\(range.upperBound))")
        }
        return number
    }

    /// Seconds, or `infty`; ifconfig(8) says the greatest number for that.
    private func lifetime(_ word: AddressWord, _ text: String) throws(WordError) -> Int {
        if text == "infty" { return -1 }
        let seconds = try number(word, text, in: 0...Int(UInt32.max))
        return seconds == Int(UInt32.max) ? -1 : seconds
    }

    private func refusal(_ value: String, _ reason: String) -> WordError {
        WordError(object: change.interface, value: value, reason: reason)
    }
}

extension Inet6Change {
    /// The words that `AddressCommand` would read as this change: `eth0 inet6 no_dad 2001:db8::1 prefixlen 64`.
    public var words: [String] {
        var words = [interface, AddressWord.inet6.rawValue]
        let options: [(AddressWord, Bool?)] = [
            (.ifdisabled, ifdisabled), (.accept_rtadv, accept_rtadv), (.auto_linklocal, auto_linklocal),
            (.no_radr, no_radr), (.no_dad, no_dad), (.nud, nud),
        ]
        for (word, isOn) in options {
            if let isOn { words.append(isOn ? word.rawValue : "-\(word.rawValue)") }
        }
        return words + (inet6?.words ?? [])
    }

    /// The same as a line of a command file.
    public var line: String {
        words.map(CommandFile.quoted).joined(separator: " ")
    }
}

extension Inet6AddressChange {
    fileprivate var words: [String] {
        var words = [address]
        if let prefixlen { words += [AddressWord.prefixlen.rawValue, "\(prefixlen)"] }
        if delete == true { words.append(AddressWord.delete.rawValue) }
        if anycast == true { words.append(AddressWord.anycast.rawValue) }
        if let deprecated {
            words.append(deprecated ? AddressWord.deprecated.rawValue : "-\(AddressWord.deprecated.rawValue)")
        }
        if eui64 == true { words.append(AddressWord.eui64.rawValue) }
        for (word, lifetime) in [(AddressWord.pltime, pltime), (.vltime, vltime)] {
            if let lifetime { words += [word.rawValue, lifetime == -1 ? "infty" : "\(lifetime)"] }
        }
        return words
    }
}
