// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What is wrong about an address is told in one line with the right status, and changes nothing. The hosts are
    /// those of `AddressWires`.
    @Suite struct AddressRefusalTests {
        /// The words, the status, and the line but for `inet6ctl: `.
        private static let refused: [(String, Int32, String)] = [
            ("eth9", 1, "eth9: Device not configured"),
            ("eth9 inet6 no_dad", 1, "eth9: Device not configured"),
            ("ne0 inet6 2001:db8::9 delete", 1, "ne0: inet6 2001:db8::9: Can't assign requested address"),
            ("ne0 inet6 2001:db8::1/48 -alias", 1, "ne0: inet6 2001:db8::1/48: Can't assign requested address"),
            (
                "ne0 inet6 2001:db8::1/48", 1,
                "ne0: inet6 2001:db8::1/48: Invalid argument (the address has prefixlen 64; delete it first)"
            ),
            (
                "ne0 inet6 no_radr 2001:db8::9 pltime 9 vltime 8", 1,
                "ne0: inet6 2001:db8::9: Invalid argument (pltime 9 exceeds vltime 8)"
            ),
            (
                "ne0 inet6 no_radr ff02::9", 1,
                "ne0: inet6 ff02::9: Can't assign requested address (a multicast address)"
            ),
            (
                "ne0 inet6 no_radr -nud", 1,
                "ne0: -nud: Operation not supported (Linux probes neighbours wherever there are any)"
            ),
            // Only the kernel knows.
            (
                "ne0 inet6 no_radr 2001:db8:99::9 anycast", 1,
                "ne0: inet6 2001:db8:99::9/64 anycast: Can't assign requested address "
                    + "(only a router may, or who has an address of the same prefix)"
            ),
            (
                "stf0 inet6 ifdisabled", 1,
                "stf0: ifdisabled: Operation not supported (stf(4) has no neighbour discovery)"
            ),
            (
                "stf0 inet6 2002:a00:1::1/16", 1,
                "stf0: inet6 2002:a00:1::1/16: Invalid argument (10.0.0.1 is private (RFC 1918))"
            ),
            ("ne0 inet6 no_radr tentative", 64, "ne0: tentative: only the kernel says what is tentative; see no_dad"),
            ("ne0 up", 64, "ne0: up: ip-link(8) brings an interface up or down"),
            (
                "ne0 inet6 fe80:2::1", 64,
                "ne0: inet6 fe80:2::1: bad value (an index within the address is KAME's own form; write fe80::1%2)"
            ),
        ]

        @Test func aWrongAddressIsToldAndChangesNothing() throws {
            try AddressWires.with { wires in
                try wires.addr("ne0 inet6 2001:db8::1")
                try wires.daemon.succeed("create stf0")
                let before = try wires.addr("-j")
                for (words, status, line) in AddressRefusalTests.refused {
                    let result = try wires.daemon.addr(words)
                    #expect(result.status == status && result.output == "", "\(result)")
                    #expect(result.error == "inet6ctl: \(line)\n")
                    #expect(try wires.addr("-j") == before, "\(words)")
                }
                #expect(try wires.addr("-i ne0 inet6 2001:db8::9 delete") == "")
                #expect(try wires.addr("-j") == before)
            }
        }

        /// Addresses that the kernel removed with the first change come back when it refuses the second.
        @Test func aRefusalByTheKernelUndoesWhatWasDone() throws {
            try AddressWires.with { wires in
                try wires.addr("ne0 inet6 2001:db8::1 pltime 500 vltime 600")
                try wires.a.succeed("ip link add ne1 type veth peer name ne2")
                let changes = #"""
                    [{"interface":"ne0","ifdisabled":true},
                     {"interface":"ne1","no_radr":true,"inet6":{"address":"2001:db8:99::9","anycast":true}}]
                    """#
                let reply = try RawClient(wires.daemon).call(
                    #"{"method":"io.hydrangea.inet6.Apply","parameters":{"changes":\#(changes)}}"#)
                #expect(reply?.contains("io.hydrangea.inet6.NotFound") == true, "\(reply ?? "")")
                #expect(try wires.variable("disable_ipv6") == "0")
                #expect(try wires.kernel("2001:db8::1")?.contains(/valid_lft (600|59\d)sec/) == true)
                #expect(try wires.addr("ne1").contains("NO_RADR") == false)
                #expect(!wires.daemon.log.contains("cannot undo"))
            }
        }

        private static let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

        @Test func othersMayAskAndNotChange() throws {
            try AddressWires.with { wires in
                try wires.addr("ne0 inet6 2001:db8::1")
                let before = try wires.addr("-j")
                let asked = try wires.daemon.addr("-j", under: AddressRefusalTests.nobody)
                #expect(asked.status == 0 && asked.output == before, "\(asked)")
                for words in ["2001:db8::9", "2001:db8::1 delete", "no_radr", "ifdisabled", "nud"] {
                    let result = try wires.daemon.addr("ne0 inet6 \(words)", under: AddressRefusalTests.nobody)
                    #expect(result.status == 77 && result.output == "", "\(result)")
                    #expect(
                        result.error
                            == "inet6ctl: inet6d: Operation not permitted (changes are for root and group inet6)\n")
                }
                #expect(try wires.addr("-j") == before)
            }
        }

        @Test func withoutDaemonTheStatusSaysSo() throws {
            try AddressWires.with { wires in
                _ = try wires.daemon.stop()
                let result = try wires.daemon.addr("")
                #expect(result.status == 69 && result.output == "", "\(result)")
            }
        }

        /// Our own interfaces are the same to either tool.
        @Test func ownInterfacesKeepTheirRules() throws {
            try AddressWires.with { wires in
                try wires.daemon.succeed("create stf0")
                try wires.addr("stf0 inet6 2002:c000:201::1/16 pltime 600 vltime 900")
                let shown = try wires.daemon.succeed("-L stf0").split(separator: "\n").dropLast()
                #expect(try wires.addr("-L stf0").split(separator: "\n").elementsEqual(shown))
                #expect(shown.first == "stf0: flags=41<UP,RUNNING> metric 0 mtu 1280")
                try wires.addr("stf0 inet6 2002:c000:201::1 pltime infty vltime infty")
                #expect(try wires.kernel("2002:c000:201::1") == nil)
                #expect(try wires.daemon.interface("stf0")?.inet6.map(\.vltime) == [nil])
                try wires.daemon.succeed("stf0 inet6 2002:c000:201::1 pltime 600 vltime 900")
                #expect(try wires.daemon.succeed("-v stf0 inet6 2002:c000:201::1 vltime infty") == "stf0: changed\n")
                #expect(try wires.daemon.interface("stf0")?.inet6.map(\.vltime) == [nil])
                #expect(wires.daemon.log.contains("stf0 inet6 2002:c000:201::1 vltime infty"))
                // Nobody but an admin gives it a link-local address; whoever does sees it.
                try wires.a.succeed("ip addr add fe80::9/64 dev stf0")
                let index = String(try #require(try wires.daemon.interface("stf0")).index, radix: 16)
                let line = "\tinet6 fe80::9%stf0 prefixlen 64 scopeid 0x\(index)\n"
                #expect(try wires.daemon.succeed("stf0").contains(line))
                #expect(try wires.addr("stf0").contains(line))
                let refused = try wires.daemon.stfctl("stf0 inet6 fe80::8%stf0")
                #expect(
                    refused.error == "stfctl: stf0: inet6 fe80::8%stf0: Invalid argument "
                        + "(stf has no link-local addresses, and no other has a zone)\n")
                try wires.daemon.succeed("stf0 inet6 fe80::9%stf0 delete")
                #expect(try !wires.daemon.succeed("stf0").contains("fe80"))
            }
        }
    }
}
