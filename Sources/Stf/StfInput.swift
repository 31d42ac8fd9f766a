// SPDX-License-Identifier: BSD-2-Clause
import Internet

/// An IPv6 packet found inside an IPv4 packet.
public struct Decapsulated: Equatable, Sendable {
    /// Where it lies.
    public var range: Range<Int>
    /// The traffic class that its header must be given before it is delivered.
    public var trafficClass: UInt8
}

extension StfRules {
    /// Decides over an IPv4 packet of protocol 41: which IPv6 packet arrives on the interface.
    ///
    /// The order is that of stf_encapcheck() and in_stf_input() in BSD, with the checks that BSD lacks after those it has.
    /// The kernel has verified the header checksum, reassembled fragments, and found the destination to be an address of
    /// this host.
    /// - Parameter interface: the kernel's index of the interface that the packet arrived on.
    public func input(
        _ packet: borrowing RawSpan, on interface: UInt32, routes: inout some RouteLookup
    ) throws(StfDrop) -> Decapsulated {
        guard isUp else { throw .inputDown }
        guard !link0 else { throw .inputClosed }
        guard let own, let peers, let domain else { throw .notForUs }
        guard let outer = IPv4Header(packet), outer.proto == InternetProtocol.ipv6 else { throw .inputTruncated }
        guard outer.destination == own else { throw .notForUs }
        guard peers.contains(outer.source) else { throw .peerOutsidePrefix }
        if let ownBreaks { throw .outerDestination(ownBreaks) }
        if let rule = broken(by: outer.source) { throw .outerSource(rule) }
        // Nobody else sends from our address (RFC 6324 §3.3).
        guard !checksLoops || outer.source != own else { throw .outerSourceSelf }
        guard link2 || routes.leads(to: outer.source, by: interface) else { throw .ingress }
        let payload = packet.extracting(outer.size..<outer.totalLength)
        guard payload.byteCount >= IPv6Header.size else { throw .inputTruncated }
        guard payload.byte(at: 0) >> 4 == 6 else { throw .inputNotIPv6 }
        let inner = IPv6Header(payload)
        // What follows the IPv6 packet is padding. A payload length of zero would be a jumbogram's (RFC 2675), which
        // IPv4 cannot carry, or a packet without payload.
        let length = IPv6Header.size + inner.payloadLength
        guard payload.byteCount >= length else { throw .inputTruncated }
        try checkAddresses(inner, domain)
        try checkPairing(inner, outer, domain)
        // A destination whose route leads into this tunnel would go out again, and perhaps come again (RFC 6324 §3.3).
        // One of our own site does not: output knows it.
        if checksLoops, domain.embedded(in: inner.destination) != own,
            routes.interface(to: inner.destination) == index
        {
            throw .wouldComeBack
        }
        return Decapsulated(
            range: outer.size..<outer.size + length, trafficClass: try innerTrafficClass(inner, outer))
    }

    private func checkAddresses(_ inner: IPv6Header, _ domain: TunnelDomain) throws(StfDrop) {
        // A 6to4 address is one even to a 6rd domain.
        let embedded = { (address: IPv6Address) in SixToFour.embedded(in: address) ?? domain.embedded(in: address) }
        if let rule = IPv6Rule.broken(by: inner.destination) { throw .innerDestination(rule) }
        if let peer = embedded(inner.destination), let rule = broken(by: peer) { throw .innerDestinationEmbeds(rule) }
        if let rule = IPv6Rule.broken(by: inner.source) { throw .innerSource(rule) }
        if let peer = embedded(inner.source), let rule = broken(by: peer) { throw .innerSourceEmbeds(rule) }
    }

    /// RFC 3964 §5.2, RFC 5969 §12: an address of the domain inside is the one outside, and at least one is inside. Only
    /// a border relay speaks for others.
    private func checkPairing(_ inner: IPv6Header, _ outer: IPv4Header, _ domain: TunnelDomain) throws(StfDrop) {
        let source = domain.embedded(in: inner.source)
        let destination = domain.embedded(in: inner.destination)
        if checksPairing {
            guard source != nil || destination != nil else { throw .inputNativeToNative }
            guard source == outer.source || (domain == SixToFour.domain ? source == nil : isRelay(outer.source)) else {
                throw .innerSourceMismatch
            }
            guard destination ?? outer.destination == outer.destination else { throw .innerDestinationMismatch }
        }
        guard destination != nil || isRelay else { throw .notRelay }
    }

    /// Of a 6rd domain.
    private func isRelay(_ address: IPv4Address) -> Bool {
        address == relay || !otherRelays.isEmpty && otherRelays.contains(address)
    }

    /// The inner traffic class stays as it is, as on BSD, but with link1 it takes over congestion marks (RFC 6040).
    private func innerTrafficClass(_ inner: IPv6Header, _ outer: IPv4Header) throws(StfDrop) -> UInt8 {
        guard link1 else { return inner.trafficClass }
        let mark = ECN.decapsulated(
            inner: ECN(trafficClass: inner.trafficClass), outer: ECN(trafficClass: outer.typeOfService))
        guard let mark else { throw .congestionUnseen }
        return mark.replacing(in: inner.trafficClass)
    }
}
