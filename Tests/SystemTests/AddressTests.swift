// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `inet6ctl addr` gives any interface addresses, and what `ip` does shows there. The hosts are those of
    /// `AddressWires`.
    @Suite struct AddressTests {
        @Test func anAddressComesChangesAndGoes() throws {
            try AddressWires.with { wires in
                try wires.addr("ne0 inet6 2001:db8::1/48")
                #expect(try wires.kernel("2001:db8::1")?.contains("2001:db8::1/48 scope global") == true)
                #expect(try wires.shown("2001:db8::1") == "inet6 2001:db8::1 prefixlen 48")
                try wires.addr("ne0 inet6 2001:db8:1::1")
                #expect(try wires.kernel("2001:db8:1::1")?.contains("2001:db8:1::1/64 scope global") == true)
                try wires.addr("ne0 inet6 2001:db8::1 deprecated")
                #expect(try wires.kernel("2001:db8::1")?.contains("deprecated") == true)
                #expect(try wires.shown("2001:db8::1") == "inet6 2001:db8::1 prefixlen 48 deprecated")
                try wires.addr("ne0 inet6 2001:db8::1 -deprecated")
                #expect(try wires.kernel("2001:db8::1")?.contains("deprecated") == false)
                try wires.addr("ne0 inet6 2001:db8::1 -alias")
                #expect(try wires.kernel("2001:db8::1") == nil)
                #expect(try wires.shown("2001:db8::1") == nil)
                #expect(try wires.kernel("2001:db8:1::1") != nil)
            }
        }

        @Test func whatIPDoesShows() throws {
            try AddressWires.with { wires in
                try wires.a.succeed("ip addr add 2001:db8::2/56 dev ne0 preferred_lft 0 valid_lft 1000")
                let shown = try wires.shown("2001:db8::2", "-L") ?? ""
                let parts = shown.wholeMatch(of: /inet6 2001:db8::2 prefixlen 56 deprecated pltime 0 vltime (\d+)/)
                #expect((990...1000).contains(parts.flatMap { Int($0.1) } ?? 0), "\(shown)")
                try wires.a.succeed("ip addr add 2001:db8::3 peer 2001:db8::4 dev ne0")
                #expect(try wires.shown("2001:db8::3") == "inet6 2001:db8::3 --> 2001:db8::4 prefixlen 128")
                try wires.a.succeed("ip addr del 2001:db8::2/56 dev ne0")
                #expect(try wires.shown("2001:db8::2") == nil)
                try wires.a.succeed("ip link set ne0 alias uplink mtu 1400")
                let lines = try wires.addr("ne0").split(separator: "\n")
                #expect(lines.first == "ne0: flags=8043<UP,BROADCAST,RUNNING,MULTICAST> metric 0 mtu 1400")
                #expect(lines.dropFirst().first == "\tdescription: uplink")
                try wires.a.succeed("ip link set ne0 name up0")
                #expect(try wires.daemon.addr("ne0").error == "inet6ctl: ne0: Device not configured\n")
                #expect(try wires.addr("up0").hasPrefix("up0: "))
            }
        }

        /// An address is changed as it is: what others said about it, and we have no words for, stays.
        @Test func whatOthersSaidStays() throws {
            try AddressWires.with { wires in
                try wires.a.succeed("ip addr add 2001:db8::2/64 dev ne0 noprefixroute mngtmpaddr")
                try wires.addr("ne0 inet6 2001:db8::2 pltime 500 vltime 600")
                let line = try wires.kernel("2001:db8::2") ?? ""
                #expect(line.contains("noprefixroute") && line.contains("mngtmpaddr"), "\(line)")
                #expect(line.contains("valid_lft 600sec preferred_lft 500sec"), "\(line)")
                #expect(try wires.a.succeed("ip -6 route show 2001:db8::/64") == "")
            }
        }

        @Test func lifetimesRunOut() throws {
            try AddressWires.with { wires in
                try wires.addr("ne0 inet6 2001:db8::5 pltime 1 vltime 3")
                #expect(try wires.shown("2001:db8::5")?.contains("deprecated") == false)
                #expect(try eventually { try wires.shown("2001:db8::5")?.contains("deprecated") == true })
                #expect(try eventually { try wires.shown("2001:db8::5") == nil })
                try wires.addr("ne0 inet6 2001:db8::6 pltime 100 vltime 200")
                try wires.addr("ne0 inet6 2001:db8::6 pltime infty vltime infty")
                #expect(
                    try wires.shown("2001:db8::6", "-L")
                        == "inet6 2001:db8::6 prefixlen 64 pltime infty vltime infty")
                #expect(try wires.kernel("2001:db8::6")?.contains("valid_lft forever preferred_lft forever") == true)
            }
        }

        @Test func aLinkLocalAddressHasAZone() throws {
            try AddressWires.with { wires in
                let index = try #require(try wires.a.kernelState("ne0")).ifindex
                try wires.addr("ne0 inet6 fe80::7%ne0/64")
                try wires.addr("ne0 inet6 fe80::8%\(index)")
                for address in ["fe80::7", "fe80::8"] {
                    #expect(try wires.kernel(address)?.contains("/64 scope link") == true)
                    let scope = String(index, radix: 16)
                    #expect(
                        try wires.shown("\(address)%ne0")
                            == "inet6 \(address)%ne0 prefixlen 64 scopeid 0x\(scope)")
                }
                let elsewhere = try wires.daemon.addr("ne0 inet6 fe80::9%lo")
                #expect(elsewhere.status == 1, "\(elsewhere)")
                #expect(
                    elsewhere.error == "inet6ctl: ne0: inet6 fe80::9%lo: Invalid argument "
                        + "(zone 1 is another; that of ne0 is \(index))\n")
                try wires.addr("ne0 inet6 fe80::7%ne0 delete")
                #expect(try wires.kernel("fe80::7") == nil)
                #expect(try wires.kernel("fe80::9") == nil)
            }
        }

        @Test func theInterfaceIdentifierComesFromTheLinkLocalAddress() throws {
            try AddressWires.with { wires in
                let identifier = try #require(try wires.linkLocal().split(separator: "::").last)
                try wires.addr("ne0 inet6 2001:db8:0:1::/64 eui64")
                #expect(try wires.kernel("2001:db8:0:1:\(identifier)") != nil)
                let filled = try wires.daemon.addr("ne0 inet6 2001:db8::1 eui64")
                #expect(filled.status == 1, "\(filled)")
                #expect(
                    filled.error
                        == "inet6ctl: ne0: inet6 2001:db8::1 eui64: Invalid argument (interface index is already filled)\n"
                )
                let none = try wires.daemon.addr("lo inet6 2001:db8:: eui64")
                #expect(
                    none.error
                        == "inet6ctl: lo: inet6 2001:db8:: eui64: Invalid argument (could not determine link local address)\n"
                )
            }
        }

        /// RFC 4862 §5.4: what somebody else has is not for us.
        @Test func aDuplicateIsDetected() throws {
            try AddressWires.with { wires in
                try wires.b.succeed("ip addr add 2001:db8::1/64 dev ne0 nodad")
                // So many probes take longer than the test looks.
                try wires.a.set("net/ipv6/conf/ne0/dad_transmits", "60")
                try wires.addr("ne0 inet6 -no_dad 2001:db8::2")
                #expect(try wires.shown("2001:db8::2") == "inet6 2001:db8::2 prefixlen 64 tentative")
                try wires.addr("ne0 inet6 2001:db8::1")
                #expect(
                    try eventually {
                        try wires.shown("2001:db8::1") == "inet6 2001:db8::1 prefixlen 64 duplicated"
                    })
                #expect(try wires.kernel("2001:db8::1")?.contains("dadfailed") == true)
                try wires.a.set("net/ipv6/conf/ne0/dad_transmits", "1")
                try wires.addr("ne0 inet6 2001:db8::3")
                #expect(try eventually { try wires.shown("2001:db8::3") == "inet6 2001:db8::3 prefixlen 64" })
            }
        }

        /// Without a probe there is nothing to wait for.
        @Test func withoutProbesAnAddressServesAtOnce() throws {
            try AddressWires.with { wires in
                try wires.daemon.set("net.inet6.ip6.dad_count", 0)
                for number in 1...9 {
                    try wires.addr("ne0 inet6 2001:db8::\(number)")
                    let line = try #require(try wires.kernel("2001:db8::\(number)"))
                    #expect(!line.contains("tentative"), "\(line)")
                }
            }
        }

        @Test func anAnycastAddressAnswers() throws {
            try AddressWires.with { wires in
                try wires.addr("ne0 inet6 2001:db8::1")
                try wires.b.succeed("ip addr add 2001:db8::2/64 dev ne0")
                try wires.addr("ne0 inet6 2001:db8::a anycast")
                #expect(try wires.shown("2001:db8::a") == "inet6 2001:db8::a prefixlen 64 anycast")
                #expect(
                    try wires.a.succeed("cat /proc/net/anycast6").contains(
                        "ne0             20010db800000000000000000000000a"))
                #expect(try wires.b.ping("2001:db8::a", count: 1).replies == 1)
                try wires.addr("ne0 inet6 2001:db8::a -alias")
                #expect(try wires.shown("2001:db8::a") == nil)
                #expect(try !wires.a.succeed("cat /proc/net/anycast6").contains("20010db800000000000000000000000a"))
            }
        }
    }
}
