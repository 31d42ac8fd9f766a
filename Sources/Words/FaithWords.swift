// SPDX-License-Identifier: BSD-2-Clause
public import Control
import Internet

extension ChangeReader {
    /// The words that only faith(4) has.
    mutating func takeFaith(_ word: Word, isNegated: Bool, argument: String) throws(WordError) {
        var faith = change.faith ?? FaithChange()
        let spelling = isNegated ? "-\(word.rawValue)" : word.rawValue
        switch word {
        case .drain: faith.drain = !isNegated
        case .last32: faith.last32 = !isNegated
        case .prefix:
            try checkPrefix(spelling, argument, of: .ipv6, needsLength: true)
            if isNegated { faith.noprefixes.append(argument) } else { faith.prefixes.append(argument) }
        case .relay:
            if isNegated {
                faith.norelays.append(argument)
            } else {
                faith.relays.append(RelayChange(service: argument))
            }
        case .permit, .deny:
            let line = try rule(word, spelling, clients: argument)
            if isNegated { faith.norules.append(line) } else { faith.rules.append(line) }
        case .idle: faith.idle = try seconds(word, argument)
        case .connecttime: faith.connecttime = try number(word, argument, in: 1...3600)
        case .keepalive: faith.keepalive = try seconds(word, argument)
        case .usertime: faith.usertime = try seconds(word, argument)
        case .maxsessions: faith.maxsessions = try count(word, argument)
        case .maxrate: faith.maxrate = try count(word, argument)
        case .clientsessions: faith.clientsessions = try count(word, argument)
        case .clientrate: faith.clientrate = try count(word, argument)
        case .clientlen: faith.clientlen = try number(word, argument, in: 1...128)
        default: try takeRelay(word, argument, &faith)
        }
        change.faith = faith
    }

    /// What is said about the relay that was named last.
    private func takeRelay(_ word: Word, _ argument: String, _ faith: inout FaithChange) throws(WordError) {
        guard var relays = faith.relays, var relay = relays.popLast() else {
            throw refusal(word.rawValue, "must follow relay")
        }
        switch word {
        case .plain, .ftp, .rsh: relay.application = word.rawValue
        case .proxy: relay.proxy = true
        case .reserved: relay.reserved = true
        default: relay.program = try program(word, argument)
        }
        faith.relays = relays + [relay]
    }

    /// `"/usr/sbin/in.telnetd -h"`, in words as a command file has them.
    private func program(_ word: Word, _ text: String) throws(WordError) -> [String] {
        guard let lines = try? CommandFile.lines(of: text), lines.count == 1, let words = lines.first?.words,
            words.first?.utf8.first == UInt8(ascii: "/")
        else { throw refusal("\(word.rawValue) \(text)", "wants the path of a program, from / on") }
        return words
    }

    /// What follows `permit`: `2001:db8::/32 10.0.0.0/8 from 192.0.2.1`, as faithd.conf(5) has it.
    private mutating func rule(_ word: Word, _ spelling: String, clients: String) throws(WordError) -> String {
        try checkPrefix(spelling, clients, of: .ipv6)
        guard let servers = rest.popFirst() else { throw refusal("\(spelling) \(clients)", "servers are missing") }
        try checkPrefix(spelling, servers, of: .ipv4)
        var line = "\(clients) \(word.rawValue) \(servers)"
        if rest.first == "from" {
            guard let source = rest.dropFirst().first else { throw refusal("from", "requires an argument") }
            guard IPv4Address(source) != nil else { throw refusal("from \(source)", "bad value") }
            line += " \(source)"
            rest = rest.dropFirst(2)
        }
        return line
    }

    private enum Family { case ipv4, ipv6 }

