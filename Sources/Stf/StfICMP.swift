// SPDX-License-Identifier: BSD-2-Clause
public import Internet

extension StfRules {
    /// Decides over an ICMPv4 error: what the sender of the IPv6 packet inside is to be told, and where that packet lies.
    ///
    /// Anybody can write an error. One that quotes a packet which these rules would not have sent, or not there, is not
    /// believed (RFC 4213 §3.4, RFC 5927).
    /// - Returns: nil for what is no error about a packet of protocol 41.
    public func error(_ packet: borrowing RawSpan) throws(StfDrop) -> (meaning: ICMPv6Error, quote: Range<Int>)? {
        guard isUp, let error = ICMPv4Error(packet) else { return nil }
        guard error.source == own else { throw .errorAboutOthers }
        guard error.quote.count >= IPv6Header.size else { throw .errorTruncated }
        let sent = try? output(packet.extracting(error.quote), length: error.quote.count)
        guard let sent, sent.destination == error.destination else { throw .errorAboutOthers }
        return (error.meaning, error.quote)
    }
}
