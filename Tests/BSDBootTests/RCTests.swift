// SPDX-License-Identifier: BSD-2-Clause
import BSDBoot
import Testing

/// What rc.conf(5) of FreeBSD and NetBSD becomes, and which of its lines are named instead.
@Suite struct RCTests {
    /// `rc.conf` alone.
    struct Case: CustomTestStringConvertible {
        let text: String
        /// `stf0.if: create; up`
        let files: [String]
        /// By number, how the notes of a line begin.
        let notes: [Int: [String]]
        var testDescription: String { text }

        init(_ text: String, _ files: [String] = [], _ notes: [Int: [String]] = [:]) {
            self.text = text
            self.files = files
            self.notes = notes
        }
    }

    static let cases = [
        Case(
            #"cloned_interfaces="stf0 stf1:sticky bridge0""#, ["stf0.if: create", "stf1.if: create"],
            [1: ["bridge0: no"]]),
        Case("create_args_stf0=\"mtu 1480\"\n", ["stf0.if: create; mtu 1480"]),
        Case(
            #"ifconfig_stf0_ipv6="inet6 2002:c000:201::1""#,
            ["stf0.if: create; inet6 2002:c000:201::1 prefixlen 64"],
            [1: ["2002:c000:201::1: no length is said"]]),
        Case(
            "ifconfig_stf0_ipv6='2002:c000:201::1/16'", ["stf0.if: create; inet6 2002:c000:201::1/16"],
            [1: ["2002:c000:201::1/16: inet6 is missing"]]),
        Case(
            #"ipv6_ifconfig_stf0="2002:c000:201::1 prefixlen 16""#,
            ["stf0.if: create; inet6 2002:c000:201::1 prefixlen 16"], [1: ["ipv6_ifconfig_stf0: obsolete"]]),
        Case(
            "ifconfig_stf0=\"up mtu 1480 link2\"\nifconfig_stf0_descr=\"to the world\"\n",
            ["stf0.if: create; up mtu 1480 link2; description \"to the world\""]),
        Case(
            "ifconfig_faith0_aliases=\"inet6 2001:db8::5/64 inet6 2001:db8::6/64\"",
            ["faith0.if: create; inet6 2001:db8::5/64; inet6 2001:db8::6/64"]),
        Case(
            """
            ifconfig_faith0_alias2="inet6 2001:db8::3/64"
            ifconfig_faith0_alias0="inet6 2001:db8::1-2/64"
            ifconfig_faith0_alias5=""
            ifconfig_faith0_alias6="inet6 2001:db8::9/64"
            """,
            [
                "faith0.if: create; inet6 2001:db8::1/64 alias; inet6 2001:db8::2/64 alias; inet6 2001:db8::3/64"
            ], [3: ["ifconfig_faith0_alias5: "], 4: ["ifconfig_faith0_alias6: "]]),
        Case("ifconfig_stf0=\"NOAUTO up\"", [], [1: ["NOAUTO: not made at boot"]]),
        Case("ifconfig_stf0=\"SYNCDHCP up vnet www\"", ["stf0.if: create; up"], [1: ["vnet www: ", "SYNCDHCP: "]]),
        Case("ifconfig_stf0=\"up netmask 255.0.0.0\"", ["stf0.if: create"], [1: ["left out: stf0: netmask: "]]),
        Case(
            "stf_interface_ipv4addr=\"192.0.2.1\"\nstf_interface_ipv4plen=\"24\"\nstf_interface_ipv6_slaid=\"1\"\n",
            ["stf0.if: create; inet6 2002:c000:201:1::1 prefixlen 40"], [1: ["the routes that reject 2002:e000::/20"]]),
        Case("stf_interface_ipv4addr=\"NO\"\n"),
        Case("stf_interface_ipv4addr=\"192.0.2\"\n", [], [1: ["stf_interface_ipv4addr: "]]),
        Case(
            "ipv6_faith_prefix=\"2001:db8:64:: 2001:db8:65::/64\"\n",
            [
                "faith0.if: create; prefix 2001:db8:64::/96; prefix 2001:db8:65::/64; up",
                "sysctl.conf: net.inet6.ip6.keepfaith=1",
            ], [1: ["what is relayed"]]),
        Case(
            "cloned_interfaces=stf0\nipv6_defaultrouter=\"2002:c058:6301::\"\n",
            ["stf0.if: create; route default via 2002:c058:6301::"]),
        Case(
            "cloned_interfaces=stf0 ipv6_defaultrouter=\"-interface stf0\"\n", ["stf0.if: create"],
            [1: ["default -interface stf0: who takes"]]),
        Case("ipv6_defaultrouter=stf0\n", [], [1: ["default stf0: stf0 is no address"]]),
        Case("ipv6_defaultrouter=fe80::1%em0\n", [], [1: ["default fe80::1%em0: not by"]]),
        Case("ipv6_defaultrouter=\"NO\"\n"),
        Case(
            """
            cloned_interfaces="stf0"
            ipv6_static_routes="a b:stf0 c d"
            ipv6_route_a="2001:db8:: -prefixlen 32 2002:c633:6401::1"
            ipv6_route_b="2001:db8:7::/48 2001:db8::1"
            ipv6_route_c="2001:db8:8::/48 2001:db8::1"
            """,
            [
                "stf0.if: create; route 2001:db8::/32 via 2002:c633:6401::1; route 2001:db8:7::/48 via 2001:db8::1"
            ], [2: ["d: there is no"], 5: ["2001:db8:8::/48 2001:db8::1: not by"]]),
        Case("ipv6_gateway_enable=\"Yes\"\n", ["sysctl.conf: net.inet6.ip6.forwarding=1"]),
        Case("ipv6_gateway_enable=\"NO\"\n"),
        Case("ipv6_gateway_enable=\"maybe\"\n", [], [1: ["ipv6_gateway_enable: maybe is neither"]]),
        Case("ip6mode=autohost\n", ["sysctl.conf: net.inet6.ip6.accept_rtadv=1"]),
        Case(
            "ipv6_prefix_stf0=\"2001:db8::\"\nipv6_enable=YES\n", [],
            [1: ["ipv6_prefix_stf0: has"], 2: ["ipv6_enable: "]]),
        Case(
            "sshd_enable=\"YES\" # no matter\nifconfig_em0=\"DHCP\"\n", [], [1: ["sshd_enable: not"], 2: ["em0: no "]]),
    ]

