// SPDX-License-Identifier: BSD-2-Clause
import Internet

/// How much of a packet was captured: the rest of its bytes are zeros.
struct Capture {
    let captured: Int
    let length: Int

    /// - Parameter needed: so many bytes decide.
    func require(_ needed: Int) throws(StfVerdict.Unexplained) {
        guard needed <= captured else {
            throw StfVerdict.Unexplained(.notCaptured(captured: captured, length: length))
        }
    }
}

extension StfVerdict {
    /// The packet does not come as far as the rules.
    struct Unexplained: Error {
        let why: Ignored

        init(_ why: Ignored) {
            self.why = why
        }
    }
}

// MARK: output

extension StfRules {
    /// What would become of a packet that is sent.
    ///
    /// - Parameters:
    ///   - packet: begins with its IPv6 header; as long as it was, with zeros for what was not captured.
    ///   - captured: so many of its bytes were.
    ///   - way: the interface that its destination is routed to; nil without a route.
    public func explainOutput(
        _ packet: borrowing RawSpan, captured: Int, by way: UInt32?, _ surroundings: StfSurroundings
    ) -> StfVerdict {
        do throws(StfVerdict.Unexplained) {
            return try decideOutput(packet, captured, by: way, surroundings)
        } catch {
            return .ignored(error.why)
        }
    }

    private func decideOutput(
        _ packet: borrowing RawSpan, _ captured: Int, by way: UInt32?, _ surroundings: StfSurroundings
    ) throws(StfVerdict.Unexplained) -> StfVerdict {
        let capture = Capture(captured: captured, length: packet.byteCount)
        if packet.byteCount > 0 { try capture.require(1) }
        guard packet.byteCount >= IPv6Header.size, packet.byte(at: 0) >> 4 == 6 else {
            return carry(packet, captured, of: packet.byteCount, inSegments: false, surroundings)
        }
        try capture.require(IPv6Header.size)
        let inner = IPv6Header(packet)
        // Without a length there is no payload, or it is a jumbogram's (RFC 2675).
        let isJumbo = inner.payloadLength == 0 && inner.nextHeader == 0
        let length = isJumbo ? packet.byteCount : IPv6Header.size + inner.payloadLength
        guard length <= packet.byteCount else { throw StfVerdict.Unexplained(.refusedByKernel(.length)) }
        if let way, way != index, IPv6Rule.broken(by: inner.destination) == nil {
            throw StfVerdict.Unexplained(.routedElsewhere)
        }
        guard length > surroundings.mtu else {
            return carry(packet, captured, of: length, inSegments: false, surroundings)
        }
        guard try isTCP(packet.extracting(first: captured), capture) else {
            return .tooBig(
                mtu: surroundings.mtu,
                told(.packetTooBig(mtu: UInt32(clamping: surroundings.mtu)), about: packet, captured, isSent: true))
        }
        return carry(packet, captured, of: surroundings.mtu, inSegments: true, surroundings)
    }

    /// A packet of TCP may be larger than any link takes, for the kernel to cut it on the way.
    private func isTCP(_ bytes: borrowing RawSpan, _ capture: Capture) throws(StfVerdict.Unexplained) -> Bool {
        var (proto, at) = (IPv6Header(bytes).nextHeader, IPv6Header.size)
        while true {
            switch ExtensionHeader(proto, bytes, at: at) {
            case .none: return proto == InternetProtocol.tcp
            case .truncated:
                try capture.require(capture.length)
                return false
            case .whole(_, _, isLaterFragment: true): return false
            case .whole(let next, let size, _): (proto, at) = (next, at + size)
            }
        }
    }

    private func carry(
        _ packet: borrowing RawSpan, _ captured: Int, of length: Int, inSegments: Bool,
        _ surroundings: StfSurroundings
    ) -> StfVerdict {
        do throws(StfDrop) {
            let header = try output(packet, length: length)
            guard header.totalLength <= UInt16.max else { throw .unsegmentable }
            return .leaves(header, inSegments: inSegments)
        } catch {
            guard let told = error.error else { return .dies(error, .nothing) }
            return .dies(
                error,
                self.told(told, about: packet, captured, isSent: surroundings.sendsErrors && errorSource != nil))
        }
    }

