// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Nothing forbidden gets through stf, over real wires: each packet of `AttackPacket.all` dies, and is counted under
    /// its own reason and no other. Packets that are as they should be pass in between. The hosts are those of
    /// `AttackedSite`.
    @Suite struct AttackerTests {
        @Test func forbiddenPacketsDieOfTheirReasons() throws {
            try AttackedSite.with { site in
                var attacks = AttackSequence(try site.counters())
                for attack in AttackPacket.all { try attacks.expectFate(of: attack, at: site) }
                try attacks.expectCounters(after: "the last", at: site)
            }
        }

        /// Without the pairing check, too, nobody is reached by the detour of this site.
        @Test func nothingComesBackUnpaired() throws {
            try AttackedSite.with { site in
                try site.daemon.set("net.link.stf.pairing", 0)
                for (outer, source, destination) in [
                    (AttackPacket.peer, AttackPacket.theirs, "2002:c000:202::1"),
                    (AttackPacket.relay, AttackPacket.native, "2001:db8:77::1"),
                    (AttackPacket.peer, "2001:db8:78::1", "2002:c633:6408::1"),
                ] {
                    _ = site.front.receive()
                    let before = try site.counters(of: "stf0")
                    let payload = Array("forbidden".utf8)
                    try site.front.send(
                        AttackPacket.outer(
                            from: outer, Packet.ipv6(from: source, to: destination, payload: payload)))
                    var moved: [String: Int] = [:]
                    let isCounted = try eventually {
                        moved = AttackSequence.difference(before, try site.counters(of: "stf0"))
                        return !moved.isEmpty
                    }
                    #expect(isCounted && moved == ["stf0 input would-come-back": 1], "to \(destination): \(moved)")
                    #expect(!site.front.receive().contains { $0.contains(payload) }, "to \(destination)")
                }
            }
        }

        /// Packets that come faster than they can be taken are counted too: none is lost unsaid.
        @Test func floodIsCounted() throws {
            try AttackedSite.with { site in
                let before = try site.counters(), received = try site.receivedIPv4()
                let packet = AttackPacket.outer(
                    Packet.ipv6(
                        from: AttackPacket.theirs, to: AttackPacket.lan,
                        payload: [UInt8](repeating: 7, count: 1200)))
                site.daemon.process.signal(SIGSTOP)
                // The socket has room for some 4 MiB.
                for _ in 0..<10_000 { try site.front.send(packet) }
                let count = try site.receivedIPv4() - received
                site.daemon.process.signal(SIGCONT)
                var after: [String: Int] = [:]
                let isAccounted = try eventually {
                    after = try site.counters()
                    return after["stf0 input", default: 0] + after["stf0 input receive-queue-full", default: 0] == count
                }
                #expect(isAccounted, "\(count): \(AttackSequence.difference(before, after))")
                #expect(after["stf0 input receive-queue-full", default: 0] > 0)
                let moved = Set(AttackSequence.difference(before, after).keys)
                #expect(moved == ["stf0 input", "stf0 input bytes", "stf0 input receive-queue-full"])
            }
        }

        /// Who adds a reason says here how an attacker can cause it, or why none can.
        @Test func everyReasonIsAttacked() throws {
            try TwoSites.with { sites in
                let drops = try #require(try sites.daemonA.interface("stf0")).counters.drops
                let reasons = drops.map { "\($0.direction) \($0.reason)" }
                let attacked = AttackPacket.all.compactMap { attack -> String? in
                    if case .dies(let reason) = attack.fate { "\(attack.direction) \(reason)" } else { nil }
                }
                let known = Set(attacked).union(AttackerTests.outOfReach)
                #expect(Set(reasons).subtracting(known) == [])
                #expect(known.subtracting(reasons) == [])
                #expect(AttackerTests.outOfReach.isDisjoint(with: attacked))
            }
        }

        /// Reasons that no packet brings about by itself.
        private static let outOfReach: Set<String> = [
            // While the interface is down, or has no IPv4 address, its socket listens to nobody, and it has no routes.
            // Only a packet on its way at that moment dies of these. A socket for one address gets no others' packets.
            "input down", "input not-for-us", "output down",
            // A group is no source: the kernel drops such a packet, whatever its variables say.
            "input outer-source-multicast",
            // The kernel takes every whole IPv6 packet that it has room for.
            "input delivery-failed",
            // It takes a flood: `floodIsCounted`.
            "input receive-queue-full",
            // The kernel forwards no packet to these, and hands over only whole headers. A router's own kernel sends to
            // groups: `multicastStaysAtHome`.
            "output inner-destination-loopback", "output inner-destination-link-local",
            "output inner-destination-multicast", "output truncated",
            // stf asks the kernel for no large packets but those of TCP.
            "output unsegmentable",
            // These take a device that is stuck, or an error of the kernel's that means none of the other reasons.
            "output send-queue-full", "output send-failed",
        ]
    }
}

