// SPDX-License-Identifier: BSD-2-Clause
import CBPF
import CKernelPrograms
import Foundation
import Internet
import NodeBed
import Synchronization
import SystemIO
import TestSupport
import Testing

@testable import KernelPrograms

/// One takes the place of another, and no packet meets neither.
@Suite struct HandoverTests {
    /// A capture of one address of the bed's hop, for port 22, and what else listens there at every address: for TCP, for
    /// UDP, and for a protocol that nobody has.
    private final class Site {
        var capture: FaithCapture?
        let listener: TCPListener
        private let bed: FaithBed
        private let others: [TestSocket]

        static let local = "2001:db8:1::1"
        static let other: UInt8 = 253

        init(_ bed: FaithBed) throws {
            self.bed = bed
            let services = try [(SOCK_STREAM, 22 as UInt16), (SOCK_DGRAM, 9)].map { type, port throws in
                let socket = try TestSocket(in: bed.hop, type: type)
                try socket.bind("::", port: port)
                if type == SOCK_STREAM { try socket.listen() }
                return socket
            }
            others = services + [try TestSocket(in: bed.hop, type: SOCK_RAW, proto: Int32(Site.other))]
            (listener, capture) = try bed.hop.inside {
                (try TCPListener(IPv6Endpoint(.loopback, port: 0)), try FaithCapture())
            }
            try capture?.set(listener: listener, slot: 3)
            try capture?.set(ports: PortSet([22...22]), slot: 3)
            try capture?.set(prefixes: [try Site.prefix(): 3])
        }

        static func prefix() throws -> IPv6Prefix { IPv6Prefix(try address(local), length: 128) }

        /// The capture that there is leaves, and another is made of that; then the first one goes.
        func handOver(estate: Estate = Estate()) throws {
            try capture?.leave(to: estate, as: "faith")
            let successor = try bed.hop.inside { try FaithCapture(from: estate, as: "faith") }
            #expect(estate.unclaimed == [])
            #expect(successor.begunAnew == [])
            capture = successor
        }

        /// What others than the relay heard.
        var overheard: Int {
            others[1...].reduce(0) { count, socket in
                var count = count
                while socket.receive() != nil { count += 1 }
                return count
            }
        }

        /// Connections that came to the relay since the last time.
        func accepted() throws -> Int {
            var count = 0
            var peer = IPv6Endpoint(.unspecified, port: 0)
            while try listener.accept(&peer) != nil { count += 1 }
            return count
        }
    }

