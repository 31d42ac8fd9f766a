// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// The words of stf(4), in the order in which they are said.
enum StfWords {
    static let rows: [Word] = [
        .create, .destroy, .check,
        .question("explain", place: .question, help: "say which rule decides over a packet"),
        .description,
        .mtu("largest IPv6 packet, 1280 to 65515 bytes"),
        .flag(
            "link0", help: "accept no packets from the IPv4 side", set: { $0.change.link0 = $1 },
            get: { $0.change.link0 }),
        .flag(
            "link1", help: "be friendly to explicit congestion notification", set: { $0.change.link1 = $1 },
            get: { $0.change.link1 }),
        .flag(
            "link2", help: "do not check IPv4 sources against the routing table", set: { $0.change.link2 = $1 },
            get: { $0.change.link2 }),
        Word(
            "stfv4net", takes: "address/length",
            help: "6rd: our IPv4 address, and how many leading bits are common; 32 is none",
            read: { draft, given throws(WordError) in
                guard !given.argument.hasSuffix("/0") else {
                    throw given.refusal("bad value (length 1..32; 32 is what data sheets call 0: no common bits)")
                }
                draft.change.stfv4net = try ipv4Network(given, lengths: 1...32)
            },
            say: { draft in draft.change.stfv4net.map { ["stfv4net", $0] } ?? [] }),
        Word(
            "stfv4br", takes: "address", help: "6rd: the border relay, several with commas, 0.0.0.0 for none",
            read: { draft, given throws(WordError) in
                guard let relays = SixRD.relays(given.argument) else { throw given.refusal("bad value") }
                draft.change.stfv4br = SixRD(relays: relays).relayText ?? "0.0.0.0"
            },
            say: { draft in draft.change.stfv4br.map { ["stfv4br", $0] } ?? [] }),
        Word(
            "option212", takes: "lease address", help: "6rd as DHCP says it: the option, and our IPv4 address",
            read: { draft, given throws(WordError) in try readOption(into: &draft, given) },
            // As the words that it stands for.
            say: { _ in [] }),
        .flag(
            "auto", help: "let the address follow the IPv4 address of the default route", set: { $0.change.auto = $1 },
            get: { $0.change.auto }),
        Word(
            "engine", takes: "auto|kernel|user", help: "what carries packets: the kernel's programs, or inet6d itself",
            read: { draft, given throws(WordError) in
                guard ["auto", "kernel", "user"].contains(given.argument) else {
                    throw given.refusal("auto, kernel or user")
                }
                draft.change.engine = given.argument
            },
            say: { draft in draft.change.engine.map { ["engine", $0] } ?? [] }),
        .flag(
            "shortcut", help: "let the kernel's programs take forwarded packets past the interface",
            set: { $0.change.shortcut = $1 }, get: { $0.change.shortcut }),
        Word(
            "xdp", takes: "interfaces", negation: .plain,
            help: "take frames between these Ethernet interfaces before the kernel makes packets of them",
            read: { draft, given in draft.change.xdp = given.isNegated ? "" : given.argument },
            say: { draft in draft.change.xdp.map { $0.isEmpty ? ["-xdp"] : ["xdp", $0] } ?? [] }),
        .flag(
            "ask", help: "let nothing pass the kernel's programs that a firewall would have stopped",
            set: { $0.change.ask = $1 }, get: { $0.change.ask }),
        Word(
            "route", takes: "destination [via gateway]", negation: .naming,
            help: "keep a route with the interface: default, or address/length", keywordHelp: "who takes the packets",
            read: { draft, given throws(WordError) in try readRoute(into: &draft, given) },
            say: { draft in
                said("-route", draft.change.noroutes) + said("route", draft.change.routes)
            }),
        .inet6,
        .prefixlen("16 for a relay, 16 + N to keep to an IPv4 block of N bits"),
        .alias, .delete, .anycast, .deprecated, .pltime, .vltime,
        .up("let packets through"),
        .down("let no packets through"),
    ]

    /// `option212 "0 32 2001:db8:: 10.255.0.1" 10.0.0.1`: the words that make a site of the domain.
    private static func readOption(into draft: inout ChangeDraft, _ given: Given) throws(WordError) {
        let option: SixRDOption
        do throws(SixRDOption.Failure) {
            option = try SixRDOption(given.argument)
        } catch {
            throw given.refusal(error.reason)
        }
        guard let text = draft.rest.popFirst() else { throw given.refusal("our IPv4 address is missing") }
        guard let own = IPv4Address(text), let site = option.site(of: own) else {
            throw given.naming(text).refusal("bad value")
        }
        draft.change.stfv4net = option.net(of: own)
        draft.change.stfv4br = SixRD(relays: option.relays).relayText
        draft.details.address = IPv6Address(high: site.address.high, low: 1).description
        draft.details.prefixlen = option.prefix.length
        // The next lease may be of another address, or of another domain.
        draft.details.replace = true
    }

    /// `route default via ::192.88.99.1 route 2001:db8::/32`
    private static func said(_ word: String, _ routes: [String]?) -> [String] {
        (routes ?? []).flatMap { route in [word] + route.split(separator: " ").map(String.init) }
    }

    /// `route default via ::192.88.99.1`, `-route default`
    private static func readRoute(into draft: inout ChangeDraft, _ given: Given) throws(WordError) {
        let destination =
            given.argument == "default" ? given.argument : try prefix(given, .ipv6, needsLength: true)
        var route = destination
        if draft.rest.first == "via" {
            draft.rest.removeFirst()
            let via = Given("via", of: given.object)
            guard let gateway = draft.rest.popFirst() else { throw via.refusal("requires an argument") }
            guard IPv6Address(gateway) != nil else { throw via.naming(gateway).refusal("bad value") }
            route += " via \(gateway)"
        }
        if given.isNegated {
            draft.change.noroutes = (draft.change.noroutes ?? []) + [route]
        } else {
            draft.change.routes = (draft.change.routes ?? []) + [route]
        }
    }
}
