// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing
import Words

/// Whatever cannot be read is refused with one line: the interface, the word as it was typed, the reason.
@Suite struct WordErrorTests {
    @Test(
        arguments: [
            ([], "an interface is missing"),
            (["create"], "create: needs an interface"),
            (["check"], "check: needs an interface"),
            (["unplumb"], "unplumb: needs an interface"),
            ([""], ": not the name of an interface"),
            (["-a"], "-a: not the name of an interface"),
            (["-create"], "-create: not the name of an interface"),
            (["up"], "up: not the name of an interface"),
            (["inet6", "stf0"], "inet6: not the name of an interface"),
            (["create", "destroy"], "destroy: not the name of an interface"),
            (["sixteen-letters!"], "sixteen-letters!: name too long"),
            (["éééééééé"], "éééééééé: name too long"),
        ] as [([String], String)])
    func `the interface comes first`(words: [String], line: String) {
        refuse(words, line)
    }

    @Test(arguments: [
        ("bogus", "stf0: bogus: unknown word"),
        ("UP", "stf0: UP: unknown word"),
        ("-up", "stf0: -up: unknown word; up has no opposite"),
        ("-mtu", "stf0: -mtu: unknown word; mtu has no opposite"),
        ("--link0", "stf0: --link0: unknown word; is it -link0?"),
        ("inet 192.0.2.1", "stf0: inet: ip-address(8) sets IPv4 addresses"),
        ("metric 0", "stf0: metric: Linux has metrics of routes, and none of interfaces"),
        ("-arp", "stf0: -arp: ip-link(8) sets it"),
        ("prefixlan 16", "stf0: prefixlan: unknown word; is it prefixlen?"),
        ("mut 1400", "stf0: mut: unknown word; is it mtu?"),
        ("16", "stf0: 16: unknown word"),
        ("2002::1", "stf0: 2002::1: unknown word"),
        ("mtu", "stf0: mtu: requires an argument"),
        ("descr", "stf0: descr: requires an argument"),
        ("mtu abc", "stf0: mtu abc: bad value"),
        ("mtu -1", "stf0: mtu -1: bad value"),
        ("mtu +1", "stf0: mtu +1: bad value"),
        ("mtu 0x500", "stf0: mtu 0x500: bad value"),
        ("mtu １２８０", "stf0: mtu １２８０: bad value"),
        ("mtu 2147483648", "stf0: mtu 2147483648: bad value (0..2147483647)"),
        ("mtu 99999999999999999999", "stf0: mtu 99999999999999999999: bad value"),
        ("stfv4net", "stf0: stfv4net: requires an argument"),
        ("-stfv4br", "stf0: -stfv4br: unknown word; stfv4br has no opposite"),
        ("stfv4net 192.0.2.1", "stf0: stfv4net 192.0.2.1: wants address/length"),
        ("stfv4net 192.0.2/24", "stf0: stfv4net 192.0.2/24: bad value"),
        ("stfv4net 192.0.2.1/", "stf0: stfv4net 192.0.2.1/: bad value (length 1..32)"),
        (
            "stfv4net 192.0.2.1/0",
            "stf0: stfv4net 192.0.2.1/0: bad value (length 1..32; 32 is what data sheets call 0: no common bits)"
        ),
        ("stfv4net 192.0.2.1/33", "stf0: stfv4net 192.0.2.1/33: bad value (length 1..32)"),
        ("stfv4net 192.0.2.1/8/8", "stf0: stfv4net 192.0.2.1/8/8: bad value (length 1..32)"),
        ("stfv4br 2002::1", "stf0: stfv4br 2002::1: bad value"),
        ("stfv4br 192.0.2.1,", "stf0: stfv4br 192.0.2.1,: bad value"),
        ("option212 x", "stf0: option212 x: not an option of DHCP"),
        (
            "option212 002020010db80000000000000000000000000aff0001",
            "stf0: option212 002020010db80000000000000000000000000aff0001: our IPv4 address is missing"
        ),
        ("option212 002020010db80000000000000000000000000aff0001 x", "stf0: option212 x: bad value"),
        ("route", "stf0: route: requires an argument"),
        ("route 2001:db8::", "stf0: route 2001:db8::: wants prefix/length"),
        ("route 2001:db8::/129", "stf0: route 2001:db8::/129: bad value (length 0..128)"),
        ("route default via", "stf0: via: requires an argument"),
        ("route default via 192.88.99.1", "stf0: via 192.88.99.1: bad value"),
        ("route default 192.88.99.1", "stf0: 192.88.99.1: unknown word"),
        ("-route", "stf0: -route: requires an argument"),
        ("stfv4br 192.0.2.1/32", "stf0: stfv4br 192.0.2.1/32: bad value"),
        ("check up", "stf0: check: goes with no other word"),
        ("up check", "stf0: check: goes with no other word"),
        ("up explain", "stf0: explain: goes with no other word"),
        ("destroy up", "stf0: destroy: goes with no other word"),
        ("create destroy", "stf0: destroy: goes with no other word"),
        ("destroy inet6 2002::1", "stf0: destroy: goes with no other word"),
        ("destroy -description", "stf0: destroy: goes with no other word"),
    ])
    func `a word that cannot be there is refused`(words: String, line: String) {
        refuse(["stf0"] + words.split(separator: " ").map(String.init), line)
    }

