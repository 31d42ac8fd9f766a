// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import KernelPrograms
import NodeBed
import TestSupport
import Testing

/// maxfrags, maxfragpackets, maxfragbucketsize and maxfragsperpacket.
@Suite struct FragmentTests {
    @Test func whatWaitsIsCounted() throws {
        try NodeBed.with { bed throws in
            let datagram = bed.datagram(size: 88)
            let fragments = datagram.fragments(of: 32, id: 1)
            try bed.send(fragments[2])
            #expect(try bed.waiting() == [1, 1])
            try bed.send(fragments[0])
            #expect(try bed.waiting() == [2, 1])
            // The same again changes nothing.
            try bed.send(fragments[0])
            #expect(try bed.waiting() == [2, 1])
            let other = bed.datagram(size: 88).fragments(of: 32, id: 2)
            try bed.send(other[0])
            #expect(try bed.waiting() == [3, 2])
            #expect(try bed.isDelivered(datagram, as: [fragments[1]]))
            #expect(try bed.waiting() == [1, 1])
            #expect(try bed.counts() == [:])
        }
    }

    @Test(arguments: [
        [0, 1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1, 0], [0, 2, 4, 6, 1, 3, 5, 7], [3, 7, 1, 0, 6, 4, 2, 5],
    ])
    func theOrderDoesNotMatter(_ order: [Int]) throws {
        try NodeBed.with { bed throws in
            let datagram = bed.datagram(size: 180)
            let fragments = datagram.fragments(of: 24, id: 1)
            #expect(try bed.isDelivered(datagram, as: order.map { fragments[$0] }))
            #expect(try bed.waiting() == [0, 0])
        }
    }

    @Test func zeroFragmentsAreNone() throws {
        try NodeBed.with({ $0.maxfrags = 0 }) { bed throws in
            let datagram = bed.datagram(size: 64), atomic = bed.datagram()
            #expect(try !bed.isDelivered(datagram, as: datagram.fragments(of: 32, id: 1)))
            #expect(try bed.counts() == ["maxfrags": 3])
            // A fragment that is the whole packet is no fragment.
            #expect(try bed.isDelivered(atomic, as: atomic.fragments(of: 64, id: 2)))
            #expect(try bed.waiting() == [0, 0])
        }
    }

    @Test func asManyPacketsWaitAsMay() throws {
        try NodeBed.with({ $0.maxfragpackets = 1 }) { bed throws in
            let datagram = bed.datagram(size: 88)
            let fragments = datagram.fragments(of: 32, id: 1)
            try bed.send(fragments[0])
            try bed.send(bed.datagram(size: 88).fragments(of: 32, id: 2)[0])
            #expect(try bed.waiting() == [1, 1])
            #expect(try bed.counts() == ["maxfragpackets": 1])
            // The packet that waits already goes on.
            #expect(try bed.isDelivered(datagram, as: [fragments[1], fragments[2]]))
            try bed.send(bed.datagram(size: 88).fragments(of: 32, id: 3)[0])
            #expect(try bed.waiting() == [1, 1])
        }
    }

    @Test func bucketsOfNoneAcceptNone() throws {
        try NodeBed.with({ $0.maxfragbucketsize = 0 }) { bed throws in
            let datagram = bed.datagram(size: 64)
            #expect(try !bed.isDelivered(datagram, as: datagram.fragments(of: 32, id: 1)))
            #expect(try bed.counts() == ["maxfragbucketsize": 3])
            // As in BSD, it is of no meaning without a limit of packets.
            try bed.configure {
                $0.maxfragbucketsize = 0
                $0.maxfragpackets = -1
            }
            #expect(try bed.isDelivered(datagram, as: datagram.fragments(of: 32, id: 2)))
        }
    }

