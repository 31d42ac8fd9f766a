// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// Makes a change of the words that follow an interface.
struct ChangeReader {
    var change: Change
    let kind: InterfaceKind
    var rest: ArraySlice<String> = []
    private var address: AddressChange?
    private var isAddressFamilyNamed = false
    /// Words about an address that came before it: `inet6 -alias 2002:c000:201::1`.
    private var details = AddressChange(address: "")
    private var firstDetail: String?

    init(interface: String, kind: InterfaceKind) {
        change = Change(interface: interface)
        self.kind = kind
    }

    mutating func read(_ words: ArraySlice<String>) throws(WordError) {
        rest = words
        while let text = rest.popFirst() {
            guard let (word, isNegated) = Word.named(text, for: kind) else {
                try take(unknown: text)
                continue
            }
            if word.isAboutAddress, !isAddressFamilyNamed { throw refusal(text, "must follow inet6") }
            if word.isAboutRelay, change.faith?.relays == nil { throw refusal(text, "must follow relay") }
            var argument = ""
            if word.argument != nil, !isNegated || word.namesWhatItUndoes, word != .inet6 {
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
        case .drain, .prefix, .last32, .relay, .plain, .ftp, .rsh, .proxy, .reserved, .local, .permit, .deny, .idle,
            .connecttime, .keepalive, .usertime, .maxsessions, .maxrate, .clientsessions, .clientrate, .clientlen:
            try takeFaith(word, isNegated: isNegated, argument: argument)
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

    func number(_ word: Word, _ text: String, in range: ClosedRange<Int>) throws(WordError) -> Int {
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

    /// Seconds, or `infty`, which travels as -1; ifconfig(8) says the greatest number for that.
    private func lifetime(_ word: Word, _ text: String) throws(WordError) -> Int {
        if text == "infty" { return -1 }
        let seconds = try number(word, text, in: 0...Int(UInt32.max))
        return seconds == Int(UInt32.max) ? -1 : seconds
    }

    func refusal(_ value: String, _ reason: String) -> WordError {
        WordError(object: change.interface, value: value, reason: reason)
    }
}
