// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Capture follows the routing table, whoever writes it (faith(4)); the server greets those who reach it.
    @Suite struct FaithCaptureRouteTests {
        @Test func routesOfOthersAreCaptured() throws {
            try with { bed in
                let other = "2001:db8:65::c000:202"
                try bed.router.succeed("ip -6 route add 2001:db8:65::/96 dev faith0")
                #expect(try captures(["2001:db8:64::/96", "2001:db8:65::/96"], bed))
                #expect(try bed.ask("tcp [\(other)]:80") == FaithBed.greeting)
                #expect(try bed.daemon.faith("faith0").contains("\troute 2001:db8:65::/96 captured\n"))
                // A longer one to elsewhere wins, for what it is for.
                try bed.router.succeed("ip -6 route add prohibit \(other)/128")
                #expect(try bed.ask("tcp [\(other)]:80") == "EACCES")
                try bed.router.succeed("ip -6 route del prohibit \(other)/128")
                #expect(try bed.ask("tcp [\(other)]:80") == FaithBed.greeting)
                // Its metric tells it from the one that captures.
                try bed.router.succeed("ip -6 route del 2001:db8:65::/96 dev faith0 metric 1024")
                #expect(try captures(["2001:db8:64::/96"], bed))
                #expect(try bed.ask(["tcp [\(other)]:80", FaithBed.question]) == ["ENETUNREACH", FaithBed.greeting])
            }
        }

        /// What is captured by a table is so for whom its rule sends there, and for nobody else.
        @Test func routesOfOtherTablesAreCaptured() throws {
            try with { bed in
                let question = "tcp [2001:db8:65::c000:202]:80"
                try bed.client.succeed("ip addr add 2001:db8:1::3/64 dev ne0 nodad")
                try bed.router.succeed("ip -6 route add 2001:db8:65::/96 dev faith0 table 100")
                #expect(try captures(["2001:db8:64::/96", "2001:db8:65::/96"], bed))
                #expect(try bed.ask(question) == "ENETUNREACH")
                try bed.router.succeed("ip -6 rule add from 2001:db8:1::3 table 100")
                try bed.client.succeed(
                    "ip -6 route add 2001:db8:65::/96 via \(FaithBed.routerAddress) src 2001:db8:1::3")
                #expect(try bed.ask(question) == FaithBed.greeting)
                try bed.router.succeed("ip -6 rule del from 2001:db8:1::3 table 100")
                #expect(try bed.ask(question) == "ENETUNREACH")
            }
        }

        @Test func downEndsCaptureAndUpRestoresIt() throws {
            try with { bed in
                for (down, up) in [
                    ({ try bed.daemon.faith("faith0 down") }, { try bed.daemon.faith("faith0 up") }),
                    (
                        { try bed.router.succeed("ip link set faith0 down") },
                        { try bed.router.succeed("ip link set faith0 up") }
                    ),
                ] {
                    _ = try down()
                    #expect(try captures([], bed))
                    #expect(try bed.ask(FaithBed.question) == "ENETUNREACH")
                    #expect(try !bed.router.succeed("ip -6 route show table all").contains("2001:db8:64::/96"))
                    _ = try up()
                    #expect(try captures([FaithBed.prefix], bed))
                    #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
                }
            }
        }

        /// As ip(8) changes the interface, so it is.
        @Test func changesByOthersAreFollowed() throws {
            try with { bed in
                try bed.router.succeed("ip link set faith0 mtu 1280")
                #expect(try eventually { try bed.daemon.faith("faith0").contains(" mtu 1280\n") })
                try bed.router.succeed("ip link set faith0 down")
                try bed.router.succeed("ip link set faith0 name relay0")
                try bed.router.succeed("ip link set relay0 up")
                #expect(try eventually { try bed.daemon.faith("-l") == "relay0\n" })
                #expect(try eventually { try bed.daemon.relayed(by: "relay0").captured == [FaithBed.prefix] })
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
                #expect(try bed.daemon.faithctl("faith0 down").status == 1)
                try bed.daemon.faith("relay0 prefix 2001:db8:65::/96")
                #expect(try bed.ask("tcp [2001:db8:65::c000:202]:80") == FaithBed.greeting)
                try bed.router.succeed("ip link del relay0")
                #expect(try eventually { try bed.daemon.faith("-l") == "\n" || bed.daemon.faith("-l").isEmpty })
                #expect(try bed.ask(FaithBed.question) == "ENETUNREACH")
                try bed.daemon.createFaith("relay 80")
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
            }
        }

        /// Two interfaces: the longer prefix is served by its own, with its own relays.
        @Test func longestPrefixWins() throws {
            try with { bed in
                try bed.greet(on: [81])
                try bed.daemon.faith("create faith1 relay 81 prefix 2001:db8:64::c000:202/128 up")
                #expect(try eventually { try !bed.daemon.relayed(by: "faith1").captured.isEmpty })
                try bed.server.succeed("ip addr add 192.0.2.3/24 dev ne0")
                let questions = [
                    FaithBed.question, "tcp [\(FaithBed.address)]:81", "tcp [2001:db8:64::c000:203]:80",
                    "tcp [2001:db8:64::c000:203]:81",
                ]
                #expect(
                    try bed.ask(questions) == [
                        "ECONNREFUSED", FaithBed.greeting, "192.0.2.1>192.0.2.3", "ECONNREFUSED",
                    ])
                #expect(try bed.daemon.relayed(by: "faith1").counters.accepted == 1)
                // One of them was before faith1 was.
                #expect(try bed.daemon.relayed().counters.accepted == 2)
                try bed.daemon.faith("destroy faith1")
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
            }
        }

        /// Where the address is, for the prefix lengths of RFC 6052 and for last32.
        @Test func prefixLengthsMap() throws {
            try with { bed in
                let prefixes = [
                    "2001:db9::/32", "2001:dba:6400::/40", "2001:dbb:64::/48", "2001:dbc:64:6400::/56",
                    "2001:dbd:64:64::/64",
                ]
                try bed.daemon.faith("faith0 " + prefixes.map { "prefix \($0)" }.joined(separator: " "))
                #expect(try captures(prefixes + [FaithBed.prefix], bed))
                let addresses = try prefixes.map {
                    try bed.daemon.faith("map \($0) \(FaithBed.serverAddress)").trimmingCharacters(in: .newlines)
                }
                #expect(
                    addresses == [
                        "2001:db9:c000:202::", "2001:dba:64c0:2:2::", "2001:dbb:64:c000:2:200::",
                        "2001:dbc:64:64c0:0:202::", "2001:dbd:64:64:c0:2:200:0",
                    ])
                #expect(try bed.ask(addresses.map { "tcp [\($0)]:80" }) == addresses.map { _ in FaithBed.greeting })
                // Bits 64 to 71 are zero.
                #expect(try bed.ask("tcp [2001:dbd:64:64:ffc0:2:200::]:80") == "ECONNRESET")
                #expect(try bed.daemon.relayed().ends.contains("reserved-bits: 1"))
                try bed.daemon.faith("create faith1 last32 relay 80 prefix 2001:dbe:64:64::/64 up")
                #expect(try bed.ask("tcp [2001:dbe:64:64::c000:202]:80") == FaithBed.greeting)
            }
        }

        /// Behind the well-known prefix there is only the Internet (RFC 6052, section 3.1).
        @Test func wellKnownPrefixIsForGlobalAddresses() throws {
            try with { bed in
                try bed.server.succeed("ip addr add 9.9.9.9/32 dev lo")
                try bed.server.succeed("ip addr add 10.1.1.1/32 dev lo")
                for address in ["9.9.9.9", "10.1.1.1"] {
                    try bed.router.succeed("ip route add \(address) via \(FaithBed.serverAddress)")
                }
                try bed.daemon.faith("faith0 prefix 64:ff9b::/96 permit ::/0 0.0.0.0/0 permit ::/0 10.0.0.0/8")
                let heard = try bed.ask([
                    "tcp [64:ff9b::909:909]:80", "tcp [64:ff9b::a01:101]:80", "tcp [2001:db8:64::a01:101]:80",
                ])
                #expect(heard == ["192.0.2.1>9.9.9.9", "ECONNRESET", "192.0.2.1>10.1.1.1"])
                #expect(try bed.daemon.relayed().ends.contains("not-global: 1"))
            }
        }

        private func with(_ body: (FaithBed) throws -> Void) throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
                try body(bed)
            }
        }

        /// Whether faith0 comes to capture these prefixes, and no others.
        private func captures(_ prefixes: [String], _ bed: FaithBed) throws -> Bool {
            try eventually(within: .seconds(5)) { try Set(bed.daemon.relayed().captured) == Set(prefixes) }
        }
    }
}
