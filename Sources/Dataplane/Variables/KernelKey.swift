// SPDX-License-Identifier: BSD-2-Clause

/// Where the kernel keeps a variable, below /proc/sys of this network namespace, and how Linux's number becomes BSD's.
struct KernelKey: Sendable {
    /// `net/ipv6/conf/*/hop_limit`, where `*` is an interface, `all` or `default`; without it there is one for the node.
    let pattern: String
    let scope: Scope
    let meaning: Meaning

    /// What setting the variable for the node sets.
    enum Scope: Sendable {
        /// The one key there is.
        case node
        /// `all`, which the kernel itself carries to each interface and to `default`.
        case all
        /// `default`: what interfaces begin with that appear from now on.
        case new
        /// `default` and each interface, since Linux asks the interface where BSD asks the node.
        case each
    }

    /// How the key's number is BSD's.
    enum Meaning: Sendable, Equatable {
        case same
        /// 0 where the key holds 1, and 1 where it holds anything else: BSD names the opposite.
        case opposite
        /// 1 where the key holds at least this. Two variables of BSD share one key of Linux: accept_ra is 1 for
        /// accept_rtadv, and 2 for rfc6204w3 as well.
        case level(Int)
        /// The key counts seconds.
        case milliseconds
        /// One of several numbers, from 0: `32768	60999`.
        case word(Int)
    }

    init(_ pattern: String, _ scope: Scope = .node, _ meaning: Meaning = .same) {
        self.pattern = pattern
        self.scope = scope
        self.meaning = meaning
    }

    /// Whether each interface has one.
    var isPerInterface: Bool { pattern.utf8.contains(UInt8(ascii: "*")) }

    /// `net/ipv6/conf/eth0/hop_limit`
    func path(_ instance: String) -> String {
        guard let star = pattern.firstIndex(of: "*") else { return pattern }
        return pattern[..<star] + instance + pattern[star...].dropFirst()
    }

    /// Where the node's value is read from. A network namespace has no `neigh/default`, but always a loopback interface.
    var nodePaths: [String] {
        switch scope {
        case .node: [pattern]
        case .all: [path("all")]
        case .new: [path("default")]
        case .each: [path("default"), path("lo")]
        }
    }

    /// BSD's number of what a key holds; nil if that is no number.
    func value(of text: String) -> Int? {
        let words = text.split { $0 == "\t" || $0 == " " }
        let place = if case .word(let place) = meaning { place } else { 0 }
        guard words.indices.contains(place), let number = Int(words[place]) else { return nil }
        switch meaning {
        case .same, .word: return number
        case .opposite: return number == 1 ? 0 : 1
        case .level(let level): return number >= level ? 1 : 0
        case .milliseconds: return number * 1000
        }
    }

    /// Why the key cannot hold some values.
    var objection: String? { meaning == .milliseconds ? "whole seconds, 1000 each" : nil }

    /// What a key that holds `text` must hold for the variable to be `value`; nil if it cannot.
    func text(for value: Int, now text: String) -> String? {
        switch meaning {
        case .same: return String(value)
        case .opposite: return self.value(of: text) == value ? text : value == 0 ? "1" : "0"
        case .level(let level):
            guard let number = Int(text) else { return nil }
            if value == 0 { return String(min(number, level - 1)) }
            // An interface without temporary addresses, 0 or -1, has none to prefer: it stays as it is.
            return number < level - 1 ? text : String(max(number, level))
        case .milliseconds: return value % 1000 == 0 ? String(value / 1000) : nil
        case .word(let place):
            var words = text.split { $0 == "\t" || $0 == " " }.map(String.init)
            guard words.indices.contains(place) else { return nil }
            words[place] = String(value)
            return words.joined(separator: "\t")
        }
    }
}
