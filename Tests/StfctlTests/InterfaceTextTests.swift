// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing

@testable import Tool

/// An interface is printed as FreeBSD 14's ifconfig(8) does, to the byte.
@Suite struct InterfaceTextTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var status: InterfaceStatus
        var detail: InterfaceDetail
        var text: String

        init(_ title: String, _ status: InterfaceStatus, _ detail: InterfaceDetail, _ text: String) {
            testDescription = title
            self.status = status
            self.detail = detail
            self.text = text
        }
    }

    @Test(arguments: [states, flags, addresses, counters].flatMap(\.self))
    func anInterfaceIsPrinted(_ golden: Golden) {
        #expect(golden.status.text(golden.detail) == golden.text)
    }

    static let states = [
        Golden(
            "new", .sample(), [],
            """
            stf0: flags=0 metric 0 mtu 1280
            \tgroups: stf

            """),
        Golden(
            "up, without an address", .sample { $0.flags = [.up, .running] }, [],
            """
            stf0: flags=41<UP,RUNNING> metric 0 mtu 1280
            \tgroups: stf

            """),
        Golden(
            "a 6to4 router", .router, [],
            """
            stf0: flags=41<UP,RUNNING> metric 0 mtu 1280
            \tdescription: text
            \tinet6 2002:c000:201::1 prefixlen 16
            \tnd6 options=100<NO_DAD>
            \tgroups: stf

            """),
        Golden(
            "only its addresses", .router, .addressesOnly,
            """
            stf0: flags=41<UP,RUNNING> metric 0 mtu 1280
            \tinet6 2002:c000:201::1 prefixlen 16
            \tnd6 options=100<NO_DAD>

            """),
        Golden(
            "another MTU", .sample { $0.mtu = 65_515 }, [],
            """
            stf0: flags=0 metric 0 mtu 65515
            \tgroups: stf

            """),
        Golden(
            "all neighbour discovery options", .sample { $0.nd6 = [.auto_linklocal, .no_dad] }, [],
            """
            stf0: flags=0 metric 0 mtu 1280
            \tnd6 options=120<AUTO_LINKLOCAL,NO_DAD>
            \tgroups: stf

            """),
        Golden(
            "6rd", .sixRD, [],
            """
            stf0: flags=0 metric 0 mtu 1280
            \tv4net 192.0.2.1/24 -> tv4br 192.0.2.254
            \tgroups: stf

            """),
        Golden(
            "6rd without a relay", .sample { $0.stfv4net = "192.0.2.1/32" }, [],
            """
            stf0: flags=0 metric 0 mtu 1280
            \tv4net 192.0.2.1/32 -> tv4br 0.0.0.0
            \tgroups: stf

            """),
        Golden(
            "6rd with a relay only", .sample { $0.stfv4br = "192.0.2.254" }, [],
            """
            stf0: flags=0 metric 0 mtu 1280
            \tv4net 0.0.0.0/32 -> tv4br 192.0.2.254
            \tgroups: stf

            """),
        Golden(
            "6rd, only its addresses", .sixRD, .addressesOnly,
            """
            stf0: flags=0 metric 0 mtu 1280

            """),
    ]

    static let flags = [
        ([.link0], "1000<LINK0>"), ([.link1], "2000<LINK1>"), ([.link2], "4000<LINK2>"),
        ([.up, .link0, .link2], "5001<UP,LINK0,LINK2>"), ([.up, .multicast], "8001<UP,MULTICAST>"),
        (InterfaceFlag.allCases, "f341<UP,RUNNING,PROMISC,ALLMULTI,LINK0,LINK1,LINK2,MULTICAST>"),
    ].map { (flags: [InterfaceFlag], text) in
        Golden(
            text, .sample { $0.flags = flags }, [],
            """
            stf0: flags=\(text) metric 0 mtu 1280
            \tgroups: stf

            """)
    }

    static let addresses = [
        (.sample { $0.anycast = true }, [], "anycast"),
        (.sample { $0.tentative = true }, [], "tentative"),
        (.sample { $0.duplicated = true }, [], "duplicated"),
        (.sample { $0.deprecated = true }, [], "deprecated"),
        (.everything, [], "anycast tentative duplicated deprecated"),
        (.everything, .lifetimes, "anycast tentative duplicated deprecated pltime 0 vltime 4294967294"),
        (.sample(), .lifetimes, "pltime infty vltime infty"),
        (.sample { $0.vltime = 600 }, .lifetimes, "pltime infty vltime 600"),
    ].map { (address: AddressStatus, detail: InterfaceDetail, text) in
        Golden(
            text, .sample { $0.inet6 = [address] }, detail,
            """
            stf0: flags=0 metric 0 mtu 1280
            \tinet6 2002:c000:201::1 prefixlen 16 \(text)
            \tgroups: stf

            """)
    }

    static let counters = [
        Golden(
            "counters not asked for", .sample { $0.counters = .sample }, [],
            """
            stf0: flags=0 metric 0 mtu 1280
            \tgroups: stf

            """),
        Golden(
            "counters not answered", .sample { $0.ipv4 = "192.0.2.1" }, .counters,
            """
            stf0: flags=0 metric 0 mtu 1280
            \tgroups: stf

            """),
        Golden(
            "of reasons only those that occurred", .sample { $0.counters = .sample }, .counters,
            """
            stf0: flags=0 metric 0 mtu 1280
            \tgroups: stf
            \tipv4: none
            \tinput: 3 packets, 312 bytes
            \t\t2 dropped: outer-source-private (the IPv4 source is private (RFC 1918))
            \toutput: 18446744073709551615 packets, 0 bytes
            \t\t1 dropped: no-next-hop (nowhere to)

            """),
        Golden(
            "an address that follows the default route", .following, .counters,
            """
            stf0: flags=0 metric 0 mtu 1280
            \tauto
            \tgroups: stf
            \tipv4: none
            \tinput: 0 packets, 0 bytes
            \toutput: 0 packets, 0 bytes

            """),
        Golden(
            "the prefix of a 6rd site", .sixRD, .counters,
            """
            stf0: flags=0 metric 0 mtu 1280
            \tv4net 192.0.2.1/24 -> tv4br 192.0.2.254
            \tgroups: stf
            \tipv4: 192.0.2.1
            \tdelegated: 2001:db8:100::/40
            \tinput: 0 packets, 0 bytes
            \toutput: 0 packets, 0 bytes

            """),
        Golden(
            "everything", .router, [.counters, .lifetimes],
            """
            stf0: flags=41<UP,RUNNING> metric 0 mtu 1280
            \tdescription: text
            \tinet6 2002:c000:201::1 prefixlen 16 pltime infty vltime infty
            \tnd6 options=100<NO_DAD>
            \tgroups: stf
            \tipv4: 192.0.2.1
            \tinput: 0 packets, 0 bytes
            \toutput: 0 packets, 0 bytes

            """),
    ]
}

