// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Internet
import Testing

/// Addresses with zones are read as getaddrinfo(3) does, and printed as getnameinfo(3) does (RFC 4007 §11).
@Suite struct ScopedAddressTests {
    /// Two interfaces, one of which has a number for a name.
    static let indices: [String: UInt32] = ["eth0": 2, "7": 3]

    @Test(
        arguments: [
            ("2001:db8::1", 0, "2001:db8::1"),
            ("fe80::1", 0, "fe80::1"),
            ("fe80::1%eth0", 2, "fe80::1%eth0"),
            ("FE80:0::1%2", 2, "fe80::1%eth0"),
            ("febf::1%eth0", 2, "febf::1%eth0"),
            ("ff01::1%eth0", 2, "ff01::1%eth0"),
            ("ff02::1%eth0", 2, "ff02::1%eth0"),
            ("ff12::1%eth0", 2, "ff12::1%eth0"),
            ("ff32:ff::1%eth0", 2, "ff32:ff::1%eth0"),
            // A name comes before a number.
            ("fe80::1%7", 3, "fe80::1%7"),
            ("fe80::1%3", 3, "fe80::1%7"),
            // A number needs no interface.
            ("fe80::1%99", 99, "fe80::1%99"),
            ("fe80::1%007", 7, "fe80::1%7"),
            ("fe80::1%4294967295", 4_294_967_295, "fe80::1%4294967295"),
            // 0 is no zone.
            ("fe80::1%0", 0, "fe80::1"),
            // Elsewhere only a number, and printed as one.
            ("2001:db8::1%4", 4, "2001:db8::1%4"),
            ("2001:db8::1%2", 2, "2001:db8::1%2"),
            ("fec0::1%2", 2, "fec0::1%2"),
            ("ff05::1%2", 2, "ff05::1%2"),
            ("::1%1", 1, "::1%1"),
            ("::ffff:192.0.2.1%1", 1, "::ffff:192.0.2.1%1"),
        ] as [(String, UInt32, String)])
    func `a zone is read and printed`(text: String, zone: UInt32, printed: String) throws {
        let scoped = try ScopedAddress(text) { Self.indices[$0] }
        #expect(scoped.zone == zone)
        #expect(scoped.text { index in Self.indices.first { $0.value == index }?.key } == printed)
    }

    @Test(
        arguments: [
            ("", .notAnAddress),
            ("%eth0", .notAnAddress),
            ("eth0", .notAnAddress),
            ("192.0.2.1%2", .notAnAddress),
            ("fe80::1/64%eth0", .notAnAddress),
            ("fe80::1%", .emptyZone),
            ("2001:db8::1%", .emptyZone),
            ("fe80::1%eth1", .noSuchZone("eth1")),
            ("fe80::1%eth0%eth0", .noSuchZone("eth0%eth0")),
            ("fe80::1%eth0/64", .noSuchZone("eth0/64")),
            ("fe80::1% 2", .noSuchZone(" 2")),
            ("fe80::1%+2", .noSuchZone("+2")),
            ("fe80::1%-1", .noSuchZone("-1")),
            ("fe80::1%0x2", .noSuchZone("0x2")),
            ("fe80::1%2x", .noSuchZone("2x")),
            ("fe80::1%4294967296", .noSuchZone("4294967296")),
            ("fe80::1%18446744073709551618", .noSuchZone("18446744073709551618")),
            ("2001:db8::1%eth0", .zoneNotNumeric("eth0")),
            ("fec0::1%eth0", .zoneNotNumeric("eth0")),
            ("ff05::1%eth0", .zoneNotNumeric("eth0")),
            ("::1%eth0", .zoneNotNumeric("eth0")),
            ("fe80:2::1", .embedded(2, IPv6Address(high: 0xFE80_0000_0000_0000, low: 1))),
            ("fe80:2::1%eth0", .embedded(2, IPv6Address(high: 0xFE80_0000_0000_0000, low: 1))),
            ("ff01:ffff::1", .embedded(0xFFFF, IPv6Address(high: 0xFF01_0000_0000_0000, low: 1))),
            ("ff02:1::1", .embedded(1, IPv6Address(high: 0xFF02_0000_0000_0000, low: 1))),
        ] as [(String, ScopedAddressError)])
    func `what has no such zone is refused`(text: String, reason: ScopedAddressError) {
        let error = #expect(throws: ScopedAddressError.self) { try ScopedAddress(text) { Self.indices[$0] } }
        #expect(error == reason)
    }

    @Test func `an embedded index is told in the form that is wanted`() {
        let error = #expect(throws: ScopedAddressError.self) { try ScopedText("fe80:2::1") }
        #expect(error?.description == "an index within the address is KAME's own form; write fe80::1%2")
    }

    @Test(arguments: [
        ("FE80:0::1%whatever", "fe80::1%whatever"), ("2001:DB8::1%4", "2001:db8::1%4"), ("2001:db8:0::", "2001:db8::"),
    ])
    func `without interfaces to ask, the zone stays as it is`(text: String, printed: String) throws {
        #expect(try ScopedText(text).description == printed)
    }

    static let addresses = [
        "fe80::1", "febf::1", "fec0::1", "ff01::1", "ff02::1", "ff03::1", "ff05::1", "ff0e::1", "ff12::1", "ff32:ff::1",
        "::",
        "::1", "2001:db8::1", "::ffff:192.0.2.1", "192.0.2.1", "",
    ]
    static let zones = [
        "%lo", "%1", "%0", "%99", "%007", "%4294967295", "%4294967296", "%", "%+1", "%-1", "% 1", "%1 ", "%0x1", "%1x",
        "%lo%lo", "%none", "%LO", "%lo/64", "",
    ]

    /// Every host has the interface lo.
    @Test(arguments: addresses, zones)
    func `glibc agrees`(address: String, zone: String) {
        let index = { (name: String) -> UInt32? in
            let index = if_nametoindex(name)
            return index == 0 ? nil : index
        }
        let text = address + zone
        let ours = try? ScopedAddress(text, index: index)
        // An IPv4 address is none of IPv6's, whatever its zone.
        #expect(ours == (address.hasPrefix("192") ? nil : GlibcOracle.scoped(text)))
        guard let ours else { return }
        // For an interface-local address glibc prints a number, and BSD a name.
        if address == "ff01::1" { return }
        let printed = ours.text { $0 == if_nametoindex("lo") ? "lo" : nil }
        let glibcs = GlibcOracle.text(of: ours)
        #expect(printed == glibcs)
    }
}
