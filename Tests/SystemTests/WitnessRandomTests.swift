// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Whatever the rules of nft(8), packets that programs may carry come out as those do that the engine in user space
    /// carries, from the first one after a change on. Seeded, so a failure comes again.
    @Suite struct WitnessRandomTests {
        @Test(arguments: [RandomRules.Way.input, .output]) func rulesDecideAlike(_ way: RandomRules.Way) throws {
            try FirewalledHost.with(way) { host in
                var rules = RandomRules(way, seed: 1928)
                var (carried, differing) = (0, 0)
                for _ in 0..<25 {
                    let text = rules.next()
                    try host.apply(text)
                    let asked = try host.asked()
                    let seen = try (0..<12).map { _ in try host.round() }
                    // Of what goes out, the last packet of each round is asked about as well.
                    let markers = way == .output ? seen.count : 0
                    carried += seen.count * FirewalledHost.pairs.count - (try host.asked() - asked - markers)
                    try host.daemon.succeed("stf0 engine user")
                    let right = try host.round()
                    try host.daemon.succeed("stf0 engine kernel")
                    if right.count < FirewalledHost.pairs.count { differing += 1 }
                    for outcome in seen { #expect(outcome == right, "\(text)") }
                }
                // Neither has everything been asked about, nor everything let pass.
                #expect(carried > 200 && differing > 5, "\(carried) carried, \(differing) rule sets stopped some")
            }
        }
    }
}

/// Rule sets of ten rules over all that a packet says and the kernel knows of it. What is from or to 192.0.2.77 passes.
struct RandomRules {
    enum Way {
        case input, output
    }

    private let way: Way
    private var random: SeededGenerator

    init(_ way: Way, seed: UInt64) {
        self.way = way
        random = SeededGenerator(seed: seed)
    }

    mutating func next() -> String {
        let hooks = way == .input ? ["prerouting", "input", "ingress"] : ["output", "postrouting"]
        var chains = Dictionary(uniqueKeysWithValues: hooks.map { ($0, [String]()) })
        for _ in 0..<10 { chains[pick(hooks)]?.append(rule()) }
        let tables = hooks.map { hook in
            let isDevice = hook == "ingress", rules = chains[hook] ?? []
            let head = "type filter hook \(hook) \(isDevice ? "device ne0 " : "")priority \(pick(["-5", "5"]))"
            let policy = Int.random(in: 0..<8, using: &random) == 0 ? "drop" : "accept"
            let marker = "ip \(way == .input ? "saddr" : "daddr") 192.0.2.77 accept"
            let lines = ["\(head); policy \(policy)", marker, isDevice ? "meta protocol arp accept" : ""] + rules
            // A device's hook knows nothing of connections.
            let kept = isDevice ? lines.filter { !$0.contains("ct ") } : lines
            return "table \(isDevice ? "netdev" : "ip") \(hook) { chain c { \(kept.joined(separator: "; ")); }; }"
        }
        let always =
            "table ip m { chain c { type filter hook postrouting priority 300; ip daddr 192.0.2.77 ip dscp set cs7; }; }"
        return (["flush ruleset"] + (way == .output ? [always] : []) + tables).joined(separator: "\n")
    }

    private mutating func rule() -> String {
        let matches = [
            "ip \(way == .input ? "saddr" : "daddr") \(pick(FirewalledHost.peers))",
            "ip \(way == .input ? "saddr" : "daddr") 192.0.2.10-192.0.2.11",
            "ip dscp \(pick(["0", "10", "46"]))", "ip dscp != 0", "ip protocol 41", "meta mark \(pick(["1", "2"]))",
            way == .input ? "iifname \(pick(["ne0", "lo"]))" : "oifname \(pick(["ne0", "lo"]))", "ct state new",
            "ct state established",
        ]
        let fates = ["drop", "accept", "accept", "accept", "meta mark set 1", "meta mark set 2", "counter"]
        let fate = way == .output && Int.random(in: 0..<8, using: &random) == 0 ? "ip dscp set cs3" : pick(fates)
        let count = Int.random(in: 1...2, using: &random)
        return ((0..<count).map { _ in pick(matches) } + [fate]).joined(separator: " ")
    }

    private mutating func pick(_ words: [String]) -> String {
        words[Int.random(in: 0..<words.count, using: &random)]
    }
}

/// A 6to4 site behind a firewall, and on its only wire whoever sends as several peers, or takes what is for them.
///
///     a (attacker) ────────── ne0  b  192.0.2.2/24, stf0: 2002:c000:202::1/16
struct FirewalledHost {
    struct Pair: Hashable {
        let peer: String
        let typeOfService: UInt8
    }

