// SPDX-License-Identifier: BSD-2-Clause
public import Internet

extension StfRules {
    /// Decides over an IPv6 packet that the kernel routed out of the interface: the IPv4 header to put in front of it.
    ///
    /// The order is that of stf_output() in BSD. `2001:db8::1 → 2002:901:203::1` goes to 9.1.2.3;
    /// `2001:db8::1 → 2001:db8:1::1` goes where the gateway of its route says, 2002:c058:6301::1 being 192.88.99.1.
    /// - Parameter packet: at least the headers of an IPv6 packet.
    /// - Parameter length: bytes of the packet that will follow the header; more than 65515 do not fit in one.
    /// - Throws: ENETDOWN in BSD is `.outputDown` and `.noOwnIPv4`, ENETUNREACH `.noNextHop`.
    public func output(_ packet: borrowing RawSpan, length: Int) throws(StfDrop) -> IPv4Header {
        guard isUp else { throw .outputDown }
        guard let own, let prefix, let domain else { throw .noOwnIPv4 }
        guard packet.byteCount > 0, packet.byte(at: 0) >> 4 == 6 else { throw .outputNotIPv6 }
        guard packet.byteCount >= IPv6Header.size else { throw .outputTruncated }
        if let ownBreaks { throw .outputSource(ownBreaks) }
        let inner = IPv6Header(packet)
        if let rule = IPv6Rule.broken(by: inner.destination) { throw .outputInnerDestination(rule) }
        // The packet would come straight back (RFC 6324 §3.3). This goes first: whoever asks for a part of our site that
        // is not there learns that, and not that his own address were wrong.
        guard !checksLoops || domain.embedded(in: inner.destination) != own else { throw .outputToSelf }
        try checkPairing(inner, own: own, domain)
        let destination = try outerDestination(for: inner.destination, within: prefix, domain)
        if let rule = broken(by: destination) { throw .outputDestination(rule) }
        // A gateway or relay would refuse to pass it on (RFC 3964 §5.2), even from within a 6rd domain.
        if let site = SixToFour.embedded(in: inner.destination), let rule = broken(by: site) {
            throw .outputInnerDestinationEmbeds(rule)
        }
        // So it would by a gateway that is ourselves.
        guard !checksLoops || destination != own else { throw .outputToSelf }
        return IPv4Header(
            typeOfService: outerTypeOfService(inner.trafficClass), totalLength: IPv4Header.minimumSize + length,
            timeToLive: timeToLive, proto: InternetProtocol.ipv6, source: own, destination: destination)
    }

    /// RFC 3964 §5.1: packets leave only from our own site or, on a relay, from native addresses to other sites.
    private func checkPairing(_ inner: IPv6Header, own: IPv4Address, _ domain: TunnelDomain) throws(StfDrop) {
        guard checksPairing else { return }
        if let source = domain.embedded(in: inner.source) {
            guard source == own else { throw .outputSourceMismatch }
        } else {
            // Nobody would believe a customer edge that speaks for others (RFC 5969 §12).
            guard relay == nil else { throw .outputSourceMismatch }
            guard domain.prefix.contains(inner.destination) else { throw .outputNativeToNative }
        }
    }

    /// The traffic class is copied whole, as on BSD, but with link1 an inner congestion mark stays inside.
    private func outerTypeOfService(_ trafficClass: UInt8) -> UInt8 {
        link1 ? ECN(trafficClass: trafficClass).outer.replacing(in: trafficClass) : trafficClass
    }

    /// The destination itself goes before the next hop: it may give fewer IPv4 hops (KAME). Either must lie within the
    /// interface's own prefix: with 2002:901:203::1/32, `2002:505::1` does not. A border relay takes the rest of a 6rd
    /// domain's packets, but for a route whose gateway names another, ::10.255.0.2 being 10.255.0.2.
    private func outerDestination(
        for destination: IPv6Address, within prefix: IPv6Prefix, _ domain: TunnelDomain
    ) throws(StfDrop) -> IPv4Address {
        if prefix.contains(destination), let peer = domain.embedded(in: destination) { return peer }
        let gateway = nextHops.gateway(for: destination)
        if let relay, gateway?.compatible == nil { return relay }
        guard let gateway, let peer = peer(of: gateway) else { throw .noNextHop }
        return peer
    }

    /// Who a gateway is, 2002:c058:6301::1 or ::192.88.99.1; nil outside the prefix.
    public func peer(of gateway: IPv6Address) -> IPv4Address? {
        if let peer = gateway.compatible { return peers?.contains(peer) ?? false ? peer : nil }
        guard let prefix, let domain, prefix.contains(gateway) else { return nil }
        return domain.embedded(in: gateway)
    }
}
