// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import KernelPrograms
import NodeBed
import SystemIO
import TestSupport
import Testing

/// log_cannot_forward and log_interval.
@Suite struct EventTests {
    private static let host = "2001:db8:2::9"

    private func events(_ bed: NodeBed) throws -> [CannotForward] {
        try bed.filter?.events() ?? []
    }

    /// The one event that there is; the descriptor says that it is there.
    private func event(_ bed: NodeBed) throws -> CannotForward {
        let filter = try #require(bed.filter)
        let poller = try Poller()
        try poller.watch(filter.pollable, for: .input)
        #expect(try poller.wait(milliseconds: 5000).count == 1)
        let events = try filter.events()
        #expect(events.count == 1)
        #expect(try poller.wait(milliseconds: 0).isEmpty)
        return try #require(events.first)
    }

    @Test func anUnspecifiedSourceIsNoticed() throws {
        try NodeBed.with { bed throws in
            try bed.node.set("net/ipv6/conf/all/forwarding", "1")
            try bed.send(bed.datagram(from: "::", to: EventTests.host).packet())
            let event = try event(bed)
            #expect(event.reason.name == "unspecified-not-forwarded")
            #expect(event.reason.isNotice)
            #expect(event.source == .unspecified)
            #expect(event.destination == IPv6Address(EventTests.host))
            #expect(event.nextHeader == 17)
            #expect(event.interface == (try bed.index("ne0")))
            #expect(event.unreported == 0)
            #expect(try bed.counts() == ["unspecified-not-forwarded": 1])
        }
    }

    @Test func whatGoesBeyondItsScopeIsNoticed() throws {
        try NodeBed.with { bed throws in
            try bed.node.set("net/ipv6/conf/all/forwarding", "1")
            try bed.send(bed.datagram(from: "fe80::9", to: EventTests.host).packet())
            let event = try event(bed)
            #expect(event.reason.name == "scope-not-forwarded")
            #expect(event.source == IPv6Address("fe80::9"))
            #expect(event.destination == IPv6Address(EventTests.host))
            #expect(event.nextHeader == 17)
            #expect(event.interface == (try bed.index("ne0")))
            #expect(try bed.counts() == ["scope-not-forwarded": 1])
        }
    }

    @Test func whatIsForwardedOrOursIsNot() throws {
        try NodeBed.with({ $0.logInterval = .zero }) { bed throws in
            try bed.node.set("net/ipv6/conf/all/forwarding", "1")
            let receiver = try TestSocket(in: bed.host, type: SOCK_DGRAM)
            try receiver.bind("::", port: NodeBed.port)
            let datagram = bed.datagram(to: EventTests.host)
            try bed.send(datagram.packet())
            #expect(eventually { receiver.receive() == datagram.data })
            _ = try bed.isDelivered(bed.datagram(from: "::"))
            #expect(try bed.isDelivered(bed.datagram(from: "fe80::9")))
            #expect(try bed.counts() == [:])
            #expect(try events(bed) == [])
        }
    }

    /// Who does not forward at all has nothing to tell.
    @Test func aHostIsSilent() throws {
        try NodeBed.with { bed throws in
            try bed.node.set("net/ipv6/conf/all/forwarding", "0")
            try bed.send(bed.datagram(from: "::", to: EventTests.host).packet())
            #expect(try bed.isDelivered(bed.datagram()))
            #expect(try bed.counts() == [:])
        }
    }

    @Test func itCanBeSwitchedOff() throws {
        try NodeBed.with({ $0.logCannotForward = false }) { bed throws in
            try bed.node.set("net/ipv6/conf/all/forwarding", "1")
            try bed.send(bed.datagram(from: "::", to: EventTests.host).packet())
            try bed.send(bed.datagram(from: "fe80::9", to: EventTests.host).packet())
            #expect(try bed.isDelivered(bed.datagram()))
            #expect(try bed.counts() == [:])
            #expect(try events(bed) == [])
        }
    }

    @Test func aFloodIsOneEvent() throws {
        try NodeBed.with({ $0.logInterval = .milliseconds(500) }) { bed throws in
            try bed.node.set("net/ipv6/conf/all/forwarding", "1")
            let start = ContinuousClock.now
            for _ in 0..<1000 { try bed.send(bed.datagram(from: "::", to: EventTests.host).packet()) }
            let intervals = 1 + Int((ContinuousClock.now - start) / .milliseconds(500))
            #expect(try bed.count("unspecified-not-forwarded") == 1000)
            let first = try events(bed)
            #expect((1...intervals).contains(first.count))
            // The next one says how many it stands for.
            var later: [CannotForward] = []
            var count = 1000
            let isTold = try eventually {
                try bed.send(bed.datagram(from: "::", to: EventTests.host).packet())
                count += 1
                later = try events(bed)
                return !later.isEmpty
            }
            #expect(isTold)
            let told = (first + later).reduce(0) { $0 + 1 + Int($1.unreported) }
            #expect(told == count)
        }
    }
}
