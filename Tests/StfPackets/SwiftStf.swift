// SPDX-License-Identifier: BSD-2-Clause
public import Internet
public import KernelPrograms
public import Stf

/// The engine in Swift, as the packet threads use it: the rules, routes and counters of one interface.
public struct SwiftStf {
    public let rules: StfRules
    public var routes: SiteRoutes
    public private(set) var counts = ReasonCounts<StfDrop>()
    private let arrivesOn: UInt32

    public init(_ site: StfPacket.Site) {
        rules = site.rules
        routes = SiteRoutes(native: site.nativeRoutesLeadTo)
        arrivesOn = site.arrivesOn
    }

    /// What a thread does with a packet: it decides, writes the header or the traffic class, and counts. False: it dies.
    public mutating func carry(
        _ packet: inout [UInt8], _ direction: StfPacket.Direction, behind outer: inout [UInt8]
    ) -> StfPacket.Carried {
        do throws(StfDrop) {
            switch direction {
            case .output:
                let header = try rules.output(packet.span.bytes, length: packet.count)
                var span = outer.mutableSpan
                var bytes = span.mutableBytes
                header.write(to: &bytes)
                return .range(0..<packet.count)
            case .input:
                let inner = try rules.input(packet.span.bytes, on: arrivesOn, routes: &routes)
                var span = packet.mutableSpan
                var bytes = span.mutableBytes
                IPv6Header.set(trafficClass: inner.trafficClass, in: &bytes, at: inner.range.lowerBound)
                return .range(inner.range)
            case .error:
                return .told(try rules.error(packet.span.bytes, routes: &routes)?.meaning)
            }
        } catch {
            counts[error] += 1
            return .dropped(error)
        }
    }

    public mutating func outcome(of packet: inout [UInt8], _ direction: StfPacket.Direction) -> StfPacket.Outcome {
        var outer = direction == .output ? [UInt8](repeating: 0xAA, count: IPv4Header.minimumSize) : []
        switch carry(&packet, direction, behind: &outer) {
        case .range(let range): return .passes(outer + packet[range])
        case .told(let error): return error.map(StfPacket.Outcome.tells) ?? .ignored
        case .dropped(let drop): return .dies(drop)
        }
    }
}

extension StfPacket {
    /// What `SwiftStf` has done with a packet.
    public enum Carried {
        /// These of its bytes pass.
        case range(Range<Int>)
        case told(ICMPv6Error?)
        case dropped(StfDrop)
    }
}

/// All of IPv4 is behind interface 2.
public struct SiteRoutes: RouteLookup {
    let native: UInt32?

    public init(native: UInt32?) {
        self.native = native
    }

    public func leads(to address: IPv4Address, by interface: UInt32) -> Bool { interface == 2 }
    public func interface(to address: IPv6Address) -> UInt32? { native }
}

extension StfPacket.Site {
    /// What explaining a packet asks of the host.
    public var surroundings: StfSurroundings {
        StfSurroundings(mtu: 65_515, addresses: Set([IPv4Address(own)].compactMap(\.self)))
    }

    /// The rules of this interface.
    public var rules: StfRules {
        var rules = StfRules()
        rules.index = 9
        rules.isUp = isUp
        rules.link0 = link0
        rules.link1 = link1
        rules.link2 = link2
        rules.permits = domain == SixToFour.domain ? permits : .ofProvider
        rules.checksPairing = checksPairing
        rules.checksLoops = checksLoops
        rules.timeToLive = timeToLive
        if hasIPv4, let own = IPv4Address(own) {
            rules.own = own
            rules.domain = domain
            rules.relay = relay
            rules.otherRelays = otherRelays
            let prefix = domain == SixToFour.domain ? SixToFour.site(of: own) : domain?.prefix
            rules.prefix = prefix.map { IPv6Prefix($0.address, length: prefixLength) }
            rules.address = prefix.map { IPv6Address(high: $0.address.high, low: 1) }
        }
        rules.broadcasts = Set([IPv4Address("192.0.2.255")].compactMap(\.self))
        rules.nextHops = NextHopTable(
            gateways.compactMap { destination, gateway in
                let parts = destination.split(separator: "/")
                guard let address = IPv6Address(parts[0]), let length = Int(parts[1]) else { return nil }
                return (IPv6Prefix(address, length: length), gateway.flatMap { IPv6Address($0) })
            })
        return rules
    }
}
