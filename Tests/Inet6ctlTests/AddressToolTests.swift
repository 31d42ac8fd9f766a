// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Testing
import Words

@testable import inet6ctl
@testable import Tool

/// `inet6ctl addr` prints interfaces as FreeBSD 14's ifconfig(8) does, to the byte, and knows which command lines are for
/// it.
@Suite struct AddressToolTests {
    private static func eth0(_ set: (inout Inet6Status) -> Void = { _ in }) -> Inet6Status {
        var status = Inet6Status(
            name: "eth0", index: 26, flags: [.up, .broadcast, .running, .multicast], mtu: 1500, description: "uplink",
            inet6: [], nd6: [])
        set(&status)
        return status
    }

    private static func address(
        _ text: String, _ set: (inout Inet6AddressStatus) -> Void = { _ in }
    ) -> Inet6Status {
        var address = Inet6AddressStatus(address: text, prefixlen: 64)
        set(&address)
        return eth0 {
            $0.description = nil
            $0.inet6 = [address]
        }
    }

    static let head = "eth0: flags=8043<UP,BROADCAST,RUNNING,MULTICAST> metric 0 mtu 1500\n"

    @Test(
        arguments: [
            (eth0(), [], "\(head)\tdescription: uplink\n"),
            (eth0(), .addressesOnly, head),
            (eth0 { $0.flags = [] }, .addressesOnly, "eth0: flags=0 metric 0 mtu 1500\n"),
            (
                eth0 { $0.nd6 = Inet6Option.allCases }, .addressesOnly,
                "\(head)\tnd6 options=16b<PERFORMNUD,ACCEPT_RTADV,IFDISABLED,AUTO_LINKLOCAL,NO_RADR,NO_DAD>\n"
            ),
            (address("2001:db8::1"), [], "\(head)\tinet6 2001:db8::1 prefixlen 64\n"),
            (
                address("fe80::1%eth0") { $0.scopeid = 26 }, [],
                "\(head)\tinet6 fe80::1%eth0 prefixlen 64 scopeid 0x1a\n"
            ),
            (
                address("fe80::1%eth0") {
                    $0.destination = "fe80::2%eth0"
                    ($0.anycast, $0.tentative, $0.duplicated, $0.deprecated) = (true, true, true, true)
                    ($0.autoconf, $0.temporary, $0.scopeid, $0.pltime, $0.vltime) = (true, true, 26, 5, 6)
                }, .lifetimes,
                "\(head)\tinet6 fe80::1%eth0 --> fe80::2%eth0 prefixlen 64 anycast tentative duplicated deprecated "
                    + "autoconf temporary scopeid 0x1a pltime 5 vltime 6\n"
            ),
            (address("2001:db8::1"), .lifetimes, "\(head)\tinet6 2001:db8::1 prefixlen 64 pltime infty vltime infty\n"),
            (address("2001:db8::1") { $0.vltime = 5 }, [], "\(head)\tinet6 2001:db8::1 prefixlen 64\n"),
        ] as [(Inet6Status, InterfaceDetail, String)])
    func anInterfaceIsPrinted(_ status: Inet6Status, _ detail: InterfaceDetail, _ text: String) {
        #expect(status.text(detail) == text)
    }

    @Test(arguments: [
        ("addr", ""), ("addr eth0", "eth0"), ("-L addr eth0", "-L eth0"), ("addr -L eth0", "-L eth0"),
        ("-j -s x addr -i eth0 inet6 -alias", "-j -s x -i eth0 inet6 -alias"), ("-s addr addr", "-s addr"),
        ("addr addr", "addr"),
    ])
    func commandLinesAreForIt(_ line: String, _ rest: String) {
        let arguments = line.split(separator: " ").map(String.init)
        #expect(AddressTool(arguments)?.arguments == rest.split(separator: " ").map(String.init))
    }

    @Test(arguments: ["", "-a", "net.link", "net.link addr", "-s addr", "-e addr", "--complete addr", "address"])
    func otherCommandLinesAreNot(_ line: String) {
        #expect(AddressTool(line.split(separator: " ").map(String.init)) == nil)
    }

    @Test func theUsageIsStable() {
        #expect(
            AddressTool.usage == """
                usage: inet6ctl addr [-jLl] [-s socket] [-a | interface [inet6]]
                       inet6ctl addr [-ijv] [-s socket] interface inet6 parameter ...
                parameters: address[/length], prefixlen length, [-]alias, delete, anycast, [-]deprecated, eui64, \
                pltime seconds, vltime seconds, [-]accept_rtadv, [-]auto_linklocal, [-]ifdisabled, [-]no_dad, \
                [-]no_radr, [-]nud

                """)
    }

    static let words =
        "prefixlen alias -alias delete anycast deprecated -deprecated eui64 pltime vltime accept_rtadv -accept_rtadv "
        + "auto_linklocal -auto_linklocal ifdisabled -ifdisabled no_dad -no_dad no_radr -no_radr nud -nud"

    /// The words before the cursor, `_` for one not yet begun, and what is offered without a daemon.
    @Test(
        arguments: [
            ("addr _", ""),
            ("addr -", "-a -h -i -j -L -l -s -v"),
            ("addr -s _", "<file>"),
            ("-s _", nil),
            ("net.link _", nil),
            ("addr eth0 _", "inet6"),
            ("addr -L eth0 in", "inet6"),
            ("addr eth0 up _", ""),
            ("addr eth0 inet6 _", words),
            ("addr eth0 inet6 2001:db8::1 _", words),
            ("addr eth0 inet6 no_dad -no_", "-no_dad -no_radr"),
            ("addr eth0 inet6 no_dad no_", "no_radr"),
            ("addr eth0 inet6 2001:db8::1 prefixlen _", ""),
            ("addr eth0 inet6 2001:db8::1 pltime _", ""),
            ("addr eth0 inet6 ten", ""),
        ] as [(String, String?)])
    func whatCanFollowIsOffered(_ line: String, _ offered: String?) {
        let words = line.split(separator: " ").map { $0 == "_" ? "" : String($0) }
        // Nothing can listen below a file that is no directory.
        let candidates = AddressTool.candidates(for: ["-s/dev/null/none"] + words)
        #expect(candidates?.map(\.text).joined(separator: " ") == offered)
        #expect(candidates?.contains { $0 != .file && $0.help.isEmpty } != true)
    }

    @Test func everyOptionIsOffered() {
        let letters = AddressTool.candidates(for: ["addr", "-"])?.map { $0.text.dropFirst() } ?? []
        #expect(
            letters.sorted() == AddressTool.knownOptions.filter { $0 != ":" }.map { Substring(String($0)) }.sorted())
    }
}
