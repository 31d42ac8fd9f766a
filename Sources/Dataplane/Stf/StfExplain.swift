// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// What the rules would do with a packet, in words.
extension StfRules {
    /// - Parameter packet: begins with its IPv6 header.
    func explainOutput(_ packet: borrowing RawSpan) -> ExplainReply {
        do throws(StfDrop) {
            let header = try output(packet, length: packet.byteCount)
            guard header.totalLength <= UInt16.max else { throw .unsegmentable }
            return ExplainReply(
                .passes,
                "leaves as \(header.source) > \(header.destination), ttl \(header.timeToLive), tos \(header.typeOfService)"
            )
        } catch {
            let told = error.error.map { "; the sender is told: \($0.description)" } ?? ""
            return ExplainReply(.dropped, reason: error.name, error.description + told)
        }
    }

    /// - Parameters:
    ///   - packet: begins with its IPv4 header.
    ///   - arrival: the interface that it comes by.
    func explainInput(
        _ packet: borrowing RawSpan, on arrival: UInt32, routes: inout some RouteLookup
    ) -> ExplainReply {
        guard let outer = IPv4Header(packet) else {
            return ExplainReply(.ignored, "not a whole IPv4 packet")
        }
        // The kernel gives out fragments when they are one packet again.
        guard !outer.isFragment else { return ExplainReply(.ignored, "a fragment of an IPv4 packet") }
        do throws(StfDrop) {
            switch outer.proto {
            case InternetProtocol.ipv6:
                let arrived = try input(packet, on: arrival, routes: &routes)
                let inner = IPv6Header(packet.extracting(arrived.range))
                return ExplainReply(
                    .passes,
                    "arrives as \(inner.source) > \(inner.destination), traffic class \(arrived.trafficClass)")
            case InternetProtocol.icmp:
                guard let error = try error(packet) else {
                    return ExplainReply(.ignored, "not an ICMP error about a packet of protocol 41, or a damaged one")
                }
                let sender = IPv6Header(packet.extracting(error.quote)).source
                return ExplainReply(.passes, "\(sender) is told: \(error.meaning.description)")
            default:
                return ExplainReply(.ignored, "protocol \(outer.proto), not 41")
            }
        } catch {
            return ExplainReply(.dropped, reason: error.name, error.description)
        }
    }
}

extension ICMPv6Error {
    fileprivate var description: String {
        switch self {
        case .unreachable(.noRoute): "no route"
        case .unreachable(.prohibited): "administratively prohibited"
        case .unreachable(.address): "address unreachable"
        case .unreachable(.sourceFailedPolicy): "source address failed policy"
        case .packetTooBig(let mtu): "packet too big, mtu \(mtu)"
        }
    }
}
