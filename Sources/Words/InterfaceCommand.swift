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

    /// The words are those of one kind's interfaces. Reads `create stf0`, `destroy stf0`, `stf0`, `stf0 inet6`, `stf0 create inet6 2002:c000:201::1 prefixlen 16 up`.
    ///
    /// ifconfig(8) applies words from left to right and addresses last, so only the last of `link0 -link0` counts, and
    /// the order of what is left does not.
    public init(parsing words: some Collection<String>, for kind: InterfaceKind) throws(WordError) {
        var words = Array(words)
        // The verb may come first: `create stf0` is `stf0 create`.
        var first = words.first.flatMap { Word.named($0, for: kind) }
        if let verb = first, !verb.isNegated, verb.word.isVerb {
            guard words.count > 1 else { throw WordError(object: words[0], reason: "needs an interface") }
            words.swapAt(0, 1)
            first = Word.named(words[0], for: kind)
        }
        guard let interface = words.first else { throw WordError(object: nil, reason: "an interface is missing") }
        guard !interface.isEmpty, !interface.hasPrefix("-"), first == nil else {
            throw WordError(object: interface, reason: "not the name of an interface")
        }
        // A name longer than the kernel's IFNAMSIZ can belong to no interface.
        guard interface.utf8.count <= 15 else { throw WordError(object: interface, reason: "name too long") }
        let rest = words.dropFirst()
        if rest.isEmpty {
            self = .show(interface)
        } else if Array(rest) == [Word.check.rawValue] {
            self = .check(interface)
        } else if rest.first == Word.explain.rawValue, Word.explain.kinds.contains(kind) {
            self = .explain(try ExplainCommand(interface, parsing: rest.dropFirst()))
        } else if Array(rest) == [Word.inet6.rawValue] {
            self = .showAddresses(interface)
        } else {
            var reader = ChangeReader(interface: interface, kind: kind)
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

    package init(object: String?, value: String? = nil, reason: String) {
        self.object = object
        self.value = value
        self.reason = reason
    }

    /// `stf0: mtu abc: bad value`.
    public var line: String {
        [object, value, reason].compactMap(\.self).joined(separator: ": ")
    }
}
