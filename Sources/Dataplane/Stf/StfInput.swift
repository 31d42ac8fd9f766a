// SPDX-License-Identifier: BSD-2-Clause
import Internet

extension StfRules {
    /// Decides over an IPv4 packet of protocol 41: where in it the IPv6 packet lies that arrives on the interface.
    ///
    /// The order is that of stf_encapcheck() and in_stf_input() in BSD. The kernel has verified the header checksum,
    /// reassembled fragments, and found the destination to be an address of this host.
    func input(_ packet: borrowing RawSpan) throws(StfDrop) -> Range<Int> {
        guard isUp else { throw .inputDown }
        guard !link0 else { throw .inputClosed }
        guard let own, let peers else { throw .notForUs }
        guard let outer = IPv4Header(packet), outer.proto == InternetProtocol.ipv6 else { throw .inputTruncated }
        guard outer.destination == own else { throw .notForUs }
        guard peers.contains(outer.source) else { throw .peerOutsidePrefix }
        if let rule = broken(by: outer.destination) { throw .outerDestination(rule) }
        if let rule = broken(by: outer.source) { throw .outerSource(rule) }
        let payload = packet.extracting(outer.size..<outer.totalLength)
        guard payload.byteCount >= IPv6Header.size else { throw .inputTruncated }
        guard payload.byte(at: 0) >> 4 == 6 else { throw .inputNotIPv6 }
        let inner = IPv6Header(payload)
        // What follows the IPv6 packet is padding. A payload length of zero would be a jumbogram's (RFC 2675), which
        // IPv4 cannot carry, or a packet without payload.
        let length = IPv6Header.size + inner.payloadLength
        guard payload.byteCount >= length else { throw .inputTruncated }
        if let rule = IPv6Rule.broken(by: inner.destination) { throw .innerDestination(rule) }
        if let peer = SixToFour.embedded(in: inner.destination), let rule = broken(by: peer) {
            throw .innerDestinationEmbeds(rule)
        }
        if let rule = IPv6Rule.broken(by: inner.source) { throw .innerSource(rule) }
        if let peer = SixToFour.embedded(in: inner.source), let rule = broken(by: peer) {
            throw .innerSourceEmbeds(rule)
        }
        return outer.size..<outer.size + length
    }
}