/// Attacks one after the other, and what the counters must be after each.
private struct AttackSequence {
    private var expected: [String: Int]
    private var number = 0

    init(_ counters: [String: Int]) {
        expected = counters
    }

    /// Sends the packet, and behind it one that must pass the same way. So what the first one did has been done, if
    /// anything, when the second arrives.
    mutating func expectFate(of attack: AttackPacket, at site: AttackedSite) throws {
        number += 1
        let serial = [UInt8(number >> 8), UInt8(number & 255)]
        let forbidden = Array("forbidden:".utf8) + serial + [0, 0, 0, 0]
        let harmless = Array("harmless:".utf8) + serial + [0, 0, 0, 0, 0]
        let isOutgoing = attack.direction == "output"
        let (near, far) = isOutgoing ? (site.lan, site.front) : (site.front, site.lan)
        for wire in [site.lan, site.front, site.side] { _ = wire.receive() }
        try (attack.way == .side ? site.side : near).send(attack.packet(forbidden))
        let (ours, theirs) = (AttackPacket.lan, AttackPacket.theirs)
        let passing = Packet.ipv6(
            from: isOutgoing ? ours : theirs, to: isOutgoing ? theirs : ours, payload: harmless)
        try near.send(isOutgoing ? passing : AttackPacket.outer(passing))

        var arrived: [[UInt8]] = []
        let isThrough = eventually {
            arrived += far.receive()
            // What another interface lets through may come after it.
            return arrived.contains { $0.contains(harmless) }
                && (!attack.fate.arrives || arrived.contains { $0.contains(forbidden) })
        }
        #expect(isThrough, "nothing passes after \(attack.direction) \(attack.name)")
        expectArrivals(
            of: attack, forbidden, arrived, elsewhere: isOutgoing ? [] : site.front.receive() + site.side.receive())
        count(attack, passing: passing.count)
        // All of them where another interface takes part; it costs time.
        try expectCounters(
            of: attack.interface == "stf0" ? "stf0" : nil, after: "\(attack.direction) \(attack.name)", at: site)
    }

    /// Nothing that the packet carried arrives anywhere, unless it is to pass.
    private func expectArrivals(
        of attack: AttackPacket, _ forbidden: [UInt8], _ arrived: [[UInt8]], elsewhere: [[UInt8]]
    ) {
        let carriers = arrived.count { $0.contains(forbidden) }
        if attack.fate.arrives {
            #expect(carriers == 1, "\(attack.direction) \(attack.name) did not get through")
        } else {
            #expect(carriers == 0, "\(attack.direction) \(attack.name) got through")
        }
        let returned = elsewhere.count { $0[9] == 41 && $0.contains(forbidden) }
        #expect(returned == 0, "\(attack.direction) \(attack.name) came back")
    }

    private mutating func count(_ attack: AttackPacket, passing bytes: Int) {
        func add(_ count: Int, _ counter: String) { expected[counter, default: 0] += count }
        add(1, "stf0 \(attack.direction)")
        add(bytes, "stf0 \(attack.direction) bytes")
        switch attack.fate {
        case .dies(let reason): add(1, "\(attack.interface) \(attack.direction) \(reason)")
        case .passes(let bytes):
            add(1, "\(attack.interface) \(attack.direction)")
            add(bytes, "\(attack.interface) \(attack.direction) bytes")
        case .dropsInKernel, .isTold: break
        }
    }

    /// All counters of an interface, or of all of them.
    mutating func expectCounters(of name: String? = nil, after attack: String, at site: AttackedSite) throws {
        let expected = expected.filter { name == nil || $0.key.hasPrefix("\(name ?? "") ") }
        var counters: [String: Int] = [:]
        let isAsExpected = try eventually(within: .seconds(3)) {
            counters = try site.counters(of: name)
            return counters == expected
        }
        let difference = AttackSequence.difference(expected, counters)
        #expect(isAsExpected, "\(attack), counted more than expected: \(difference)")
        self.expected.merge(counters) { $1 }
    }

    /// How much the counters grew that did.
    static func difference(_ before: [String: Int], _ after: [String: Int]) -> [String: Int] {
        after.merging(before) { $0 - $1 }.filter { $0.value != 0 }
    }
}
