// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// The words of puppet(4), of both ends of a tunnel, in the order in which they are said.
enum PuppetWords {
    static let vamp: [Word] =
        [
            .create, .destroy, .check, .description,
            Word(
                "dev", takes: "interface", help: "the real interface",
                read: { draft, given in draft[.vamp].dev = given.argument },
                say: { $0.tunnel.dev.map { ["dev", $0] } ?? [] }),
        ]
        + common(.vamp) + [
            .flag(
                "promisc", help: "sniff all frames on the wire", set: { $0[.vamp].promisc = $1 },
                get: { $0.tunnel.promisc }),
            Word(
                "direction", takes: "direction", help: "what is sniffed: in, out or both",
                read: { draft, given throws(WordError) in
                    draft[.vamp].direction = try one(of: ["in", "out", "both"], given)
                },
                say: { $0.tunnel.direction.map { ["direction", $0] } ?? [] }),
            .flag(
                "inject", help: "emit what the other end sends", set: { $0[.vamp].inject = $1 },
                get: { $0.tunnel.inject }),
            .flag(
                "exclusive", help: "keep this host's network stack silent there", set: { $0[.vamp].exclusive = $1 },
                get: { $0.tunnel.exclusive }),
            Word(
                "exclude", takes: "connection",
                help: "what is not sniffed: auto, ssh, none, or address:port,address:port",
                read: { draft, given throws(WordError) in
                    let connection = try connection(given)
                    draft[.vamp].exclude = (draft[.vamp].exclude ?? []) + [connection]
                },
                say: { ($0.tunnel.exclude ?? []).flatMap { ["exclude", $0] } }),
            .up("sniff and inject"), .down("leave the interface alone"),
        ]

    static let puppet: [Word] =
        [.create, .destroy, .check, .description] + common(.puppet, [.mtu("largest packet, 68 to 65521 bytes")]) + [
            .inet6, .prefixlen("0 to 128"), .alias, .delete, .deprecated, .pltime, .vltime,
            .up("be the other end's interface"), .down("be nobody's"),
        ]

    private static func common(_ kind: InterfaceKind, _ own: [Word] = []) -> [Word] {
        [
            way("listen", "wait for the other end at a port", kind, \.listen),
            way("connect", "go to the other end", kind, \.connect),
            Word(
                "peer", takes: "key", negation: .plain,
                help: "a key that the other end has, SHA256:...: then it is TLS",
                read: { draft, given throws(WordError) in
                    guard !given.isNegated else { return draft[kind].peer = [] }
                    guard let key = KeyFingerprint(given.argument) else {
                        throw given.refusal("wants SHA256: and 43 digits of Base64, as puppetctl key tells it")
                    }
                    draft[kind].peer = (draft[kind].peer ?? []) + [key.description]
                },
                say: { draft in
                    draft.tunnel.peer.map { $0.isEmpty ? ["-peer"] : $0.flatMap { ["peer", $0] } } ?? []
                }),
            .flag(
                "insecure", help: "let plain TCP go to other hosts", set: { $0[kind].insecure = $1 },
                get: { $0.tunnel.insecure }),
            Word(
                "proto", takes: "protocol", help: "modern, auto, or etherpuppet's 1.3 and 1.4",
                read: { draft, given throws(WordError) in
                    draft[kind].proto = try one(of: ["modern", "auto", "1.3", "1.4"], given)
                },
                say: { $0.tunnel.proto.map { ["proto", $0] } ?? [] }),
            .flag(
                "offload", help: "take frames that are not cut and summed yet", set: { $0[kind].offload = $1 },
                get: { $0.tunnel.offload }),
            Word(
                "filter", takes: "words", negation: .plain, help: "sniff only what these words of tcpdump say",
                read: { draft, given in
                    draft[kind].filter = FilterChange(words: given.isNegated ? "" : given.argument, program: "")
                },
                say: { draft in
                    draft.tunnel.filter.map { $0.words.isEmpty ? ["-filter"] : ["filter", $0.words] } ?? []
                }),
        ] + own + [
            pair(
                "keepalive", takes: "seconds dead", help: "ask whether the peer is there, and give it up", kind,
                \.keepalive),
            pair("reconnect", takes: "seconds most", help: "wait so long before connecting again", kind, \.reconnect),
            Word(
                "copy", takes: "what", help: "link, mtu, inet, inet6 with commas between them, or none",
                read: { draft, given throws(WordError) in draft[kind].copy = try copies(given) },
                say: { draft in draft.tunnel.copy.map { ["copy", list($0, separator: ",")] } ?? [] }),
            .number(
                "rate", takes: "bytes", help: "bytes a second that are injected, 0 for any number",
                in: 0...1_000_000_000_000, set: { $0[kind].rate = $1 }, get: { $0.tunnel.rate }),
        ]
    }

