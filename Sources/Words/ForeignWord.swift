// SPDX-License-Identifier: BSD-2-Clause

/// Words of ifconfig(8) that mean nothing here, and why.
enum ForeignWord {
    static func note(on text: String) -> String? {
        let word = text.utf8.first == UInt8(ascii: "-") ? String(text.dropFirst()) : text
        return notes.first { $0.words.contains(word) }?.note
    }

    private static let link = "ip-link(8) sets it"

    private static let notes: [(words: [String], note: String)] = [
        (["netmask"], "IPv4 has netmasks; IPv6 has prefixlen"),
        (["broadcast"], "IPv6 has no broadcast"),
        (["metric"], "Linux has metrics of routes, and none of interfaces"),
        (["inet", "af_inet"], "ip-address(8) sets IPv4 addresses"),
        (["up", "down"], "ip-link(8) brings an interface up or down"),
        (["mtu", "arp", "name", "promisc", "debug", "ether", "lladdr", "link", "vnet"], link),
        (["description", "descr", "group", "monitor", "media", "mediaopt", "mode", "fib"], link),
        (["tunnel", "tunnelfib", "dest", "dstaddr", "deletetunnel"], "who the peer is follows from the address"),
        (["anycast"], "no anycast address can be captured"),
        (["eui64"], "there is no link-local address to take it from"),
        (["accept_rtadv", "no_radr", "ifdisabled", "nud", "no_dad", "auto_linklocal"], "inet6ctl addr sets it"),
        (["autoconf", "tentative", "temporary", "duplicated", "detached"], "only the kernel says what is so"),
        (["prefer_source", "no_prefer_iface", "defaultif", "ipv6_only"], "Linux has no switch for it"),
        (["vhid", "advskew", "pass"], "CARP is not Linux's"),
    ]
}

extension Vocabulary {
    static let unknown = "unknown word"

    /// Why a text is no word: what else it is, or which word is like it.
    /// - Parameter isAddressed: an address could stand here, and so its length.
    func reason(unknown text: String, isAddressed: Bool) -> String {
        if text.hasPrefix("-"), let word = named(String(text.dropFirst()))?.word, !word.isNegatable {
            return "unknown word; \(word.text) has no opposite"
        }
        if let note = ForeignWord.note(on: text) { return note }
        if isAddressed, let length = decimal(text), length <= 128 {
            return "unknown word; a prefix length is prefixlen \(length)"
        }
        return meant(text).map { "unknown word; is it \($0)?" } ?? Vocabulary.unknown
    }

    /// The word that was meant.
    func meant(_ text: String) -> String? {
        nearest(
            to: text,
            among: words.filter { $0.refusal == nil }
                .flatMap { [$0.text] + $0.synonyms + ($0.isNegatable ? ["-\($0.text)"] : []) })
    }
}
