// SPDX-License-Identifier: BSD-2-Clause
import Control

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
            "stfv4br", takes: "address", help: "6rd: the border relay, 0.0.0.0 for none",
            read: { draft, given throws(WordError) in draft.change.stfv4br = try ipv4Address(given) },
            say: { draft in draft.change.stfv4br.map { ["stfv4br", $0] } ?? [] }),
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
        .inet6,
        .prefixlen("16 for a relay, 16 + N to keep to an IPv4 block of N bits"),
        .alias, .delete, .anycast, .deprecated, .pltime, .vltime,
        .up("let packets through"),
        .down("let no packets through"),
    ]
}
