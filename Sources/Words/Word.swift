// SPDX-License-Identifier: BSD-2-Clause
public import Control

/// The words of an interface command, as ifconfig(8), stf(4) and faith(4) have them. From this one table come parsing,
/// usage, completion, and the test of the manual pages.
public enum Word: String, CaseIterable, Sendable {
    case create, destroy, check, explain, drain
    case up, down
    case description, mtu
    // stf
    case link0, link1, link2
    case stfv4net, stfv4br, auto
    // faith
    case prefix, last32
    case relay, plain, ftp, rsh, proxy, reserved, local
    case permit, deny
    case idle, connecttime, keepalive, usertime
    case maxsessions, maxrate, clientsessions, clientrate, clientlen
    // inet6
    case inet6
    case prefixlen, alias, delete, anycast, deprecated, pltime, vltime

    /// Interfaces that have it.
    public var kinds: [InterfaceKind] {
        switch self {
        case .explain, .link0, .link1, .link2, .stfv4net, .stfv4br, .auto, .anycast: [.stf]
        case .drain, .prefix, .last32, .relay, .plain, .ftp, .rsh, .proxy, .reserved, .local, .permit, .deny, .idle,
            .connecttime, .keepalive, .usertime, .maxsessions, .maxrate, .clientsessions, .clientrate, .clientlen:
            [.faith]
        case .create, .destroy, .check, .up, .down, .description, .mtu, .inet6, .prefixlen, .alias, .delete,
            .deprecated, .pltime, .vltime:
            [.stf, .faith]
        }
    }

    /// Other spellings that ifconfig(8) takes.
    public var synonyms: [String] {
        ["plumb", "unplumb", "descr", "remove"].filter { Word(synonym: $0) == self }
    }

    private init?(synonym: String) {
        switch synonym {
        case "plumb": self = .create
        case "unplumb": self = .destroy
        case "descr": self = .description
        case "remove": self = .delete
        default: return nil
        }
    }

    /// What follows the word, as the manual page names it.
    public var argument: String? {
        switch self {
        case .description: "text"
        case .mtu: "bytes"
        case .stfv4net: "address/length"
        case .stfv4br: "address"
        case .prefix: "prefix/length"
        case .relay: "service"
        case .local: "program"
        case .permit, .deny: "clients servers [from address]"
        case .idle, .connecttime, .keepalive, .usertime: "seconds"
        case .maxsessions, .maxrate, .clientsessions, .clientrate: "number"
        case .clientlen: "length"
        case .inet6: "address"
        case .prefixlen: "length"
        case .pltime, .vltime: "seconds"
        case .create, .destroy, .check, .explain, .drain, .up, .down, .link0, .link1, .link2, .auto, .last32, .plain,
            .ftp, .rsh, .proxy, .reserved, .alias, .delete, .anycast, .deprecated:
            nil
        }
    }

    /// Whether `-word` undoes it.
    public var isNegatable: Bool {
        switch self {
        case .description, .link0, .link1, .link2, .auto, .prefix, .last32, .relay, .permit, .deny, .drain, .alias,
            .deprecated:
            true
        default: false
        }
    }

    /// Whether `-word` is followed by what it undoes: `-relay 22`, but `-description`.
    public var namesWhatItUndoes: Bool {
        switch self {
        case .prefix, .relay, .permit, .deny: true
        default: false
        }
    }

    /// Whether it says something about an inet6 address, and so must follow `inet6`.
    public var isAboutAddress: Bool {
        switch self {
        case .prefixlen, .alias, .delete, .anycast, .deprecated, .pltime, .vltime: true
        default: false
        }
    }

    /// Whether it says something about the relay of a service, and so must follow `relay`.
    public var isAboutRelay: Bool {
        switch self {
        case .plain, .ftp, .rsh, .proxy, .reserved, .local: true
        default: false
        }
    }

    /// Whether it may come before the interface: `create stf0`.
    public var isVerb: Bool {
        switch self {
        case .create, .destroy, .check, .explain, .drain: true
        default: false
        }
    }

    /// One line for completion.
    public func help(for kind: InterfaceKind) -> String {
        switch self {
        case .create: "make the interface"
        case .destroy: "remove the interface"
        case .check: "say why packets would or would not pass"
        case .explain: "say which rule decides over a packet"
        case .drain: "announce and accept nothing new"
        case .up: kind == .faith ? "capture what is routed here" : "let packets through"
        case .down: kind == .faith ? "capture nothing" : "let no packets through"
        case .description: "a text to remember it by"
        case .mtu: kind == .faith ? "largest packet, 1280 to 65535 bytes" : "largest IPv6 packet, 1280 to 65515 bytes"
        case .link0: "accept no packets from the IPv4 side"
        case .link1: "be friendly to explicit congestion notification"
        case .link2: "do not check IPv4 sources against the routing table"
        case .stfv4net: "6rd: our IPv4 address, and how many leading bits are common; 32 is none"
        case .stfv4br: "6rd: the border relay, 0.0.0.0 for none"
        case .auto: "let the address follow the IPv4 address of the default route"
        case .prefix: "route a prefix here, whose addresses stand for IPv4 addresses"
        case .last32: "the IPv4 address is in the last 32 bits, whatever the prefix"
        case .relay: "relay a service: a name, a port, low-high, all"
        case .plain: "carry data as it is"
        case .ftp: "translate what FTP says of addresses"
        case .rsh: "relay the second connection of rsh"
        case .proxy: "tell the server who the client is"
        case .reserved: "connect from a port below 1024"
        case .local: "a program for connections to this host itself"
        case .permit: "let clients reach servers"
        case .deny: "keep clients from servers"
        case .idle: "end sessions that are silent as long, 0 for never"
        case .connecttime: "how long a server may take to answer"
        case .keepalive: "probe peers that are silent as long, 0 for never"
        case .usertime: "give up peers that acknowledge nothing as long, 0 for the kernel's time"
        case .maxsessions: "sessions at once"
        case .maxrate: "new sessions a second, 0 for any number"
        case .clientsessions: "sessions at once of one client prefix"
        case .clientrate: "new sessions a second of one client prefix"
        case .clientlen: "bits of an address that tell clients apart"
        case .inet6: "set, change or delete the IPv6 address"
        case .prefixlen: kind == .faith ? "0 to 128" : "16 for a relay, 16 + N to keep to an IPv4 block of N bits"
        case .alias: "add the address"
        case .delete: "remove the address"
        case .anycast: "the address is an anycast address"
        case .deprecated: "do not use the address as a source"
        case .pltime: "preferred lifetime"
        case .vltime: "valid lifetime"
        }
    }

    /// The words of one kind's interfaces, in the order of their declaration.
    public static func all(of kind: InterfaceKind) -> [Word] {
        allCases.filter { $0.kinds.contains(kind) }
    }

    /// Reads `link0`, `-link0`, `descr`; nil for anything that is no word of this kind's.
    public static func named(_ text: String, for kind: InterfaceKind) -> (word: Word, isNegated: Bool)? {
        let isNegated = text.hasPrefix("-")
        let name = isNegated ? String(text.dropFirst()) : text
        guard let word = Word.allCases.first(where: { $0.rawValue == name }) ?? Word(synonym: name),
            word.kinds.contains(kind), !isNegated || word.isNegatable
        else { return nil }
        return (word, isNegated)
    }
}