    /// Connections are accepted all the time, and floods of what is not relayed never get through.
    @Test func `a capture goes on without a gap`() throws {
        try FaithBed.with { bed, _ throws in
            let site = try Site(bed)
            #expect(site.capture?.silence == nil)
            let isOver = Atomic(false)
            let tried = Atomic(0)
            let refused = Atomic(0)
            let group = DispatchGroup()
            let network = bed.client.network
            group.enter()
            Thread.detachNewThread {
                while !isOver.load(ordering: .relaxed) {
                    let socket = try? TestSocket(in: network, type: SOCK_STREAM)
                    if socket?.failure(to: Site.local, port: 22) != 0 { refused.add(1, ordering: .relaxed) }
                    tried.add(1, ordering: .relaxed)
                }
                group.leave()
            }
            let floods = [
                (try TestSocket(in: bed.client, type: SOCK_DGRAM), 9 as UInt16),
                (try TestSocket(in: bed.client, type: SOCK_RAW, proto: Int32(Site.other)), 0),
            ]
            for (socket, port) in floods {
                group.enter()
                Thread.detachNewThread {
                    while !isOver.load(ordering: .relaxed) {
                        _ = socket.send([1, 2, 3, 4], to: Site.local, port: port)
                    }
                    group.leave()
                }
            }
            defer {
                isOver.store(true, ordering: .relaxed)
                group.wait()
            }
            var accepted = 0
            var goal = 20
            for _ in 0..<6 {
                #expect(
                    try eventually {
                        accepted += try site.accepted()
                        return tried.load(ordering: .relaxed) > goal
                    })
                try site.handOver()
                goal = tried.load(ordering: .relaxed) + 20
            }
            isOver.store(true, ordering: .relaxed)
            group.wait()
            accepted += try site.accepted()
            #expect(refused.load(ordering: .relaxed) == 0)
            #expect(accepted == tried.load(ordering: .relaxed))
            #expect(site.overheard == 0)
            let counters = try #require(try site.capture?.counters(slot: 3))
            #expect(try counters.refused[#require(FaithReason("udp"))] > 0)
            #expect(try counters.refused[#require(FaithReason("not-tcp"))] > 0)
        }
    }

    @Test func `the successor knows what is captured`() throws {
        try FaithBed.with { bed, _ throws in
            let site = try Site(bed)
            let own = try address("2001:db8:2::9")
            let around = IPv6Prefix(own, length: 96)
            try site.capture?.set(prefixes: [try Site.prefix(): 3, around: 4], except: [own])
            #expect(try bed.failure(to: Site.local, port: 23) == ECONNREFUSED)
            let before = try #require(try site.capture?.counters(slot: 3))
            #expect(FaithReason.all.map { before.refused[$0] }.reduce(0, +) == 1)
            try site.handOver()
            let capture = try #require(site.capture)
            #expect(capture.captured == [try Site.prefix(): 3, around: 4])
            #expect(try capture.ports(slot: 3).description == "22")
            #expect(try capture.ports(slot: 4).isEmpty)
            #expect(try capture.counters(slot: 3) == before)
            // What it does not name is released, though another captured it.
            try capture.set(prefixes: [:])
            #expect(capture.captured == [:])
            #expect(try bed.client.ping(Site.local, count: 1).replies == 1)
            #expect(try bed.client.ping("2001:db8:2::9", count: 1).replies == 1)
        }
    }

    @Test func `pinholes stay open, and are the successor's`() throws {
        try FaithBed.with { bed, _ throws in
            let site = try Site(bed)
            let name = IPv6Endpoint(try address(Site.local), port: 2121)
            let waiting = try bed.hop.inside { try TCPListener(awaiting: name) }
            try site.capture?.pinholes.open(name)
            try site.handOver()
            #expect(try bed.failure(to: Site.local, port: 2121) == 0)
            try site.capture?.pinholes.close(name)
            #expect(try bed.failure(to: Site.local, port: 2121) == ECONNREFUSED)
            withExtendedLifetime(waiting) {}
        }
    }

    @Test func `senders are told by the successor`() throws {
        try FaithBed.with { bed, _ throws in
            let site = try Site(bed)
            try site.handOver()
            let sender = try TestSocket(in: bed.client, type: SOCK_RAW, proto: Int32(Site.other))
            #expect(sender.send([1, 2, 3, 4], to: Site.local) == 0)
            let untold = try #require(site.capture?.untold)
            var packets: [UntoldPacket] = []
            let isTold = try eventually {
                packets += try untold.take()
                return !packets.isEmpty
            }
            #expect(isTold)
            #expect(packets.first?.slot == 3)
        }
    }

    /// It still ends with the last object.
    @Test func `what was handed over ends`() throws {
        try FaithBed.with { bed, _ throws in
            let site = try Site(bed)
            try site.handOver()
            try site.handOver()
            #expect(try bed.client.run("ping -n -c 1 -W 1 \(Site.local)").status == 1)
            site.capture = nil
            #expect(try bed.client.ping(Site.local, count: 1).replies == 1)
            #expect(throws: Never.self) { try bed.hop.inside { try FaithCapture() } }
        }
    }

    /// Who left, and was not followed, takes up what he left.
    @Test func `without a successor all stays as it was`() throws {
        try FaithBed.with { bed, _ throws in
            let site = try Site(bed)
            let estate = Estate()
            try site.capture?.leave(to: estate, as: "faith")
            #expect(!estate.unclaimed.isEmpty)
            #expect(!estate.closeUnclaimed().isEmpty)
            #expect(try bed.failure(to: Site.local) == 0)
            #expect(try site.accepted() == 1)
            #expect(site.overheard == 0)
        }
    }

    /// Descriptors of something else, and a map of another version: what can be used is, and the rest begins anew.
    @Test func `what does not fit begins anew`() throws {
        try FaithBed.with { bed, _ throws in
            let site = try Site(bed)
            let estate = Estate()
            try site.capture?.leave(to: estate, as: "faith")
            for name in ["faith.faith_prefixes", "faith.faith_ports", "faith.faith_lookup", "faith.faith_local_in"] {
                _ = estate.take(name)
            }
            let size = UInt32(MemoryLayout<faith_prefix>.size)
            var options = bpf_map_create_opts()
            options.sz = MemoryLayout<bpf_map_create_opts>.size
            options.map_flags = 1
            let other = bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, "other", size, 4, 7, &options)
            #expect(other >= 0)
            try estate.leave(Descriptor(owning: other), as: "faith.faith_prefixes")
            for name in ["faith_ports", "faith_lookup", "faith_local_in"] {
                let file = open("/dev/null", O_RDWR | O_CLOEXEC)
                try estate.leave(Descriptor(owning: file), as: "faith.\(name)")
            }
            // Otherwise it has its place still, and no stranger can take it.
            site.capture = nil
            let capture = try bed.hop.inside { try FaithCapture(from: estate, as: "faith") }
            #expect(capture.silence == nil)
            #expect(capture.begunAnew == ["faith_ports", "faith_prefixes"])
            #expect(capture.captured == [:])
            try capture.set(ports: PortSet([22...22]), slot: 3)
            try capture.set(prefixes: [try Site.prefix(): 3])
            #expect(try bed.failure(to: Site.local) == 0)
            // The listener was not among what is lost.
            #expect(try site.accepted() == 1)
        }
    }

    // MARK: the node variables

    /// With a fragment that waits, of a packet whose rest comes after.
    @Test func `a filter goes on without a gap`() throws {
        try NodeBed.with { bed throws in
            let waiting = bed.datagram(size: 64)
            let fragments = waiting.fragments(of: 32, id: 77)
            try bed.send(fragments[0])
            #expect(try bed.waiting() == [1, 1])
            let isOver = Atomic(false)
            let flood = try bed.connectedSender()
            let flooding = bed.datagram(from: NodeBed.own)
            let packet = flooding.packet()
            let group = DispatchGroup()
            group.enter()
            Thread.detachNewThread {
                while !isOver.load(ordering: .relaxed) { _ = flood.send(packet, to: NodeBed.own) }
                group.leave()
            }
            defer {
                isOver.store(true, ordering: .relaxed)
                group.wait()
            }
            for _ in 0..<3 {
                let before = try bed.count("source-is-own")
                #expect(try eventually { try bed.count("source-is-own") > before })
                try bed.handOver()
                #expect(try bed.count("source-is-own") > before)
            }
            isOver.store(true, ordering: .relaxed)
            group.wait()
            // What the flood is made of came not once.
            #expect(try !bed.isDelivered(flooding, as: []))
            #expect(try bed.isDelivered(waiting, as: Array(fragments[1...])))
            #expect(try bed.waiting() == [0, 0])
        }
    }

    @Test func `a filter knows the addresses of its predecessor`() throws {
        try NodeBed.with { bed throws in
            try bed.handOver()
            #expect(try !bed.isDelivered(bed.datagram(from: NodeBed.own)))
            try bed.filter?.set(addresses: [])
            #expect(try bed.isDelivered(bed.datagram(from: NodeBed.own)))
        }
    }
}
