// SPDX-License-Identifier: BSD-2-Clause
public import Internet

extension StfRules {
    /// Decides over an ICMPv4 error: what the sender of the IPv6 packet inside is to be told, and where that packet lies.
    ///
    /// Anybody can write an error. One that quotes a packet which these rules would not have sent, or not there, is not
    /// believed (RFC 4213 §3.4, RFC 5927); nor one whose receiver is reached through the tunnel itself or not at all,
    /// for his packet did not come to us: a forgery would have us send to whom it likes.
    /// - Returns: nil for what is no error about a packet of protocol 41.
    public func error(
        _ packet: borrowing RawSpan, routes: inout some RouteLookup
    ) throws(StfDrop) -> (meaning: ICMPv6Error, quote: Range<Int>)? {
        guard isUp, let error = ICMPv4Error(packet) else { return nil }
        guard error.source == own else { throw .errorAboutOthers }
        guard error.quote.count >= IPv6Header.size else { throw .errorTruncated }
        let quote = packet.extracting(error.quote)
        let sent = try? output(quote, length: quote.byteCount)
        guard let sent, sent.destination == error.destination else { throw .errorAboutOthers }
        // The header alone may not say whether its sender may be told.
        let isCut = quote.byteCount < IPv6Header.size + IPv6Header(quote).payloadLength
        if isCut, ICMPv6Error.permission(about: quote) == .unknown { throw .errorTruncated }
        let receiver = IPv6Header(quote).source
        guard IPv6Rule.broken(by: receiver) == nil, let way = routes.interface(to: receiver), way != index else {
            throw .errorAboutOthers
        }
        return (error.meaning, error.quote)
    }
}
