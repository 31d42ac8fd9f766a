// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import KernelPrograms
import SystemIO
import TestSupport
import Testing

/// Who hears of connections to a captured prefix.
@Suite struct CaptureTests {
    @Test func aServiceOfTheNodeIsNotReached() throws {
        try FaithBed.with { bed, capture throws in
            let service = try bed.service(port: 22)
            // Without capture it is: the address is local.
            #expect(try bed.failure(to: FaithBed.inWide) == 0)
            try capture.set(prefixes: [FaithBed.wide: 0])
            #expect(try bed.failure(to: FaithBed.inWide) == ECONNREFUSED)
            #expect(try bed.failure(to: FaithBed.own) == 0)
            #expect(try bed.failure(to: FaithBed.beside) == 0)
            #expect(try bed.refused() == ["no-relay": 1])
            withExtendedLifetime(service) {}
        }
    }

    @Test func aServiceAtTheVeryAddressIsNotReached() throws {
        try FaithBed.with { bed, capture throws in
            let service = try bed.service(FaithBed.inWide, port: 22)
            #expect(try bed.failure(to: FaithBed.inWide) == 0)
            try capture.set(prefixes: [FaithBed.wide: 0])
            #expect(try bed.failure(to: FaithBed.inWide) == ECONNREFUSED)
            withExtendedLifetime(service) {}
        }
    }

    @Test func theRelayHearsOfItAndWhoWasAsked() throws {
        try FaithBed.withRelay(ports: PortSet([22...22, 8000...8999])) { bed, capture, listener throws in
            // Of all that listen it is the one.
            let service = try bed.service(port: 22)
            for port in [22, 8000, 8999] as [UInt16] {
                let (socket, errno) = try bed.connect(to: FaithBed.inWide, port: port)
                #expect(errno == 0)
                let accepted = try #require(try bed.accept(listener))
                #expect("\(accepted.local)" == "[2001:db8:64::c000:201]:\(port)")
                #expect(accepted.peer.address == IPv6Address("2001:db8:1::9"))
                #expect(socket.isConnected)
            }
            #expect(accept(service.number, nil, nil) == -1)
            for port in [21, 23, 7999, 9000] as [UInt16] {
                #expect(try bed.failure(to: FaithBed.inWide, port: port) == ECONNREFUSED)
            }
            #expect(try bed.accept(listener) == nil)
            #expect(try bed.refused() == ["no-relay": 4])
        }
    }

    @Test func theNodeItselfIsAClient() throws {
        try FaithBed.withRelay { bed, _, listener throws in
            let service = try bed.service(port: 23)
            #expect(try bed.failure(to: FaithBed.inWide, from: bed.node) == 0)
            #expect(try bed.accept(listener)?.local.address == IPv6Address(FaithBed.inWide))
            #expect(try bed.failure(to: FaithBed.inWide, port: 23, from: bed.node) == ECONNREFUSED)
            withExtendedLifetime(service) {}
        }
    }

    @Test func theLongestPrefixWins() throws {
        try FaithBed.withRelay { bed, capture, first throws in
            let second = try bed.listener()
            try capture.set(listener: second, slot: 63)
            try capture.set(ports: PortSet([22...22]), slot: 63)
            try capture.set(prefixes: [FaithBed.wide: 0, FaithBed.narrow: 63])
            #expect(try bed.failure(to: FaithBed.inNarrow) == 0)
            #expect(try bed.accept(first) == nil)
            #expect(try bed.accept(second)?.local.address == IPv6Address(FaithBed.inNarrow))
            #expect(try bed.failure(to: FaithBed.inWide) == 0)
            #expect(try bed.accept(first)?.local.address == IPv6Address(FaithBed.inWide))
            #expect(try bed.accept(second) == nil)
            #expect(try bed.failure(to: FaithBed.inNarrow, port: 23) == ECONNREFUSED)
            #expect(try bed.refused() == [:])
            #expect(try bed.refused(slot: 63) == ["no-relay": 1])
            // Without it, the wider one has it.
            try capture.set(prefixes: [FaithBed.wide: 0])
            #expect(try bed.failure(to: FaithBed.inNarrow) == 0)
            #expect(try bed.accept(first)?.local.address == IPv6Address(FaithBed.inNarrow))
        }
    }

