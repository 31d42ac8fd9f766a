// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
import NodeBed
import TestSupport
import Testing

/// source_address_validation and hdrnestlimit.
@Suite struct InputTests {
    @Test func whatComesFromOurOwnAddressIsDropped() throws {
        try NodeBed.with { bed throws in
            #expect(try !bed.isDelivered(bed.datagram(from: NodeBed.own)))
            #expect(try !bed.isDelivered(bed.datagram(from: "2001:db8:2::1")))
            #expect(try !bed.isDelivered(bed.datagram(from: NodeBed.deprecated)))
            #expect(try bed.isDelivered(bed.datagram(from: "2001:db8:1::8")))
            #expect(try bed.counts() == ["source-is-own": 3])
        }
    }

    @Test func withoutValidationItIsDelivered() throws {
        try NodeBed.with({ $0.sourceAddressValidation = false }) { bed throws in
            #expect(try bed.isDelivered(bed.datagram(from: NodeBed.own)))
            #expect(try bed.counts() == [:])
        }
    }

    /// A link-local address is ours on one link only.
    @Test func aLinkLocalAddressIsOursOnItsLink() throws {
        try NodeBed.with { bed throws in
            #expect(try !bed.isDelivered(bed.datagram(from: "fe80::1")))
            try bed.filter?.set(addresses: [
                NodeAddress(try address("fe80::1"), interface: try bed.index("ne1"))
            ])
            #expect(try bed.isDelivered(bed.datagram(from: "fe80::1")))
            #expect(try bed.counts() == ["source-is-own": 1])
        }
    }

    @Test func anAddressThatWentIsNotOurs() throws {
        try NodeBed.with { bed throws in
            try bed.filter?.set(addresses: [])
            #expect(try bed.isDelivered(bed.datagram(from: NodeBed.own)))
        }
    }

    @Test func whatTheNodeSendsToItselfIsItsOwn() throws {
        try NodeBed.with { bed throws in
            #expect(try bed.node.ping(NodeBed.own).replies == 3)
            #expect(try bed.counts() == [:])
        }
    }

    /// Fifteen headers, the last of which is UDP; options for every hop are none of them.
    @Test func fifteenHeadersAreDelivered() throws {
        try NodeBed.with { bed throws in
            let datagram = bed.datagram()
            #expect(try bed.isDelivered(datagram, as: [datagram.packet(options: 14)]))
            let withHops = bed.datagram()
            #expect(try bed.isDelivered(withHops, as: [withHops.packet(options: 14, hopByHop: true)]))
            #expect(try bed.counts() == [:])
        }
    }

    @Test func sixteenHeadersAreDropped() throws {
        try NodeBed.with { bed throws in
            let datagram = bed.datagram()
            #expect(try !bed.isDelivered(datagram, as: [datagram.packet(options: 15)]))
            #expect(try bed.counts() == ["too-many-headers": 1])
        }
    }

    /// (limit, headers of options before the UDP header, is it delivered)
    @Test(arguments: [(1, 0, true), (1, 1, false), (3, 2, true), (3, 3, false), (128, 127, true), (0, 127, true)])
    func theLimitIsAsSet(_ limit: Int32, _ options: Int, _ isDelivered: Bool) throws {
        try NodeBed.with({ $0.hdrnestlimit = limit }) { bed throws in
            let datagram = bed.datagram()
            #expect(try bed.isDelivered(datagram, as: [datagram.packet(options: options)]) == isDelivered)
            #expect(try bed.counts() == (isDelivered ? [:] : ["too-many-headers": 1]))
        }
    }

    /// Without a limit there is still one to what can be walked.
    @Test(arguments: [0, 1000] as [Int32])
    func whatCannotBeWalkedIsDropped(_ limit: Int32) throws {
        try NodeBed.with({ $0.hdrnestlimit = limit }) { bed throws in
            let datagram = bed.datagram()
            #expect(try !bed.isDelivered(datagram, as: [datagram.packet(options: 128)]))
            #expect(try bed.counts() == ["endless-headers": 1])
        }
    }

    /// The fragment header is one, and those behind it in the first fragment count on.
    @Test func headersCountThroughAFragment() throws {
        try NodeBed.with({ $0.hdrnestlimit = 3 }) { bed throws in
            let good = bed.datagram(size: 64), bad = bed.datagram(size: 64)
            #expect(try bed.isDelivered(good, as: good.fragments(of: 32, id: 1, options: 1)))
            #expect(try !bed.isDelivered(bad, as: bad.fragments(of: 32, id: 2, options: 2)))
            // The first has UDP as its fourth; the others end with the fragment header, their third.
            #expect(try bed.counts() == ["too-many-headers": 1])
        }
    }
}