    @Test(arguments: [
        ("prefixlen 16", "stf0: prefixlen: must follow inet6"),
        ("-alias", "stf0: -alias: must follow inet6"),
        ("remove 2002::1", "stf0: 2002::1: unknown word"),
        ("up inet6", "stf0: inet6: needs an address"),
        ("inet6 up", "stf0: inet6: needs an address"),
        ("inet6 prefixlen 16", "stf0: prefixlen: needs an address"),
        ("inet6 alias", "stf0: alias: needs an address"),
        ("inet6 2002::1 2002::2", "stf0: 2002::2: a second address"),
        ("inet6 2002::1 metric 0", "stf0: metric: Linux has metrics of routes, and none of interfaces"),
        ("inet6 2002::1 netmask ffff::", "stf0: netmask: IPv4 has netmasks; IPv6 has prefixlen"),
        ("inet6 2002::1 frob", "stf0: frob: unknown word"),
        ("inet6 2002::1 deprecatd", "stf0: deprecatd: unknown word; is it deprecated?"),
        ("inet6 2002::1 16", "stf0: 16: unknown word; a prefix length is prefixlen 16"),
        ("inet6 2002::1 129", "stf0: 129: unknown word"),
        ("inet6 16 2002::1", "stf0: 16: unknown word; a prefix length is prefixlen 16"),
        ("inet6 netmask ffff::", "stf0: netmask: IPv4 has netmasks; IPv6 has prefixlen"),
        ("inet6 2002::1 inet6 2002::2", "stf0: 2002::2: a second address"),
        ("inet6 192.0.2.1", "stf0: inet6 192.0.2.1: bad value"),
        (
            "inet6 2002::1%stf0",
            "stf0: inet6 2002::1%stf0: bad value (only a link-local address has a zone by name: stf0)"
        ),
        ("inet6 fe80::1%", "stf0: inet6 fe80::1%: bad value (the zone after % is empty)"),
        (
            "inet6 fe80:7::1",
            "stf0: inet6 fe80:7::1: bad value (an index within the address is KAME's own form; write fe80::1%7)"
        ),
        ("inet6 bogus", "stf0: inet6 bogus: bad value"),
        ("inet6 /64", "stf0: inet6 /64: bad value"),
        ("inet6 2002::1/", "stf0: inet6 2002::1/: bad value (prefix length 0..128)"),
        ("inet6 2002::1/129", "stf0: inet6 2002::1/129: bad value (prefix length 0..128)"),
        ("inet6 2002::1/-1", "stf0: inet6 2002::1/-1: bad value (prefix length 0..128)"),
        ("inet6 2002::1/16/16", "stf0: inet6 2002::1/16/16: bad value (prefix length 0..128)"),
        ("inet6 2002::1 prefixlen", "stf0: prefixlen: requires an argument"),
        ("inet6 2002::1 prefixlen 129", "stf0: prefixlen 129: bad value (0..128)"),
        ("inet6 2002::1 prefixlen 1x", "stf0: prefixlen 1x: bad value"),
        ("inet6 2002::1 pltime 4294967296", "stf0: pltime 4294967296: bad value (0..4294967295)"),
        ("inet6 2002::1 vltime forever", "stf0: vltime forever: bad value"),
    ])
    func `an address that cannot be is refused`(words: String, line: String) {
        refuse(["stf0"] + words.split(separator: " ").map(String.init), line)
    }

    @Test func `an empty word is no number and no address`() {
        refuse(["stf0", ""], "stf0: : unknown word")
        refuse(["stf0", "mtu", ""], "stf0: mtu : bad value")
        refuse(["stf0", "inet6", ""], "stf0: inet6 : bad value")
    }

    private func refuse(_ words: [String], _ line: String) {
        let error = #expect(throws: WordError.self) { try InterfaceCommand(parsing: words, for: .stf) }
        #expect(error?.line == line)
    }
}