    /// 3000 packets into 1024 buckets for one each: by chance some are empty, but nearly none.
    @Test func aBucketTakesAsManyAsItMay() throws {
        try NodeBed.with({ $0.maxfragbucketsize = 1 }) { bed throws in
            for id in 0..<3000 { try bed.send(bed.datagram(size: 88).fragments(of: 32, id: UInt32(id))[0]) }
            let dropped = try bed.count("maxfragbucketsize")
            #expect(try bed.waiting() == [3000 - dropped, 3000 - dropped])
            let taken = 3000 - dropped
            #expect((900...1024).contains(taken), "\(taken)")
            #expect(try bed.counts() == ["maxfragbucketsize": dropped])
        }
    }

    @Test func aPacketInTooManyFragmentsNeverCompletes() throws {
        try NodeBed.with({ $0.maxfragsperpacket = 2 }) { bed throws in
            let good = bed.datagram(size: 88), bad = bed.datagram(size: 120)
            // The third completes it, and so does not wait.
            #expect(try bed.isDelivered(good, as: good.fragments(of: 32, id: 1)))
            let fragments = bad.fragments(of: 32, id: 2)
            #expect(fragments.count == 4)
            #expect(try !bed.isDelivered(bad, as: fragments))
            #expect(try bed.counts() == ["maxfragsperpacket": 2])
            // Nor with the same once more.
            #expect(try !bed.isDelivered(bad, as: fragments))
            #expect(try bed.counts() == ["maxfragsperpacket": 6])
            #expect(try bed.waiting() == [2, 1])
        }
    }

    @Test(arguments: [0, -1] as [Int32])
    func packetsInNoFragmentsAreNone(_ limit: Int32) throws {
        try NodeBed.with({ $0.maxfragsperpacket = limit }) { bed throws in
            let datagram = bed.datagram(size: 64)
            #expect(try !bed.isDelivered(datagram, as: datagram.fragments(of: 32, id: 1)))
            #expect(try bed.counts() == ["maxfragsperpacket": 3])
            #expect(try bed.waiting() == [0, 0])
        }
    }

    @Test func sixtyFourFragmentsAreTaken() throws {
        try NodeBed.with { bed throws in
            let datagram = bed.datagram(size: 8 * 64 - 8)
            let fragments = datagram.fragments(of: 8, id: 1)
            #expect(fragments.count == 64)
            // Every other one first: no order leaves more ranges.
            let order = Array(stride(from: 0, to: 64, by: 2)) + Array(stride(from: 1, to: 64, by: 2))
            #expect(try bed.isDelivered(datagram, as: order.map { fragments[$0] }))
            #expect(try bed.waiting() == [0, 0])
            #expect(try bed.counts() == [:])
        }
    }

    /// RFC 5722: the packet goes, here and in the kernel.
    @Test func anOverlapEndsThePacket() throws {
        try NodeBed.with { bed throws in
            let datagram = bed.datagram(size: 88)
            let fragments = datagram.fragments(of: 32, id: 1)
            try bed.send(fragments[0])
            try bed.send(datagram.fragment([UInt8](repeating: 0, count: 32), at: 24, more: true, id: 1))
            #expect(try bed.waiting() == [0, 0])
            #expect(try !bed.isDelivered(datagram, as: [fragments[1], fragments[2]]))
            #expect(try bed.waiting() == [2, 1])
            #expect(try bed.isDelivered(datagram, as: [fragments[0]]))
            #expect(try bed.waiting() == [0, 0])
        }
    }

    @Test func whatWaitsTooLongGoes() throws {
        try NodeBed.with({ $0.fragmentLifetime = .milliseconds(300) }) { bed throws in
            let start = ContinuousClock.now
            for id in 1...5 { try bed.send(bed.datagram(size: 88).fragments(of: 32, id: UInt32(id))[0]) }
            #expect(try bed.waiting() == [5, 5])
            #expect(try eventually { try bed.waiting() == [0, 0] })
            let duration = ContinuousClock.now - start
            #expect(duration > .milliseconds(300) && duration < .seconds(2), "\(duration)")
            // The timer that swept has stopped, and starts again.
            try bed.send(bed.datagram(size: 88).fragments(of: 32, id: 6)[0])
            #expect(try bed.waiting() == [1, 1])
            #expect(try eventually { try bed.waiting() == [0, 0] })
        }
    }