    /// `listen [::1]:7113`, `-listen`
    private static func way(
        _ text: String, _ help: String, _ kind: InterfaceKind,
        _ path: any WritableKeyPath<PuppetChange, String?> & Sendable
    ) -> Word {
        Word(
            text, takes: "address:port", negation: .plain, help: help,
            read: { draft, given throws(WordError) in
                draft[kind][keyPath: path] = given.isNegated ? "" : try endpoint(given)
            },
            say: { draft in
                draft.tunnel[keyPath: path].map { $0.isEmpty ? ["-\(text)"] : [text, $0] } ?? []
            })
    }

    /// `keepalive 10 60`
    private static func pair(
        _ text: String, takes argument: String, help: String, _ kind: InterfaceKind,
        _ path: any WritableKeyPath<PuppetChange, [Int]?> & Sendable
    ) -> Word {
        Word(
            text, takes: argument, help: help,
            read: { draft, given throws(WordError) in
                let first = try number(given, in: 1...86_400)
                guard let second = draft.rest.popFirst() else { throw given.refusal("wants two numbers") }
                draft[kind][keyPath: path] = [first, try number(given.naming(second), in: 1...86_400)]
            },
            say: { draft in draft.tunnel[keyPath: path].map { [text] + $0.map(String.init) } ?? [] })
    }

    /// `[::1]:7113`, `192.0.2.1:7113`
    private static func endpoint(_ given: Given) throws(WordError) -> String {
        if let ipv6 = IPv6Endpoint(given.argument), ipv6.port != 0 { return ipv6.description }
        if let ipv4 = IPv4Endpoint(given.argument), ipv4.port != 0 { return ipv4.description }
        throw given.refusal("wants address:port, of IPv6 [address]:port")
    }

    private static func connection(_ given: Given) throws(WordError) -> String {
        if ["auto", "ssh", "none"].contains(given.argument) { return given.argument }
        let ends = given.argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard ends.count == 2 else { throw given.refusal("wants auto, ssh, none, or address:port,address:port") }
        return list([try endpoint(given.naming(ends[0])), try endpoint(given.naming(ends[1]))], separator: ",")
    }

    private static func copies(_ given: Given) throws(WordError) -> [String] {
        let words = given.argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if words == ["none"] { return words }
        for word in words {
            guard ["link", "mtu", "inet", "inet6"].contains(word) else {
                throw given.refusal("wants link, mtu, inet, inet6 or none")
            }
        }
        return words
    }

    private static func one(of words: [String], _ given: Given) throws(WordError) -> String {
        guard words.contains(given.argument) else {
            throw given.refusal("wants \(list(words, separator: ", "))")
        }
        return given.argument
    }
}

extension ChangeDraft {
    /// What is said of an end, whichever it is.
    fileprivate var tunnel: PuppetChange { change.vamp ?? change.puppet ?? PuppetChange() }

    /// What is said of an end of this kind.
    fileprivate subscript(_ kind: InterfaceKind) -> PuppetChange {
        get { (kind == .vamp ? change.vamp : change.puppet) ?? PuppetChange() }
        set { if kind == .vamp { change.vamp = newValue } else { change.puppet = newValue } }
    }
}
