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
    public init(parsing words: [String]) throws(WordError) {
        guard let first = words.first else {
            self = .list
            return
        }
        let interface = try InterfaceCommand.interface(first, isWord: Vocabulary.inet6.named(first) != nil)
        let rest = words.dropFirst()
        if rest.isEmpty {
            self = .show(interface)
        } else if Array(rest) == [Word.inet6.text] {
            self = .showAddresses(interface)
        } else {
            var draft = ChangeDraft(interface: interface)
            try draft.read(rest, in: .inet6)
            let change = Inet6Change(draft)
            // `eth0 inet6 inet6`: said in words again, it would ask to be shown.
            guard change != Inet6Change(interface: interface) else {
                throw WordError(object: interface, value: Word.inet6.text, reason: "needs an address or an option")
            }
            self = .change(change)
        }
    }
}

extension Inet6Change {
    fileprivate init(_ draft: ChangeDraft) {
        self.init(interface: draft.change.interface)
        let options = draft.options
        (ifdisabled, accept_rtadv, auto_linklocal) = (options.ifdisabled, options.accept_rtadv, options.auto_linklocal)
        (no_radr, no_dad, nud) = (options.no_radr, options.no_dad, options.nud)
        guard draft.hasAddress else { return }
        let details = draft.details
        var address = Inet6AddressChange(address: details.address)
        (address.prefixlen, address.delete, address.anycast) = (details.prefixlen, details.delete, details.anycast)
        (address.deprecated, address.eui64) = (details.deprecated, options.eui64)
        (address.pltime, address.vltime) = (details.pltime, details.vltime)
        inet6 = address
    }

    private var draft: ChangeDraft {
        var draft = ChangeDraft(interface: interface)
        var options = Inet6Options()
        (options.ifdisabled, options.accept_rtadv, options.auto_linklocal) = (ifdisabled, accept_rtadv, auto_linklocal)
        (options.no_radr, options.no_dad, options.nud) = (no_radr, no_dad, nud)
        options.eui64 = inet6?.eui64
        draft.options = options
        guard let inet6 else { return draft }
        var details = AddressChange(address: inet6.address)
        (details.prefixlen, details.delete, details.anycast) = (inet6.prefixlen, inet6.delete, inet6.anycast)
        (details.deprecated, details.pltime, details.vltime) = (inet6.deprecated, inet6.pltime, inet6.vltime)
        draft.details = details
        return draft
    }

    /// The words that `AddressCommand` would read as this change: `eth0 inet6 2001:db8::1 prefixlen 64 no_dad`.
    public var words: [String] { [interface] + Vocabulary.inet6.said(draft) }

    /// The same as a line of a command file.
    public var line: String { CommandFile.line(words) }
}
