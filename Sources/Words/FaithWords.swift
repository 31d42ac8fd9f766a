// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// The words of faith(4), in the order in which they are said.
enum FaithWords {
    static let rows: [Word] = [
        .create, .destroy, .check,
        .description,
        .mtu("largest packet, 1280 to 65535 bytes"),
        Word(
            "prefix", takes: "prefix/length", negation: .naming,
            help: "route a prefix here, whose addresses stand for IPv4 addresses",
            read: { draft, given throws(WordError) in
                let prefix = try Words.prefix(given, .ipv6, needsLength: true)
                if given.isNegated {
                    draft.faith.noprefixes.append(prefix)
                } else {
                    draft.faith.prefixes.append(prefix)
                }
            },
            say: { said($0.change.faith?.noprefixes, "-prefix") + said($0.change.faith?.prefixes, "prefix") }),
        .flag(
            "last32", help: "the IPv4 address is in the last 32 bits, whatever the prefix",
            set: { $0.faith.last32 = $1 },
            get: { $0.change.faith?.last32 }),
        Word(
            "relay", takes: "service", negation: .naming, help: "relay a service: a name, a port, low-high, all",
            read: { draft, given in
                if given.isNegated {
                    draft.faith.norelays.append(given.argument)
                } else {
                    draft.faith.relays.append(RelayChange(service: given.argument))
                }
            },
            say: { draft in
                said(draft.change.faith?.norelays, "-relay") + (draft.change.faith?.relays ?? []).flatMap(\.words)
            }),
        .ofRelay("plain", help: "carry data as it is") { relay, _ in relay.application = "plain" },
        .ofRelay("ftp", help: "translate what FTP says of addresses") { relay, _ in relay.application = "ftp" },
        .ofRelay("rsh", help: "relay the second connection of rsh") { relay, _ in relay.application = "rsh" },
        .ofRelay("proxy", help: "tell the server who the client is") { relay, _ in relay.proxy = true },
        .ofRelay("reserved", help: "connect from a port below 1024") { relay, _ in relay.reserved = true },
        .ofRelay("local", takes: "program", help: "a program for connections to this host itself") {
            relay, given throws(WordError) in relay.program = try program(given)
        },
        // One list of rules in one order, so one of the two says them all.
        .rule("permit", help: "let clients reach servers") { draft in
            guard let faith = draft.change.faith else { return [] }
            return (faith.norules ?? []).flatMap { words(ofRule: $0, isNegated: true) }
                + ((faith.access ?? []) + (faith.rules ?? [])).flatMap { words(ofRule: $0, isNegated: false) }
        },
        .rule("deny", help: "keep clients from servers") { _ in [] },
        .seconds(
            "idle", help: "end sessions that are silent as long, 0 for never", set: { $0.faith.idle = $1 },
            get: { $0.change.faith?.idle }),
        .number(
            "connecttime", takes: "seconds", help: "how long a server may take to answer", in: 1...3600,
            set: { $0.faith.connecttime = $1 }, get: { $0.change.faith?.connecttime }),
        .seconds(
            "keepalive", help: "probe peers that are silent as long, 0 for never", set: { $0.faith.keepalive = $1 },
            get: { $0.change.faith?.keepalive }),
        .seconds(
            "usertime", help: "give up peers that acknowledge nothing as long, 0 for the kernel's time",
            set: { $0.faith.usertime = $1 }, get: { $0.change.faith?.usertime }),
        .count(
            "maxsessions", help: "sessions at once", set: { $0.faith.maxsessions = $1 },
            get: { $0.change.faith?.maxsessions }),
        .count(
            "maxrate", help: "new sessions a second, 0 for any number", set: { $0.faith.maxrate = $1 },
            get: { $0.change.faith?.maxrate }),
        .count(
            "clientsessions", help: "sessions at once of one client prefix", set: { $0.faith.clientsessions = $1 },
            get: { $0.change.faith?.clientsessions }),
        .count(
            "clientrate", help: "new sessions a second of one client prefix", set: { $0.faith.clientrate = $1 },
            get: { $0.change.faith?.clientrate }),
        .number(
            "clientlen", takes: "length", help: "bits of an address that tell clients apart", in: 1...128,
            set: { $0.faith.clientlen = $1 }, get: { $0.change.faith?.clientlen }),
        .flag(
            "drain", place: .verb, help: "announce and accept nothing new", set: { $0.faith.drain = $1 },
            get: { $0.change.faith?.drain }),
        .inet6,
        .prefixlen("0 to 128"),
        .alias, .delete, .deprecated, .pltime, .vltime,
        .up("capture what is routed here"),
        .down("capture nothing"),
    ]

