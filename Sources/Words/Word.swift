// SPDX-License-Identifier: BSD-2-Clause

/// The words of an interface command, as ifconfig(8) and stf(4) have them. From this one table come parsing, usage,
/// completion, and the test of the manual page.
public enum Word: String, CaseIterable, Sendable {
    case create, destroy, check, explain
    case up, down
    case description, mtu
    case link0, link1, link2
    case stfv4net, stfv4br, auto
    case inet6
    case prefixlen, alias, delete, anycast, deprecated, pltime, vltime

    /// Other spellings that ifconfig(8) takes.
    public var synonyms: [String] {
        switch self {
        case .create: ["plumb"]
        case .destroy: ["unplumb"]
        case .description: ["descr"]
        case .delete: ["remove"]
        case .check, .explain, .up, .down, .mtu, .link0, .link1, .link2, .stfv4net, .stfv4br, .auto, .inet6, .prefixlen,
            .alias,
            .anycast,
            .deprecated, .pltime, .vltime:
            []
        }
    }

    /// What follows the word, as the manual page names it.
    public var argument: String? {
        switch self {
        case .description: "text"
        case .mtu: "bytes"
        case .stfv4net: "address/length"
        case .stfv4br: "address"
        case .inet6: "address"
        case .prefixlen: "length"
        case .pltime, .vltime: "seconds"
        case .create, .destroy, .check, .explain, .up, .down, .link0, .link1, .link2, .auto, .alias, .delete, .anycast,
            .deprecated:
            nil
        }
    }

    /// Whether `-word` undoes it.
    public var isNegatable: Bool {
        switch self {
        case .description, .link0, .link1, .link2, .auto, .alias, .deprecated: true
        case .create, .destroy, .check, .explain, .up, .down, .mtu, .stfv4net, .stfv4br, .inet6, .prefixlen, .delete,
            .anycast,
            .pltime,
            .vltime:
            false
        }
    }

    /// Whether it says something about an inet6 address, and so must follow `inet6`.
    public var isAboutAddress: Bool {
        switch self {
        case .prefixlen, .alias, .delete, .anycast, .deprecated, .pltime, .vltime: true
        case .create, .destroy, .check, .explain, .up, .down, .description, .mtu, .link0, .link1, .link2, .stfv4net,
            .stfv4br,
            .auto, .inet6:
            false
        }
    }

    /// Whether it may come before the interface: `create stf0`.
    public var isVerb: Bool {
        switch self {
        case .create, .destroy, .check, .explain: true
        case .up, .down, .description, .mtu, .link0, .link1, .link2, .stfv4net, .stfv4br, .auto, .inet6, .prefixlen,
            .alias, .delete, .anycast, .deprecated, .pltime, .vltime:
            false
        }
    }

    /// One line for completion.
    public var help: String {
        switch self {
        case .create: "make the interface"
        case .destroy: "remove the interface"
        case .check: "say why packets would or would not pass"
        case .explain: "say which rule decides over a packet"
        case .up: "let packets through"
        case .down: "let no packets through"
        case .description: "a text to remember it by"
        case .mtu: "largest IPv6 packet, 1280 to 65515 bytes"
        case .link0: "accept no packets from the IPv4 side"
        case .link1: "be friendly to explicit congestion notification"
        case .link2: "do not check IPv4 sources against the routing table"
        case .stfv4net: "6rd: our IPv4 address, and how many leading bits are common; 32 is none"
        case .stfv4br: "6rd: the border relay, 0.0.0.0 for none"
        case .auto: "let the address follow the IPv4 address of the default route"
        case .inet6: "set, change or delete the IPv6 address"
        case .prefixlen: "16 for a relay, 16 + N to keep to an IPv4 block of N bits"
        case .alias: "add the address"
        case .delete: "remove the address"
        case .anycast: "the address is an anycast address"
        case .deprecated: "do not use the address as a source"
        case .pltime: "preferred lifetime"
        case .vltime: "valid lifetime"
        }
    }

    /// Reads `link0`, `-link0`, `descr`; nil for anything that is no word.
    static func named(_ text: String) -> (word: Word, isNegated: Bool)? {
        let isNegated = text.hasPrefix("-")
        let name = isNegated ? String(text.dropFirst()) : text
        guard let word = Word.allCases.first(where: { $0.rawValue == name || $0.synonyms.contains(name) }),
            !isNegated || word.isNegatable
        else { return nil }
        return (word, isNegated)
    }
}
