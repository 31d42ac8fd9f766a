// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms
import NodeBed
import TestSupport

/// Rows for maxfrags, maxfragpackets, maxfragbucketsize and maxfragsperpacket: fragments that arrive one after the other.
extension NodePacket {
    static let fragmentRows = countedRows + limitRows + floodRows + discardedRows + hiddenRows

    private static func arrive(_ packets: [[UInt8]], _ outcomes: [Outcome] = []) -> [Step] {
        packets.enumerated().map { .input($1, $0 < outcomes.count ? outcomes[$0] : .passes) }
    }

    /// A packet in so many fragments of 8 bytes.
    private static func whole(_ count: Int, _ identification: UInt32 = 1) -> [[UInt8]] {
        (0..<count).map { fragment(identification, at: 8 * $0, more: $0 < count - 1) }
    }

    // MARK: what waits

    private static let countedRows: [NodePacket] =
        [
            NodePacket("a first fragment waits", arrive([fragment(at: 0, more: true)])) { $0.waiting = [1, 1] },
            NodePacket("a last fragment waits", arrive([fragment(at: 8, more: false)])) { $0.waiting = [1, 1] },
            NodePacket("the same fragment again", arrive([whole(3)[1], whole(3)[1]])) { $0.waiting = [1, 1] },
            NodePacket("part of what has come", arrive([fragment(at: 8, of: 16, more: true), whole(4)[2]])) {
                $0.waiting = [1, 1]
            },
            NodePacket("two packets", arrive([whole(3)[0], whole(3, 2)[0], whole(3)[1]])) { $0.waiting = [3, 2] },
            NodePacket("a fragment that is a whole packet", arrive([fragment(at: 0, more: false)])) {
                $0.limits.maxfrags = 0
            },
            // To a group they wait by the link that they came by.
            NodePacket("a fragment to a group", arrive([fragment(at: 0, more: true, to: group)])) {
                $0.waiting = [1, 1]
            },
            NodePacket("fragments that are forwarded", arrive([fragment(at: 0, more: true, to: host)])) {
                $0.limits.maxfrags = 0
                $0.forwards = true
            },
            NodePacket("a lifetime ends", arrive([whole(3)[0], whole(3, 2)[0]]) + [.lifetime] + arrive([whole(3)[1]])) {
                $0.limits.fragmentLifetime = .milliseconds(300)
                $0.limits.maxfrags = 2
                $0.waiting = [1, 1]
            },
        ]
        + ([[0, 1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1, 0], [0, 2, 4, 6, 1, 3, 5, 7], [3, 7, 1, 0, 6, 4, 2, 5]]
        as [[Int]]).map { order in NodePacket("in the order \(order)", arrive(order.map { whole(8)[$0] })) }

    // MARK: limits

    private static let limitRows: [NodePacket] = [
        NodePacket("maxfrags 0", arrive(whole(3), [.dies(.maxfrags), .dies(.maxfrags), .dies(.maxfrags)])) {
            $0.limits.maxfrags = 0
        },
        NodePacket("maxfrags -1", arrive(whole(3))) { $0.limits.maxfrags = -1 },
        NodePacket(
            "maxfrags 2",
            arrive([whole(3)[0], whole(3, 2)[0], whole(3, 3)[0], whole(3)[1]], [.passes, .passes] + twice(.maxfrags))
        ) {
            $0.limits.maxfrags = 2
            $0.waiting = [2, 2]
        },
        NodePacket("maxfragpackets 0", arrive(whole(2), twice(.maxfragpackets))) { $0.limits.maxfragpackets = 0 },
        NodePacket("maxfragpackets -1", arrive(whole(2))) { $0.limits.maxfragpackets = -1 },
        NodePacket(
            "maxfragpackets 1",
            arrive(
                [whole(3)[0], whole(2, 2)[0], whole(3)[1], whole(3)[2], whole(2, 2)[0]],
                [.passes, .dies(.maxfragpackets)])
        ) {
            $0.limits.maxfragpackets = 1
            $0.waiting = [1, 1]
        },
        NodePacket("maxfragbucketsize 0", arrive(whole(2), twice(.maxfragbucketsize))) {
            $0.limits.maxfragbucketsize = 0
        },
        NodePacket("maxfragbucketsize -1", arrive(whole(2), twice(.maxfragbucketsize))) {
            $0.limits.maxfragbucketsize = -1
        },
        // As in BSD, a bucket is of no meaning without a limit of packets.
        NodePacket("maxfragbucketsize 0, maxfragpackets -1", arrive(whole(2))) {
            $0.limits.maxfragbucketsize = 0
            $0.limits.maxfragpackets = -1
        },
        // The third completes it, and so does not wait.
        NodePacket("maxfragsperpacket 2, in three", arrive(whole(3))) { $0.limits.maxfragsperpacket = 2 },
        NodePacket(
            "maxfragsperpacket 2, in four",
            arrive(whole(4) + whole(4), [.passes, .passes] + [Outcome](repeating: .dies(.maxfragsperpacket), count: 6))
        ) {
            $0.limits.maxfragsperpacket = 2
            $0.waiting = [2, 1]
        },
        NodePacket("maxfragsperpacket 0", arrive(whole(2), twice(.maxfragsperpacket))) {
            $0.limits.maxfragsperpacket = 0
        },
        NodePacket("maxfragsperpacket -1", arrive(whole(2), twice(.maxfragsperpacket))) {
            $0.limits.maxfragsperpacket = -1
        },
    ]

