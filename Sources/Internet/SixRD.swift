// SPDX-License-Identifier: BSD-2-Clause

/// The parameters of 6rd (RFC 5969 §4) that an address and its prefix length do not give: `stfv4net` and `stfv4br`.
public struct SixRD: Equatable, Sendable {
    /// The IPv4 address to send from; 0.0.0.0 is the one inside the inet6 address.
    public var address = IPv4Address(bits: 0)
    /// The N of `stfv4net A.B.C.D/N`, as FreeBSD means it: so many leading bits are common and not embedded, but 32 is
    /// none, so that all are embedded.
    public var length = 32
    /// The border relays, of which the first that there is a route to is sent to; none on a relay itself.
    public var relays: [IPv4Address] = []

    /// Reads `192.0.2.1/16`.
    public init?(net text: String, relays: [IPv4Address] = []) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(parts[0]), let length = Int(parts[1]),
            String(length) == parts[1], (1...32).contains(length)
        else { return nil }
        self.address = address
        self.length = length
        self.relays = relays
    }

    public init(relays: [IPv4Address] = []) {
        self.relays = relays
    }

    public var net: String { "\(address)/\(length)" }

    /// `192.0.2.1`, or `192.0.2.1,192.0.2.2`.
    public var relayText: String? {
        guard let first = relays.first else { return nil }
        return relays.dropFirst().reduce(first.description) { "\($0),\($1)" }
    }

    /// Reads that; `0.0.0.0` is none. Nil: it is neither.
    public static func relays(_ text: String) -> [IPv4Address]? {
        var relays: [IPv4Address] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let relay = IPv4Address(part) else { return nil }
            if !relays.contains(relay) { relays.append(relay) }
        }
        return relays == [IPv4Address(bits: 0)] ? [] : relays
    }

    /// How many bits are common.
    public var commonLength: Int { length == 32 ? 0 : length }

    /// How many bits are not.
    public var embeddedBits: Int { 32 - commonLength }

    /// The domain of an interface with this address. A 6to4 address makes a 6to4 interface whatever is set here, as on
    /// FreeBSD. Nil if prefix length and embedded bits exceed 64.
    public func domain(of address: IPv6Address, prefixLength: Int) -> TunnelDomain? {
        if SixToFour.prefix.contains(address) { return SixToFour.domain }
        return TunnelDomain(
            prefix: IPv6Prefix(address, length: prefixLength),
            common: IPv4Prefix(self.address, length: commonLength))
    }

    /// The IPv4 address that an interface with this address would send from, whether this host has it or not.
    public func source(of address: IPv6Address, in domain: TunnelDomain) -> IPv4Address? {
        if domain != SixToFour.domain, self.address.bits != 0 { return self.address }
        return domain.embedded(in: address)
    }
}