    static let peers = ["192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13"]
    static let pairs = peers.flatMap { peer in [0, 10 << 2, 46 << 2].map { Pair(peer: peer, typeOfService: $0) } }
    /// It takes the way through user space, behind all that were sent before.
    private static let marker = Pair(peer: "192.0.2.77", typeOfService: 0)
    /// For experiments (RFC 3692), so that nobody answers.
    private static let proto: UInt8 = 253
    private static let own = "2002:c000:202::1"

    let daemon: Daemon
    private let host: Namespace
    private let way: RandomRules.Way
    private let wire: Wire
    private let socket: TestSocket

    static func with(_ way: RandomRules.Way, _ body: (FirewalledHost) throws -> Void) throws {
        try Topology.with { net in
            let a = try net.namespace("a"), b = try net.namespace("b")
            try net.link(a, "ne0", "192.0.2.1/24", b, "ne0", "192.0.2.2/24")
            for peer in peers + [marker.peer] {
                try b.succeed("ip neigh add \(peer) lladdr 02:00:00:00:00:fe dev ne0 nud permanent")
            }
            try a.succeed("ip link set ne0 promisc on")
            let daemon = try net.daemon(in: b)
            try daemon.succeed("stf0 create inet6 \(own)/16 engine kernel")
            try body(
                FirewalledHost(
                    daemon: daemon, host: b, way: way, wire: try Wire(from: a, "ne0", to: b, "ne0"),
                    socket: try TestSocket(in: b, type: SOCK_RAW, proto: Int32(proto))))
        }
    }

    func apply(_ rules: String) throws {
        let result = try host.run(["nft", "-f", "-"], input: rules)
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
    }

    /// Packets that a program has left to user space because there was something to ask.
    func asked() throws -> Int {
        let text = try daemon.succeed("-v stf0")
        return text.firstMatch(of: /(\d+) (in|out)put left to inet6d: asked/).flatMap { Int($0.1) } ?? 0
    }

    /// Sends a packet of each pair, and says what has come out of which.
    func round() throws -> [Pair: [UInt8]] {
        for (number, pair) in FirewalledHost.pairs.enumerated() { try send(pair, number) }
        try send(FirewalledHost.marker, 255)
        var seen: [Pair: [UInt8]] = [:]
        let isWhole = eventually {
            for (number, header) in received() {
                if number == 255 { return true }
                seen[FirewalledHost.pairs[number]] = header
            }
            return false
        }
        guard isWhole else { throw CommandFailure(description: "the last packet of a round did not come out") }
        return seen
    }

    private static func site(of peer: String) -> String {
        let parts = peer.split(separator: ".").compactMap { Int($0) }
        return "2002:" + String(parts[0] << 8 | parts[1], radix: 16) + ":" + String(parts[2] << 8 | parts[3], radix: 16)
            + "::1"
    }

    private func send(_ pair: Pair, _ number: Int) throws {
        switch way {
        case .input:
            let inner = Packet.ipv6(
                from: FirewalledHost.site(of: pair.peer), to: FirewalledHost.own, nextHeader: FirewalledHost.proto,
                payload: [UInt8(number)])
            let isMarker = pair == FirewalledHost.marker
            // Of one with options no program decides.
            try wire.send(
                Packet.ipv4(
                    from: pair.peer, to: "192.0.2.2", typeOfService: pair.typeOfService,
                    options: isMarker ? [1, 1, 1, 1] : [], inner))
        case .output:
            var value = Int32(pair.typeOfService)
            guard setsockopt(socket.number, Int32(IPPROTO_IPV6), IPV6_TCLASS, &value, 4) == 0 else {
                throw CommandFailure(description: "IPV6_TCLASS: errno \(errno)")
            }
            let refused = socket.send([UInt8(number)], to: FirewalledHost.site(of: pair.peer))
            guard refused == 0 else { throw CommandFailure(description: "sendto: errno \(refused)") }
        }
    }

    /// The numbers of what has come out, and of what has left its addresses and type of service.
    private func received() -> [(Int, [UInt8])] {
        switch way {
        case .input:
            var numbers: [(Int, [UInt8])] = []
            while let payload = socket.receive() { numbers.append((Int(payload[0]), [])) }
            return numbers
        case .output:
            return wire.receive().compactMap { packet in
                guard packet.count >= 61, packet[9] == 41, packet[26] == FirewalledHost.proto else { return nil }
                return (Int(packet[60]), [packet[1]] + packet[12..<20])
            }
        }
    }
}
