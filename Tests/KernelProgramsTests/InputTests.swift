// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
import NodeBed
import TestSupport
import Testing

/// source_address_validation and hdrnestlimit.
@Suite struct InputTests {
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