extension InterfaceStatus {
    fileprivate static let router = sample {
        $0.flags = [.up, .running]
        $0.description = "text"
        $0.inet6 = [.sample()]
        $0.nd6 = [.no_dad]
        $0.ipv4 = "192.0.2.1"
        $0.counters = CounterStatus.none
    }

    fileprivate static let following = sample {
        $0.auto = true
        $0.counters = CounterStatus.none
    }

    fileprivate static let sixRD = sample {
        $0.stfv4net = "192.0.2.1/24"
        $0.stfv4br = "192.0.2.254"
        $0.delegated = "2001:db8:100::/40"
        $0.ipv4 = "192.0.2.1"
        $0.counters = CounterStatus.none
    }
}

extension AddressStatus {
    fileprivate static let everything = sample {
        $0.anycast = true
        $0.tentative = true
        $0.duplicated = true
        $0.deprecated = true
        $0.pltime = 0
        $0.vltime = 4_294_967_294
    }
}

extension CounterStatus {
    fileprivate static let none = CounterStatus(input: Traffic(), output: Traffic(), drops: [])

    fileprivate static let sample = CounterStatus(
        input: Traffic(packets: 3, bytes: 312), output: Traffic(packets: .max, bytes: 0),
        drops: [
            DropStatus(direction: .output, reason: "no-next-hop", description: "nowhere to", packets: 1),
            DropStatus(direction: .output, reason: "down", description: "the interface is down", packets: 0),
            DropStatus(
                direction: .input, reason: "outer-source-private",
                description: "the IPv4 source is private (RFC 1918)", packets: 2),
        ])
}
