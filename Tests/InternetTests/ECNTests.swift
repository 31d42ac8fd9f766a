// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Testing

/// Congestion that a tunnel met reaches the receiver, or the packet does not (RFC 3168 §9.1.1, RFC 6040 §4.2).
@Suite struct ECNTests {
    /// Figure 4 of RFC 6040: a row for each inner field, a column for each outer one.
    static let decapsulated: [(ECN, [ECN?])] = [
        (.notCapable, [.notCapable, .notCapable, .notCapable, nil]),
        (.capable0, [.capable0, .capable0, .capable1, .congested]),
        (.capable1, [.capable1, .capable1, .capable1, .congested]),
        (.congested, [.congested, .congested, .congested, .congested]),
    ]

    @Test(arguments: decapsulated)
    func `what comes out is what figure 4 says`(inner: ECN, row: [ECN?]) {
        let columns: [ECN] = [.notCapable, .capable0, .capable1, .congested]
        #expect(columns.map { ECN.decapsulated(inner: inner, outer: $0) } == row)
    }

    @Test(
        arguments: [
            (.notCapable, .notCapable), (.capable0, .capable0), (.capable1, .capable1), (.congested, .capable0),
        ] as [(ECN, ECN)])
    func `congestion before the tunnel stays inside`(inner: ECN, outer: ECN) {
        #expect(inner.outer == outer)
        #expect(ECN.decapsulated(inner: inner, outer: outer) == inner)
    }

    @Test func `only the low two bits of a traffic class are meant`() {
        for trafficClass in UInt8.min ... .max {
            #expect(ECN(trafficClass: trafficClass).rawValue == trafficClass & 3)
            for ecn in ECN.allCases {
                #expect(ecn.replacing(in: trafficClass) == trafficClass & 0xFC | ecn.rawValue)
            }
        }
    }
}