    /// `2001:db8::/32`, or without a length one address. What it may be is for the daemon to say.
    private func checkPrefix(
        _ word: String, _ text: String, of family: Family, needsLength: Bool = false
    ) throws(WordError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let isAddress = family == .ipv6 ? IPv6Address(parts[0]) != nil : IPv4Address(parts[0]) != nil
        guard isAddress else { throw refusal("\(word) \(text)", "bad value") }
        guard parts.count == 2 else {
            if needsLength { throw refusal("\(word) \(text)", "wants prefix/length") }
            return
        }
        let lengths = 0...(family == .ipv6 ? 128 : 32)
        guard let length = decimal(String(parts[1])), lengths.contains(length) else {
            throw refusal("\(word) \(text)", "bad value (length 0..\(lengths.upperBound))")
        }
    }

    /// Up to a year.
    private func seconds(_ word: Word, _ text: String) throws(WordError) -> Int {
        try number(word, text, in: 0...31_536_000)
    }

    private func count(_ word: Word, _ text: String) throws(WordError) -> Int {
        try number(word, text, in: 0...1_000_000)
    }
}

extension FaithChange {
    /// The words that say the same: `prefix 2001:db8:64::/96 relay 22 permit 2001:db8::/32 0.0.0.0/0`. What `-f` alone can
    /// say, an access list as a whole, comes as its rules.
    var words: [String] {
        var words: [String] = []
        let add = { (word: Word, argument: String) in words += [word.rawValue, argument] }
        let undo = { (word: Word, argument: String) in words += ["-\(word.rawValue)", argument] }
        noprefixes?.forEach { undo(.prefix, $0) }
        prefixes?.forEach { add(.prefix, $0) }
        if let last32 { words.append(last32 ? Word.last32.rawValue : "-\(Word.last32.rawValue)") }
        norelays?.forEach { undo(.relay, $0) }
        relays?.forEach { words += $0.words }
        norules?.forEach { words += FaithChange.words(ofRule: $0, isNegated: true) }
        access?.forEach { words += FaithChange.words(ofRule: $0, isNegated: false) }
        rules?.forEach { words += FaithChange.words(ofRule: $0, isNegated: false) }
        let numbers: [(Word, Int?)] = [
            (.idle, idle), (.connecttime, connecttime), (.keepalive, keepalive), (.usertime, usertime),
            (.maxsessions, maxsessions), (.maxrate, maxrate), (.clientsessions, clientsessions),
            (.clientrate, clientrate), (.clientlen, clientlen),
        ]
        for (word, number) in numbers { number.map { add(word, "\($0)") } }
        if let drain { words.append(drain ? Word.drain.rawValue : "-\(Word.drain.rawValue)") }
        return words
    }

    /// Of a line of faithd.conf(5): `permit 2001:db8::/32 10.0.0.0/8 from 192.0.2.1`.
    fileprivate static func words(ofRule line: String, isNegated: Bool) -> [String] {
        let fields = line.split(separator: " ").map(String.init)
        guard fields.count >= 3 else { return fields }
        return [(isNegated ? "-" : "") + fields[1], fields[0], fields[2]]
            + fields.dropFirst(3).flatMap { ["from", $0] }
    }
}

extension Change {
    /// Of a line of faithd.conf(5): `permit 2001:db8::/32 10.0.0.0/8 from 192.0.2.1`.
    public static func words(ofRule line: String) -> String {
        FaithChange.words(ofRule: line, isNegated: false).joined(separator: " ")
    }
}

extension RelayChange {
    /// `relay 23 local "/usr/sbin/in.telnetd -h"`
    public var text: String {
        words.map(CommandFile.quoted).joined(separator: " ")
    }

    fileprivate var words: [String] {
        var words = [Word.relay.rawValue, service]
        if let application { words.append(application) }
        if proxy == true { words.append(Word.proxy.rawValue) }
        if reserved == true { words.append(Word.reserved.rawValue) }
        if let program { words += [Word.local.rawValue, program.map(CommandFile.quoted).joined(separator: " ")] }
        return words
    }
}

extension [String]? {
    fileprivate mutating func append(_ element: String) {
        self = (self ?? []) + [element]
    }
}

extension [RelayChange]? {
    fileprivate mutating func append(_ element: RelayChange) {
        self = (self ?? []) + [element]
    }
}
