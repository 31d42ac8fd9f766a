// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf
import StfPackets
import TestSupport
import Testing

/// What `explain` finds is what the rules do.
@Suite struct StfVerdictTests {
    @Test(arguments: StfPacket.all)
    func `the table's packets are explained as they are decided`(row: StfPacket) {
        var routes = SiteRoutes(native: row.site.nativeRoutesLeadTo)
        let rules = row.site.rules, packet = row.packet.span.bytes, count = row.packet.count
        let verdict =
            row.direction == .output
            ? rules.explainOutput(packet, captured: count, by: rules.index, row.site.surroundings)
            : rules.explainInput(
                packet, captured: count, on: row.site.arrivesOn, row.site.surroundings, routes: &routes)
        switch (verdict, row.outcome) {
        case (.leaves, .passes), (.arrives, .passes): break
        case (.tells(_?, let error), .tells(let told)): #expect(error == told)
        case (.dies(let drop, _), .dies(let reason)): #expect(drop == reason)
        case (.ignored, .ignored): break
        // What is no IPv4 packet of protocol 41 never comes as far as the rules.
        case (.ignored(.otherProtocol), .dies(.inputTruncated)): break
        case (.ignored(.refusedByKernel(.length)), .dies(.inputTruncated)): break
        default: Issue.record("\(verdict)")
        }
    }

    @Test func `a fragment is not judged alone`() {
        var packet = Packet.ipv4(
            from: "198.51.100.7", to: "192.0.2.1", Packet.ipv6(from: "2002:c633:6407::1", to: "2002:c000:201::1"))
        packet[6] = 0x20
        var routes = SiteRoutes(native: 3)
        let site = StfPacket.Site(), whole = Packet.checkingIPv4(packet)
        let verdict = site.rules.explainInput(
            whole.span.bytes, captured: whole.count, on: 2, site.surroundings, routes: &routes)
        #expect(verdict == .ignored(.fragment))
    }
}