    /// `"/usr/sbin/in.telnetd -h"`, in words as a command file has them.
    private static func program(_ given: Given) throws(WordError) -> [String] {
        guard let lines = try? CommandFile.lines(of: given.argument), lines.count == 1, let words = lines.first?.words,
            words.first?.utf8.first == UInt8(ascii: "/")
        else { throw given.refusal("wants the path of a program, from / on") }
        return words
    }

    /// What follows `permit`, `2001:db8::/32 10.0.0.0/8 from 192.0.2.1`, as faithd.conf(5) has it.
    fileprivate static func rule(
        _ action: String, _ given: Given, _ rest: inout ArraySlice<String>
    ) throws(WordError) -> String {
        let clients = try prefix(given, .ipv6)
        guard let text = rest.popFirst() else { throw given.refusal("servers are missing") }
        let servers = try prefix(given.naming(text), .ipv4)
        guard rest.first == "from" else { return "\(clients) \(action) \(servers)" }
        rest.removeFirst()
        guard let source = rest.popFirst() else {
            throw Given("from", of: given.object).refusal("requires an argument")
        }
        _ = try ipv4Address(Given("from", argument: source, of: given.object))
        return "\(clients) \(action) \(servers) \(source)"
    }

    /// `-prefix 64:ff9b::/96 -prefix 2001:db8:64::/96`
    private static func said(_ arguments: [String]?, _ word: String) -> [String] {
        (arguments ?? []).flatMap { [word, $0] }
    }

    /// Of a line of faithd.conf(5): `permit 2001:db8::/32 10.0.0.0/8 from 192.0.2.1`.
    fileprivate static func words(ofRule line: String, isNegated: Bool) -> [String] {
        let fields = line.split(separator: " ").map(String.init)
        guard fields.count >= 3 else { return fields }
        return [(isNegated ? "-" : "") + fields[1], fields[0], fields[2]]
            + fields.dropFirst(3).flatMap { ["from", $0] }
    }
}

extension Word {
    /// What is said about the relay that was named last; it is said with that.
    fileprivate static func ofRelay(
        _ text: String, takes argument: String? = nil, help: String,
        _ set: @escaping @Sendable (inout RelayChange, Given) throws(WordError) -> Void
    ) -> Word {
        Word(
            text, takes: argument, place: .after("relay"), help: help,
            read: { draft, given throws(WordError) in
                guard var relays = draft.faith.relays, var relay = relays.popLast() else { return }
                try set(&relay, given)
                draft.faith.relays = relays + [relay]
            }, say: { _ in [] })
    }

    fileprivate static func rule(
        _ text: String, help: String, say: @escaping @Sendable (ChangeDraft) -> [String]
    ) -> Word {
        Word(
            text, takes: "clients servers [from address]", negation: .naming, help: help,
            keywordHelp: "the address to connect from",
            read: { draft, given throws(WordError) in
                let line = try FaithWords.rule(text, given, &draft.rest)
                if given.isNegated { draft.faith.norules.append(line) } else { draft.faith.rules.append(line) }
            }, say: say)
    }

    /// Up to a year.
    fileprivate static func seconds(
        _ text: String, help: String, set: @escaping @Sendable (inout ChangeDraft, Int) -> Void,
        get: @escaping @Sendable (ChangeDraft) -> Int?
    ) -> Word {
        .number(text, takes: "seconds", help: help, in: 0...31_536_000, set: set, get: get)
    }

    fileprivate static func count(
        _ text: String, help: String, set: @escaping @Sendable (inout ChangeDraft, Int) -> Void,
        get: @escaping @Sendable (ChangeDraft) -> Int?
    ) -> Word {
        .number(text, takes: "number", help: help, in: 0...1_000_000, set: set, get: get)
    }
}

extension ChangeDraft {
    fileprivate var faith: FaithChange {
        get { change.faith ?? FaithChange() }
        set { change.faith = newValue }
    }
}

extension Change {
    /// Of a line of faithd.conf(5): `permit 2001:db8::/32 10.0.0.0/8 from 192.0.2.1`.
    public static func words(ofRule line: String) -> String {
        list(FaithWords.words(ofRule: line, isNegated: false), separator: " ")
    }
}

extension RelayChange {
    /// `relay 23 local "/usr/sbin/in.telnetd -h"`
    public var text: String {
        CommandFile.line(words)
    }

    fileprivate var words: [String] {
        var words = ["relay", service]
        if let application { words.append(application) }
        if proxy == true { words.append("proxy") }
        if reserved == true { words.append("reserved") }
        if let program { words += ["local", CommandFile.line(program)] }
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