    /// What the sender hears, as far as he may hear anything (RFC 4443 §2.4(e)).
    private func told(
        _ error: ICMPv6Error, about packet: borrowing RawSpan, _ captured: Int, isSent: Bool
    ) -> StfVerdict.Told {
        guard isSent else { return .nothing }
        switch ICMPv6Error.permission(about: packet.extracting(first: captured)) {
        case .given: return .error(error)
        case .refused: return .nothing
        case .unknown: return captured < packet.byteCount ? .perhaps(error) : .nothing
        }
    }
}

// MARK: input

extension StfRules {
    /// What would become of a packet that arrives.
    ///
    /// - Parameters:
    ///   - packet: begins with its IPv4 header; as long as it was, with zeros for what was not captured.
    ///   - captured: so many of its bytes were.
    ///   - arrival: the interface that it comes by.
    public func explainInput(
        _ packet: borrowing RawSpan, captured: Int, on arrival: UInt32, _ surroundings: StfSurroundings,
        routes: inout some RouteLookup
    ) -> StfVerdict {
        let capture = Capture(captured: captured, length: packet.byteCount)
        do throws(StfVerdict.Unexplained) {
            let outer = try received(packet, capture, surroundings)
            return try decideInput(packet, capture, outer, on: arrival, routes: &routes)
        } catch {
            return .ignored(error.why)
        }
    }

    /// The IPv4 header of a packet that the kernel would give out.
    private func received(
        _ packet: borrowing RawSpan, _ capture: Capture, _ surroundings: StfSurroundings
    ) throws(StfVerdict.Unexplained) -> IPv4Header {
        if packet.byteCount > 0 { try capture.require(1) }
        guard packet.byteCount >= IPv4Header.minimumSize, packet.byte(at: 0) >> 4 == 4 else {
            throw StfVerdict.Unexplained(.notIPv4)
        }
        try capture.require(IPv4Header.minimumSize)
        guard let outer = IPv4Header(packet) else { throw StfVerdict.Unexplained(.refusedByKernel(.length)) }
        try capture.require(outer.size)
        guard outer.proto == InternetProtocol.ipv6 || outer.proto == InternetProtocol.icmp else {
            throw StfVerdict.Unexplained(.otherProtocol(outer.proto))
        }
        // A capture holds both directions. What comes from our address to it, nobody sent but us or a forger.
        guard !surroundings.addresses.contains(outer.source) || surroundings.addresses.contains(outer.destination)
        else {
            throw StfVerdict.Unexplained(.sentByThisHost)
        }
        var sum = Checksum()
        sum.add(packet.extracting(first: outer.size))
        guard sum.folded == 0xFFFF else { throw StfVerdict.Unexplained(.refusedByKernel(.checksum)) }
        switch IPv4Options(packet.extracting(IPv4Header.minimumSize..<outer.size)) {
        case .accepted: break
        case .sourceRoute where surroundings.takesSourceRoutes: break
        case .sourceRoute: throw StfVerdict.Unexplained(.refusedByKernel(.sourceRoute))
        case .malformed: throw StfVerdict.Unexplained(.refusedByKernel(.options))
        }
        // The kernel gives out fragments when they are one packet again.
        guard !outer.isFragment else { throw StfVerdict.Unexplained(.fragment) }
        return outer
    }

    private func decideInput(
        _ bytes: borrowing RawSpan, _ capture: Capture, _ outer: IPv4Header, on arrival: UInt32,
        routes: inout some RouteLookup
    ) throws(StfVerdict.Unexplained) -> StfVerdict {
        guard outer.proto == InternetProtocol.icmp else {
            try capture.require(min(outer.size + IPv6Header.size, outer.totalLength))
            do throws(StfDrop) {
                let arrived = try input(bytes, on: arrival, routes: &routes)
                return .arrives(IPv6Header(bytes.extracting(arrived.range)), trafficClass: arrived.trafficClass)
            } catch {
                return .dies(error, .nothing)
            }
        }
        // Its checksum is over all of it.
        try capture.require(outer.totalLength)
        do throws(StfDrop) {
            guard let error = try error(bytes, routes: &routes) else { return .ignored(.noError) }
            let quote = bytes.extracting(error.quote)
            let mayBeTold = errorSource != nil && ICMPv6Error.permission(about: quote) == .given
            return .tells(mayBeTold ? IPv6Header(quote).source : nil, error.meaning)
        } catch {
            return .dies(error, .nothing)
        }
    }
}
