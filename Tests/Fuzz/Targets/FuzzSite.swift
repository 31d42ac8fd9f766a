// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf

/// What is wrong: a property that does not hold.
struct Violation: Error, CustomStringConvertible {
    let description: String
}

func require(_ holds: Bool, _ property: @autoclosure () -> String) throws(Violation) {
    guard holds else { throw Violation(description: property()) }
}

/// An interface and its host, chosen by the first bytes of a fuzzer's input; a packet follows them.
///
/// | byte | chooses |
/// |---|---|
/// | 0 | bits from the lowest: down, link0, link1, link2, without our IPv4 address, no pairing check, no loop check, native routes lead into the tunnel |
/// | 1 | bits from the lowest: permits private, shared, link-local, reserved; arrives on another interface; no gateway or relay; 6rd |
/// | 2 | prefix length, modulo 129; in 6rd modulo 65 |
/// | 3 | how many bits all IPv4 addresses of a 6rd domain have in common, modulo 33 |
/// | 4-7 | our IPv4 address |
/// | 8-11 | the IPv4 address of the gateway of the default route, or of the border relay |
struct FuzzSite {
    static let size = 12

    private(set) var rules = StfRules()
    private(set) var routes = FuzzRoutes(native: 3)
    /// The interface that an IPv4 packet arrives on; all IPv4 routes leave by 2.
    private(set) var arrivesOn: UInt32 = 2

    private static let sixRDPrefix = IPv6Address(high: 0x2001_0DB8_5A5A_A5A5, low: 0)

    /// Nil if `bytes` are too few, or the prefix and the embedded bits of a 6rd domain exceed 64.
    init?(_ bytes: borrowing RawSpan) {
        guard bytes.byteCount >= FuzzSite.size else { return nil }
        setSwitches(bytes.byte(at: 0), bytes.byte(at: 1))
        let isSixRD = bytes.byte(at: 1) & 0x40 != 0
        let own = bytes.ipv4Address(at: 4)
        let other = bytes.byte(at: 1) & 0x20 == 0 ? bytes.ipv4Address(at: 8) : nil
        let length = Int(bytes.byte(at: 2)) % (isSixRD ? 65 : 129)
        let prefix = isSixRD ? IPv6Prefix(FuzzSite.sixRDPrefix, length: length) : SixToFour.prefix
        let common = IPv4Prefix(own, length: isSixRD ? Int(bytes.byte(at: 3)) % 33 : 0)
        guard let domain = TunnelDomain(prefix: prefix, common: common) else { return nil }
        let site = domain.site(of: own).address
        let address = IPv6Address(high: site.high, low: 1)
        rules.address = address
        if isSixRD {
            rules.relay = other
            rules.permits = .ofProvider
        } else if let other {
            let gateway = IPv6Address(high: domain.site(of: other).address.high, low: 1)
            rules.nextHops = NextHopTable([(IPv6Prefix(.unspecified, length: 0), gateway)])
        }
        rules.broadcasts = [IPv4Address(bits: 0xC000_02FF)]
        guard bytes.byte(at: 0) & 0x10 == 0 else { return }
        rules.own = own
        rules.domain = domain
        rules.prefix = IPv6Prefix(address, length: length)
    }

    private mutating func setSwitches(_ first: UInt8, _ second: UInt8) {
        rules.index = 9
        rules.isUp = first & 0x01 == 0
        rules.link0 = first & 0x02 != 0
        rules.link1 = first & 0x04 != 0
        rules.link2 = first & 0x08 != 0
        rules.checksPairing = first & 0x20 == 0
        rules.checksLoops = first & 0x40 == 0
        if first & 0x80 != 0 { routes = FuzzRoutes(native: rules.index) }
        rules.permits.privateNetwork = second & 0x01 != 0
        rules.permits.sharedSpace = second & 0x02 != 0
        rules.permits.linkLocal = second & 0x04 != 0
        rules.permits.reserved = second & 0x08 != 0
        if second & 0x10 != 0 { arrivesOn = 7 }
    }
}

/// All of IPv4 is behind interface 2.
struct FuzzRoutes: RouteLookup {
    let native: UInt32

    func leads(to address: IPv4Address, by interface: UInt32) -> Bool { interface == 2 }
    func interface(to address: IPv6Address) -> UInt32? { native }
}
