// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Foundation
import Internet
import Relay
import SystemIO
import TestSupport
import Testing

/// What is told of clients while somebody wants to know it.
@Suite struct RelayEventTests {
    @Test func aSessionIsToldFromBeginToEnd() throws {
        let fixture = try RelayFixture()
        let events = fixture.relay.events
        events.isWanted = true
        let (client, server) = try fixture.session()
        try client.send("four")
        #expect(try server.text(4) == "four")
        client.end()
        server.end()
        #expect(eventually { fixture.relay.sessionCount == 0 })
        let told = events.take()
        #expect(told.count == 3)
        let asked = IPv6Endpoint(.loopback, port: fixture.port)
        let name = IPv6Endpoint(.loopback, port: client.port)
        let to = IPv4Endpoint(IPv4Address(bits: 0x7F00_0001), port: fixture.server.port)
        guard case .began(let number, _, _, _, _) = told.first else {
            Issue.record("\(told)")
            return
        }
        #expect(told[0] == .began(number: number, client: name, asked: asked, server: to))
        #expect(told[1] == .connected(number: number))
        guard case .ended(number, .finished, 4, 0, let age) = told[2] else {
            Issue.record("\(told)")
            return
        }
        #expect(age > .zero && age < .seconds(60))
        #expect(events.take() == [])
    }

    @Test func aRefusalIsTold() throws {
        let fixture = try RelayFixture { _ in OneServer(refusing: .policy(.denied)) }
        fixture.relay.events.isWanted = true
        let client = try TestSocket(to: fixture.port)
        #expect(client.breakOff() == ECONNRESET)
        let name = IPv6Endpoint(.loopback, port: client.port)
        let asked = IPv6Endpoint(.loopback, port: fixture.port)
        #expect(
            fixture.relay.events.take()
                == [.refused(number: nil, client: name, asked: asked, .policy(.denied))])
    }

    /// A descriptor says that there is something, until it was taken.
    @Test func eventsCanBeWaitedFor() throws {
        let fixture = try RelayFixture { _ in OneServer(refusing: .noService) }
        let events = fixture.relay.events
        let poller = try Poller()
        try poller.watch(events.pollable, for: .input)
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        // Nobody wanted that.
        #expect(try poller.wait(milliseconds: 0).isEmpty)
        #expect(events.take() == [])
        events.isWanted = true
        for _ in 0..<2 {
            #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
            #expect(try poller.wait(milliseconds: 10_000).count == 1)
            #expect(events.take().count == 1)
            #expect(try poller.wait(milliseconds: 0).isEmpty)
        }
        events.isWanted = false
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(events.take() == [])
    }

    @Test func whatIsNotTakenIsLostAndCounted() throws {
        let fixture = try RelayFixture { _ in OneServer(refusing: .noService) }
        fixture.relay.events.isWanted = true
        for _ in 0..<RelayEvents.capacity + 10 {
            do {
                #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
            } catch let failure as TestSocket.Failure {
                // A client that is slow learns it when it connects.
                #expect(failure.errno == ECONNRESET)
            }
        }
        #expect(eventually { fixture.relay.events.lost == 10 })
        #expect(fixture.relay.events.take().count == RelayEvents.capacity)
        #expect(try TestSocket(to: fixture.port).breakOff() == ECONNRESET)
        #expect(eventually { fixture.relay.events.take().count == 1 })
        #expect(fixture.relay.events.lost == 10)
    }

    @Test func aDataConnectionIsToldWithItsSession() throws {
        try RelayNetwork.with { network in
            network.relay.events.isWanted = true
            let (client, server) = try network.greeted()
            let (port, data) = try network.passive(client, server)
            let there = try TestSocket(from: RelayNetwork.client, to: RelayNetwork.asked, port)
            let here = try data.accept()
            try here.send("x")
            #expect(try there.text(1) == "x")
            let begun = network.relay.events.take().compactMap { event -> (UInt64, UInt64?)? in
                guard case .began(let number, _, _, _, let control) = event else { return nil }
                return (number, control)
            }
            #expect(begun.count == 2)
            #expect(begun.first?.1 == nil)
            #expect(begun.last?.1 == begun.first?.0)
        }
    }
}
