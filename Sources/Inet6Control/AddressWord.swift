// SPDX-License-Identifier: BSD-2-Clause

/// The words of `inet6ctl addr`, as FreeBSD's ifconfig(8) has them after `inet6`. From this one table come parsing, usage,
/// completion, and the test of the manual page.
public enum AddressWord: String, CaseIterable, Sendable {
    case inet6
    case prefixlen, alias, delete, anycast, deprecated, eui64, pltime, vltime
    case accept_rtadv, auto_linklocal, ifdisabled, no_dad, no_radr, nud
    // Words of ifconfig(8) that Linux has nothing for.
    case autoconf, tentative, prefer_source, defaultif, no_prefer_iface, ipv6_only, netmask, broadcast

    /// Other spellings that ifconfig(8) takes.
    public var synonyms: [String] {
        self == .delete ? ["remove"] : []
    }

    /// What follows the word, as the manual page names it.
    public var argument: String? {
        switch self {
        case .inet6: "address"
        case .prefixlen: "length"
        case .pltime, .vltime: "seconds"
        default: nil
        }
    }

    /// Whether `-word` undoes it.
    public var isNegatable: Bool {
        switch self {
        case .inet6, .prefixlen, .delete, .anycast, .eui64, .pltime, .vltime, .netmask, .broadcast: false
        case .alias, .deprecated, .accept_rtadv, .auto_linklocal, .ifdisabled, .no_dad, .no_radr, .nud, .autoconf,
            .tentative, .prefer_source, .defaultif, .no_prefer_iface, .ipv6_only:
            true
        }
    }

    /// Whether it says something about an address, and so needs one.
    public var isAboutAddress: Bool {
        switch self {
        case .prefixlen, .alias, .delete, .anycast, .deprecated, .eui64, .pltime, .vltime: true
        default: false
        }
    }

    /// Why the word is known and yet refused.
    public var refusal: String? {
        switch self {
        case .autoconf: "only the kernel makes an address from a router advertisement"
        case .tentative: "only the kernel says what is tentative; see no_dad"
        case .prefer_source: "Linux prefers no source address by a flag; see deprecated"
        case .defaultif: "Linux has no default zone"
        case .no_prefer_iface: "Linux has no switch for it"
        case .ipv6_only: "Linux has no switch for it"
        case .netmask, .broadcast: "invalid option for inet6"
        default: nil
        }
    }

    /// One line for completion.
    public var help: String {
        switch self {
        case .inet6: "set, change or delete an address"
        case .prefixlen: "1 to 128; 64 unless given"
        case .alias: "add the address"
        case .delete: "remove the address"
        case .anycast: "the address is an anycast address"
        case .deprecated: "do not use the address as a source"
        case .eui64: "take the lower 64 bits from the link-local address"
        case .pltime: "preferred lifetime"
        case .vltime: "valid lifetime"
        case .accept_rtadv: "listen to router advertisements"
        case .auto_linklocal: "make a link-local address when the interface comes up"
        case .ifdisabled: "no IPv6 on the interface"
        case .no_dad: "detect no duplicate addresses"
        case .no_radr: "take no default router from advertisements"
        case .nud: "detect unreachable neighbours"
        case .autoconf, .tentative, .prefer_source, .defaultif, .no_prefer_iface, .ipv6_only, .netmask, .broadcast:
            refusal ?? ""
        }
    }

    /// Reads `no_dad`, `-no_dad`, `remove`; nil for anything that is no word.
    static func named(_ text: String) -> (word: AddressWord, isNegated: Bool)? {
        let isNegated = text.hasPrefix("-")
        let name = isNegated ? String(text.dropFirst()) : text
        guard let word = allCases.first(where: { $0.rawValue == name || $0.synonyms.contains(name) }),
            !isNegated || word.isNegatable
        else { return nil }
        return (word, isNegated)
    }
}
