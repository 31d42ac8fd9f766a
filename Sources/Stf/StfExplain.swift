// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What the rules would do with a packet.
public enum StfVerdict: Equatable, Sendable {
    /// It leaves behind this header.
    case leaves(IPv4Header)
    /// It arrives on the interface.
    case arrives(IPv6Header, trafficClass: UInt8)
    /// An ICMPv4 error, which becomes one to the sender of the packet that it quotes.
    case tells(IPv6Address, ICMPv6Error)
    /// What its sender is told is nil if nobody is.
    case dies(StfDrop, tells: ICMPv6Error?)
    /// It does not come as far as the rules.
    case ignored(Ignored)

    public enum Ignored: Equatable, Sendable {
        case notIPv4, fragment, noError, otherProtocol(UInt8)
    }
}

extension StfRules {
    /// - Parameter packet: begins with its IPv6 header.
    public func explainOutput(_ packet: borrowing RawSpan) -> StfVerdict {
        do throws(StfDrop) {
            let header = try output(packet, length: packet.byteCount)
            guard header.totalLength <= UInt16.max else { throw .unsegmentable }
            return .leaves(header)
        } catch {
            return .dies(error, tells: error.error)
        }
    }

    /// - Parameters:
    ///   - packet: begins with its IPv4 header.
    ///   - arrival: the interface that it comes by.
    public func explainInput(_ packet: borrowing RawSpan, on arrival: UInt32, routes: inout some RouteLookup)
        -> StfVerdict
    {
        guard let outer = IPv4Header(packet) else { return .ignored(.notIPv4) }
        // The kernel gives out fragments when they are one packet again.
        guard !outer.isFragment else { return .ignored(.fragment) }
        do throws(StfDrop) {
            switch outer.proto {
            case InternetProtocol.ipv6:
                let arrived = try input(packet, on: arrival, routes: &routes)
                let inner = IPv6Header(packet.extracting(arrived.range))
                return .arrives(inner, trafficClass: arrived.trafficClass)
            case InternetProtocol.icmp:
                guard let error = try error(packet, routes: &routes) else { return .ignored(.noError) }
                return .tells(IPv6Header(packet.extracting(error.quote)).source, error.meaning)
            default:
                return .ignored(.otherProtocol(outer.proto))
            }
        } catch {
            return .dies(error, tells: nil)
        }
    }
}
