// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import KernelPrograms
import TestSupport
import Testing

@testable import Dataplane

/// The Swift engine against the table of packets.
@Suite struct StfPacketTests {
    @Test(arguments: StfPacket.all)
    func outcome(of row: StfPacket) {
        #expect(run(row) == row.outcome)
    }

    /// Reasons that only a worker can give, because a device or a socket refused, or that are about errors.
    private let workers: Set<StfDrop> = [
        .unsegmentable, .outerUnreachable, .outerProhibited, .sendQueueFull, .sendFailed, .deliveryFailed,
        .receiveQueueFull, .errorAboutOthers, .errorTruncated,
    ]

    @Test func `every reason that rules can give is in the table`() {
        let reached = Set(
            StfPacket.all.compactMap { row -> StfDrop? in
                if case .dies(let drop) = row.outcome { drop } else { nil }
            })
        #expect(Set(StfDrop.all).subtracting(reached) == workers)
    }

    @Test func `every reason has a counter`() {
        var counters = StfCounters()
        for drop in StfDrop.all { counters.drops[drop] += 1 }
        #expect(counters.status.drops.allSatisfy { $0.packets == 1 })
    }

    private func run(_ row: StfPacket) -> StfPacket.Outcome {
        let rules = row.site.rules
        do throws(StfDrop) {
            switch row.direction {
            case .output:
                let header = try rules.output(row.packet.span.bytes, length: row.packet.count)
                var outer = [UInt8](repeating: 0xAA, count: IPv4Header.minimumSize)
                var span = outer.mutableSpan
                var bytes = span.mutableBytes
                header.write(to: &bytes)
                return .passes(outer + row.packet)
            case .input:
                var routes = SiteRoutes(native: row.site.nativeRoutesLeadTo)
                let inner = try rules.input(row.packet.span.bytes, on: row.site.arrivesOn, routes: &routes)
                var packet = Array(row.packet[inner.range])
                var span = packet.mutableSpan
                var bytes = span.mutableBytes
                IPv6Header.set(trafficClass: inner.trafficClass, in: &bytes)
                return .passes(packet)
            }
        } catch {
            return .dies(error)
        }
    }
}

/// All of IPv4 is behind interface 2.
struct SiteRoutes: RouteLookup {
    let native: UInt32

    mutating func interface(to address: IPv4Address) -> UInt32? { 2 }
    mutating func interface(to address: IPv6Address) -> UInt32? { native }
}

extension StfPacket.Site {
    /// The rules of this interface, number 9.
    var rules: StfRules {
        var rules = StfRules()
        rules.index = 9
        rules.isUp = isUp
        rules.link0 = links.link0
        rules.link1 = links.link1
        rules.link2 = links.link2
        rules.permits = domain == SixToFour.domain ? permits : .ofProvider
        rules.checksPairing = checksPairing
        rules.checksLoops = checksLoops
        rules.timeToLive = timeToLive
        if hasIPv4, let own = IPv4Address(own) {
            rules.own = own
            rules.domain = domain
            rules.relay = relay
            let prefix = domain == SixToFour.domain ? SixToFour.site(of: own) : domain?.prefix
            rules.prefix = prefix.map { IPv6Prefix($0.address, length: prefixLength) }
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