    @Test func thePrefixesAreReplaced() throws {
        try FaithBed.withRelay { bed, capture, listener throws in
            #expect(try bed.failure(to: FaithBed.inWide) == 0)
            try capture.set(prefixes: [FaithBed.narrow: 0])
            // Nobody listens there any more, and nobody counts.
            #expect(try bed.failure(to: FaithBed.inWide) == ECONNREFUSED)
            #expect(try bed.refused() == [:])
            #expect(try bed.failure(to: FaithBed.inNarrow) == 0)
            // The same prefix for another slot, which has no relay.
            try capture.set(prefixes: [FaithBed.narrow: 1])
            #expect(try bed.failure(to: FaithBed.inNarrow) == ECONNREFUSED)
            #expect(try bed.refused(slot: 1) == ["no-relay": 1])
            let before = try bed.traffic(slot: 1)
            try capture.set(prefixes: [:])
            #expect(try bed.failure(to: FaithBed.inNarrow) == ECONNREFUSED)
            #expect(try bed.traffic(slot: 1) == before)
        }
    }

    @Test func theNodeKeepsAnAddressInsideOfThePrefix() throws {
        try FaithBed.withRelay { bed, capture, listener throws in
            let service = try bed.service(port: 23)
            let own = try #require(IPv6Address(FaithBed.inNarrow))
            try capture.set(prefixes: [FaithBed.wide: 0], except: [own])
            #expect(try bed.failure(to: FaithBed.inNarrow, port: 23) == 0)
            #expect(try bed.client.ping(FaithBed.inNarrow, count: 1).replies == 1)
            #expect(try bed.failure(to: FaithBed.inWide, port: 23) == ECONNREFUSED)
            try capture.set(prefixes: [FaithBed.wide: 0])
            #expect(try bed.failure(to: FaithBed.inNarrow, port: 23) == ECONNREFUSED)
            withExtendedLifetime((service, listener)) {}
        }
    }

    @Test func withoutASocketAllIsRefused() throws {
        try FaithBed.with { bed, capture throws in
            var listener: TCPListener? = try bed.listener()
            if let listener { try capture.set(listener: listener, slot: 0) }
            try capture.set(ports: PortSet([22...22]), slot: 0)
            try capture.set(prefixes: [FaithBed.wide: 0])
            #expect(try bed.failure(to: FaithBed.inWide) == 0)
            listener = nil
            #expect(try bed.failure(to: FaithBed.inWide) == ECONNREFUSED)
            #expect(try bed.refused() == ["no-listener": 1])
            // What has gone by itself can be taken away, and another can come.
            try capture.clear(slot: 0)
            let next = try bed.listener()
            try capture.set(listener: next, slot: 0)
            try capture.set(ports: PortSet([22...22]), slot: 0)
            #expect(try bed.failure(to: FaithBed.inWide) == 0)
            #expect(try bed.accept(next) != nil)
        }
    }

    @Test func aSlotIsUsedAgain() throws {
        try FaithBed.withRelay { bed, capture, listener throws in
            let (socket, errno) = try bed.connect(to: FaithBed.inWide)
            #expect(errno == 0)
            var peer = IPv6Endpoint(.unspecified, port: 0)
            let accepted = try listener.accept(&peer)
            #expect(try bed.failure(to: FaithBed.inWide, port: 23) == ECONNREFUSED)
            #expect(try bed.refused() == ["no-relay": 1])
            try capture.clear(slot: 0)
            #expect(try bed.refused() == [:])
            #expect(try bed.traffic() == [0, 0])
            #expect(try bed.failure(to: FaithBed.inWide) == ECONNREFUSED)
            #expect(try bed.refused() == ["no-relay": 1])
            try capture.set(ports: PortSet([22...22]), slot: 0)
            #expect(try bed.failure(to: FaithBed.inWide) == ECONNREFUSED)
            #expect(try bed.refused() == ["no-relay": 1, "no-listener": 1])
            // What was connected is still.
            let words = Array("still here".utf8)
            let number = socket.number
            #expect(send(number, words, words.count, 0) == words.count)
            #expect(eventually { socket.isAcknowledged })
            if accepted == nil { Issue.record("nothing was accepted") }
            // Another socket instead of one that is there.
            try capture.set(listener: listener, slot: 0)
            let next = try bed.listener()
            try capture.set(listener: next, slot: 0)
            #expect(try bed.failure(to: FaithBed.inWide) == 0)
            #expect(try bed.accept(next) != nil)
            #expect(try bed.accept(listener) == nil)
        }
    }
}

extension TestSocket {
    /// Has the peer acknowledged all that was sent (tcp(7), SIOCOUTQ)?
    var isAcknowledged: Bool {
        var count: Int32 = -1
        return ioctl(number, UInt(TIOCOUTQ), &count) == 0 && count == 0
    }
}
