// SPDX-License-Identifier: BSD-2-Clause

/// The text of an IPv6 address with or without a zone (RFC 4007 §11), before anybody asks which interface the zone is:
/// `fe80::1%eth0` is `fe80::1` in zone `eth0`, `2001:db8::1` is itself in no zone.
public struct ScopedText: Hashable, Sendable, CustomStringConvertible {
    public let address: IPv6Address
    /// The name of an interface or a decimal index; never empty.
    public let zone: String?

    /// Reads what getaddrinfo(3) does: the address ends at the first `%`. A prefix length is not part of it.
    ///
    /// KAME's embedded form is refused, as inet6(4) says that "users should never use" it: `fe80::1%2` passes and
    /// `fe80:2::1` fails.
    public init(_ text: some StringProtocol) throws(ScopedAddressError) {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPv6Address(parts[0]) else { throw .notAnAddress }
        if parts.count == 2, parts[1].isEmpty { throw .emptyZone }
        if let index = address.embeddedIndex { throw .embedded(index, address.withoutEmbeddedIndex) }
        self.address = address
        zone = parts.count == 2 ? String(parts[1]) : nil
    }

    /// RFC 5952's text, and the zone as it was given.
    public var description: String { zone.map { "\(address)%\($0)" } ?? "\(address)" }
}

/// An IPv6 address and the zone that it is meant in, as `sockaddr_in6` has them.
public struct ScopedAddress: Hashable, Sendable {
    public var address: IPv6Address
    /// The index of an interface of that zone; 0 is none.
    public var zone: UInt32

    public init(_ address: IPv6Address, zone: UInt32) {
        self.address = address
        self.zone = zone
    }

    /// Reads `fe80::1%eth0`, `ff02::1%2`, `2001:db8::1%4`, by the rules of getaddrinfo(3): for an address that means
    /// something within a link or an interface only, the zone is the name of an interface, else a number; for all others,
    /// only a number, so that `2001:db8::1%eth0` fails. Number 0 is no zone.
    /// - Parameter index: the index of the interface of that name.
    public init(_ text: some StringProtocol, index: (String) -> UInt32?) throws(ScopedAddressError) {
        let text = try ScopedText(text)
        try self.init(text, index: index)
    }

    public init(_ text: ScopedText, index: (String) -> UInt32?) throws(ScopedAddressError) {
        guard let zone = text.zone else {
            self.init(text.address, zone: 0)
            return
        }
        if text.address.isZoneNamed, let index = index(zone) {
            self.init(text.address, zone: index)
        } else if let number = ScopedAddress.decimal(zone) {
            self.init(text.address, zone: number)
        } else {
            throw text.address.isZoneNamed ? .noSuchZone(zone) : .zoneNotNumeric(zone)
        }
    }

    private static func decimal(_ text: String) -> UInt32? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt32(text) : nil
    }

    /// What getnameinfo(3) prints: `fe80::1%eth0`; `fe80::1%7` for an interface that is no more; `2001:db8::1%4`, since a
    /// name there could not be read back.
    /// - Parameter name: the name of the interface of that index.
    public func text(name: (UInt32) -> String?) -> String {
        guard zone != 0 else { return address.description }
        let name = address.isZoneNamed ? name(zone) : nil
        return "\(address)%\(name ?? String(zone))"
    }
}

/// Why a text is no scoped address.
public enum ScopedAddressError: Error, Equatable, Sendable, CustomStringConvertible {
    case notAnAddress
    /// `fe80::1%`
    case emptyZone
    case noSuchZone(String)
    /// `2001:db8::1%eth0`
    case zoneNotNumeric(String)
    /// KAME's embedded form: the index in it, and the address without.
    case embedded(UInt16, IPv6Address)

    public var description: String {
        switch self {
        case .notAnAddress: "not an IPv6 address"
        case .emptyZone: "the zone after % is empty"
        case .noSuchZone(let zone): "no interface is called \(zone)"
        case .zoneNotNumeric(let zone): "only a link-local address has a zone by name: \(zone)"
        case .embedded(let index, let address):
            "an index within the address is KAME's own form; write \(address)%\(index)"
        }
    }
}

extension IPv6Address {
    /// `fe80::1`, RFC 4291 §2.5.6.
    public var isLinkLocal: Bool { high >> 54 == 0xFE80 >> 6 }

    /// `ff02::1`, RFC 4291 §2.7.
    public var isMulticast: Bool { high >> 56 == 0xFF }

    /// Whether its zone is one interface, or the link of one: `fe80::1`, `ff01::1`, `ff12::1`.
    public var isZoneNamed: Bool {
        isLinkLocal || isMulticast && (1...2).contains(high >> 48 & 0xF)
    }

    /// The index in KAME's embedded form of a link-local address or a well-known multicast address. Transient multicast
    /// addresses have something else there (RFC 3306 §4): `ff02:2::1` has an index, and `ff32:ff::1` has none.
    fileprivate var embeddedIndex: UInt16? {
        guard isLinkLocal || group(0) == 0xFF01 || group(0) == 0xFF02 else { return nil }
        return group(1) == 0 ? nil : group(1)
    }

    fileprivate var withoutEmbeddedIndex: IPv6Address {
        IPv6Address(high: high & 0xFFFF_0000_FFFF_FFFF, low: low)
    }
}