    /// Which of 1024 buckets a packet falls in, nobody outside can know; but 100,000 packets fall in all of them.
    private static let floodRows: [NodePacket] = [
        NodePacket("a flood, maxfragbucketsize 1", [.flood(.dies(.maxfragbucketsize))]) {
            $0.limits.maxfragbucketsize = 1
            $0.waiting = nil
        },
        NodePacket("a flood without limits", [.flood(.dies(.fragmentTableFull))]) {
            $0.limits.maxfrags = -1
            $0.limits.maxfragpackets = -1
            $0.waiting = nil
        },
    ]

    private static func twice(_ reason: NodeReason) -> [Outcome] {
        [.dies(reason), .dies(reason)]
    }

    // MARK: what ends a packet

    private static let discardedRows: [NodePacket] = [
        NodePacket("an overlap", arrive([fragment(at: 0, of: 16, more: true), fragment(at: 8, of: 16, more: true)])),
        NodePacket("the end moves back", arrive([whole(3)[2], whole(2)[1]])),
        NodePacket("the end moves on", arrive([whole(2)[1], whole(3)[2]])),
        NodePacket("data beyond the end", arrive([whole(2)[1], whole(4)[2]])),
        NodePacket("an end before data", arrive([whole(4)[2], whole(2)[1]])),
        NodePacket("an end without data", arrive([whole(2)[0], fragment(at: 8, of: 0, more: false)])),
        // What the kernel answers it does not queue.
        NodePacket("nine bytes, and more to come", arrive([fragment(at: 0, of: 9, more: true)])),
        NodePacket("beyond 65535 bytes", arrive([fragment(at: 65528, of: 8, more: false)])),
        NodePacket(
            "33 ranges",
            arrive(
                (0..<33).map { fragment(at: 16 * $0, more: true) },
                [Outcome](repeating: .passes, count: 32) + [
                    .dies(.fragmentScattered)
                ])
        ) {
            $0.limits.maxfragsperpacket = 1000
            $0.waiting = [32, 1]
        },
        // A range that closes a hole makes room for another.
        NodePacket(
            "32 ranges, and one between",
            arrive(((0..<32).map { 16 * $0 } + [8, 512]).map { fragment(at: $0, more: true) })
        ) {
            $0.limits.maxfragsperpacket = 1000
            $0.waiting = [34, 1]
        },
    ]

    // MARK: what hides

    private static let hiddenRows: [NodePacket] = [
        input("a fragment of a fragment", inFragment(at: 0), .dies(.nestedFragment)),
        NodePacket("a fragment header in what is no header", [.input(inFragment(at: 8), .passes)]) {
            $0.waiting = [1, 1]
        },
        input("a fragment behind 128 headers", fragment(at: 0, more: true, options: 128), .dies(.endlessHeaders)) {
            $0.limits.hdrnestlimit = 0
        },
        NodePacket(
            "headers count through a fragment",
            [
                .input(fragment(at: 0, more: true, options: 2), .dies(.tooManyHeaders)),
                .input(fragment(at: 8, more: false, options: 2), .passes),
            ]
        ) {
            $0.limits.hdrnestlimit = 3
            $0.waiting = [1, 1]
        },
    ]

    /// A fragment whose data begins as a fragment header does.
    private static func inFragment(at offset: Int) -> [UInt8] {
        let inner = Array(fragment(2, at: 0, more: true).dropFirst(40))
        return Datagram(source: peer, destination: own, data: [])
            .fragment(inner, at: offset, more: true, id: 1, nextHeader: 44)
    }
}
