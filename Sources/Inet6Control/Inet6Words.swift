// SPDX-License-Identifier: BSD-2-Clause
import Control
public import Words

/// The words of `inet6ctl addr`, as FreeBSD's ifconfig(8) has them after `inet6`, in the order in which they are said.
enum Inet6Words {
    static let rows: [Word] = [
        .inet6("set, change or delete an address") { ["inet6"] + ($0.hasAddress ? [$0.details.address] : []) },
        .prefixlen("1 to 128; 64 unless given"),
        .alias, .delete, .anycast, .deprecated,
        .mark(
            "eui64", place: .detail, help: "take the lower 64 bits from the link-local address",
            set: { $0.options.eui64 = true }, get: { $0.options.eui64 == true }),
        .pltime, .vltime,
        .option(
            "accept_rtadv", help: "listen to router advertisements", set: { $0.accept_rtadv = $1 },
            get: { $0.accept_rtadv }),
        .option(
            "auto_linklocal", help: "make a link-local address when the interface comes up",
            set: { $0.auto_linklocal = $1 }, get: { $0.auto_linklocal }),
        .option(
            "ifdisabled", help: "no IPv6 on the interface", set: { $0.ifdisabled = $1 }, get: { $0.ifdisabled }),
        .option("no_dad", help: "detect no duplicate addresses", set: { $0.no_dad = $1 }, get: { $0.no_dad }),
        .option(
            "no_radr", help: "take no default router from advertisements", set: { $0.no_radr = $1 },
            get: { $0.no_radr }),
        .option("nud", help: "detect unreachable neighbours", set: { $0.nud = $1 }, get: { $0.nud }),
        .refused("autoconf", negation: .plain, "only the kernel makes an address from a router advertisement"),
        .refused("tentative", negation: .plain, "only the kernel says what is tentative; see no_dad"),
        .refused("prefer_source", negation: .plain, "Linux prefers no source address by a flag; see deprecated"),
        .refused("defaultif", negation: .plain, "Linux has no default zone"),
        .refused("no_prefer_iface", negation: .plain, "Linux has no switch for it"),
        .refused("ipv6_only", negation: .plain, "Linux has no switch for it"),
        .refused("netmask", "invalid option for inet6"),
        .refused("broadcast", "invalid option for inet6"),
    ]
}

extension Word {
    fileprivate static func option(
        _ text: String, help: String, set: @escaping @Sendable (inout Inet6Options, Bool) -> Void,
        get: @escaping @Sendable (Inet6Options) -> Bool?
    ) -> Word {
        .flag(
            text, place: .after("inet6"), help: help, set: { draft, isOn in set(&draft.options, isOn) },
            get: { get($0.options) })
    }
}

extension Vocabulary {
    /// The words of `inet6ctl addr`.
    public static let inet6 = Vocabulary(Inet6Words.rows)
}