    @Test(arguments: cases)
    func `a variable becomes what it means here`(given: Case) {
        let boot = BSDBoot(reading: [("rc.conf", given.text)])
        #expect(boot.files.map { "\($0.name): \($0.lines.joined(separator: "; "))" } == given.files)
        var notes: [Int: [String]] = [:]
        for note in boot.notes {
            let parts = note.place.split(separator: ":")
            guard parts.count == 2, parts[0] == "rc.conf", let line = Int(parts[1]) else {
                Issue.record("\(note)")
                continue
            }
            notes[line, default: []].append(note.text)
        }
        #expect(Set(notes.keys) == Set(given.notes.keys), "\(boot.notes)")
        for (line, begins) in given.notes {
            let said = notes[line] ?? []
            #expect(said.count == begins.count, "\(said)")
            for begin in begins { #expect(said.contains { $0.hasPrefix(begin) }, "\(begin): \(said)") }
        }
    }

    @Test func `the last file wins`() {
        let files = [
            ("etc/rc.conf.d/stf", "ifconfig_stf0=\"up\"\n"),
            ("rc.conf.local", "ifconfig_stf0=\"${ifconfig_stf0} link1\"\nifconfig_stf1=\"link0\"\n"),
            ("rc.conf", "ifconfig_stf0=\"mtu 1480\"\nifconfig_stf1=\"mtu 1480\"\n"),
        ]
        let boot = BSDBoot(reading: files)
        #expect(boot.files.map(\.text) == ["create\nup\n", "create\nlink0\n"])
        #expect(boot.notes.isEmpty)
    }
}