    /// Whatever is permitted, the table is as large as it is.
    @Test func aFloodFillsTheTableAndNoMore() throws {
        try NodeBed.with({
            $0.maxfrags = -1
            $0.maxfragpackets = -1
        }) { bed throws in
            let datagram = bed.datagram(size: 88), count: UInt64 = 60_000
            for id in 0..<UInt32(count) {
                try bed.send(datagram.fragment([1, 2, 3, 4, 5, 6, 7, 8], at: 0, more: true, id: id))
            }
            let dropped = try bed.count("fragment-table-full")
            #expect(try bed.waiting() == [count - dropped, count - dropped])
            let taken = count - dropped
            #expect((32000...32768).contains(taken), "\(taken)")
            #expect(try bed.counts() == ["fragment-table-full": dropped])
        }
    }

    /// Two CPUs at once, with fragments of the same packets in any order: whatever they do, nothing is counted twice or
    /// forgotten, so that in the end there is nothing.
    @Test func countsAreExactOnManyProcessors() throws {
        try NodeBed.with({ $0.fragmentLifetime = .milliseconds(400) }) { bed throws in
            let sockets = try (0..<4).map { _ in try bed.connectedSender() }
            let numbers = sockets.map(\.number)
            let datagram = bed.datagram(size: 88)
            let packets: [[UInt8]] = (0..<40).flatMap { id in
                datagram.fragments(of: 24, id: id) + [
                    datagram.fragment([0, 0, 0, 0, 0, 0, 0, 0], at: 16, more: true, id: id)
                ]
            }
            DispatchQueue.concurrentPerform(iterations: 4) { at in
                var generator = SeededGenerator(seed: UInt64(at))
                for _ in 0..<20_000 {
                    let packet = generator.pick(packets)
                    _ = send(numbers[at], packet, packet.count, 0)
                }
            }
            withExtendedLifetime(sockets) {}
            #expect(try bed.waiting()[0] <= 40 * 5)
            #expect(try eventually { try bed.waiting() == [0, 0] })
            #expect(try bed.counts() == [:])
        }
    }

    /// Connection tracking has the kernel reassemble before it routes.
    @Test func limitsHoldWithConnectionTracking() throws {
        try NodeBed.with({ $0.maxfragsperpacket = 2 }) { bed throws in
            let table = "table ip6 t { chain c { type filter hook input priority 0; ct state invalid counter; }; }"
            let nft = try bed.node.run(["nft", "-f", "-"], input: table)
            try #require(nft.status == 0, "\(nft)")
            let good = bed.datagram(size: 88), bad = bed.datagram(size: 120)
            #expect(try bed.isDelivered(good, as: good.fragments(of: 32, id: 1)))
            #expect(try !bed.isDelivered(bad, as: bad.fragments(of: 32, id: 2)))
            #expect(try bed.counts() == ["maxfragsperpacket": 2])
            #expect(try bed.waiting() == [2, 1])
            // One that hides behind more headers than are walked is not let through to reassembly.
            try bed.send(bad.fragments(of: 32, id: 3, options: 128)[0])
            #expect(try bed.counts() == ["maxfragsperpacket": 2, "endless-headers": 1])
        }
    }

    /// Only what this node reassembles counts.
    @Test func whatIsForwardedIsLeftAlone() throws {
        try NodeBed.with({ $0.maxfrags = 0 }) { bed throws in
            try bed.node.set("net/ipv6/conf/all/forwarding", "1")
            let receiver = try TestSocket(in: bed.host, type: SOCK_DGRAM)
            try receiver.bind("::", port: NodeBed.port)
            let datagram = bed.datagram(to: "2001:db8:2::9", size: 64)
            for fragment in datagram.fragments(of: 32, id: 1) { try bed.send(fragment) }
            #expect(eventually { receiver.receive() == datagram.data })
            #expect(try bed.counts() == [:])
        }
    }
}
