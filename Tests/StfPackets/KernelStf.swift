// SPDX-License-Identifier: BSD-2-Clause
import CKernelPrograms
import Foundation
import Internet
public import KernelPrograms
public import Stf
import TestSupport

/// The programs of stf inside the kernel, loaded in a network namespace that is as the rows of the table say: number 9 is
/// stf's, 2 and 7 are where IPv4 comes by, 3 is a LAN. All of IPv4 is behind a router on 2.
public struct KernelStf {
    private let programs: StfPrograms
    private var nativeRoutesLeadTo: UInt32? = 3
    /// What they had counted after the last packet.
    private var counted = StfProgramCounters()

    /// Runs `body` with the calling thread in that network namespace.
    public static func with(_ body: (inout KernelStf) throws -> Void) throws {
        let devices = [2, 3, 7, 9].flatMap { index in
            [
                "link add ne\(index) index \(index) address \(mac(index)) type veth peer name far\(index) index 1\(index)",
                "link set ne\(index) up", "link set far\(index) up",
            ]
        }
        let routes = [
            "addr add 203.0.113.1/32 dev ne2", "route add default via 203.0.113.254 dev ne2 onlink",
            "neigh add 203.0.113.254 lladdr 02:00:00:00:00:fe dev ne2 nud permanent",
            "-6 route add default via fe80::fe dev ne3",
            "-6 neigh add fe80::fe lladdr 02:00:00:00:00:fe dev ne3 nud permanent",
        ]
        try inOwnNetwork(["link set lo up"] + devices + routes) {
            for path in ["ipv4/conf/all", "ipv6/conf/all"] {
                try "1".write(toFile: "/proc/sys/net/\(path)/forwarding", atomically: false, encoding: .ascii)
            }
            // A veth device sends frames only if its other end asks for them one by one.
            try shell("for end in far2 far3 far7; do ethtool -K $end gro on; done")
            var engine = KernelStf(programs: try StfPrograms())
            try engine.programs.setShortcuts([9], pastFilter: nil)
            let refusals = try engine.programs.setExpress([2: 0, 3: 0, 7: 0])
            guard refusals.isEmpty else { throw CommandFailure(description: "\(refusals)") }
            try body(&engine)
        }
    }

    private static func mac(_ index: Int) -> String { "02:00:00:00:00:0\(index)" }

    /// What the programs make of a row, and what they count; nil for what they leave to user space.
    public mutating func run(
        _ row: StfPacket
    ) throws -> (outcome: StfPacket.Outcome?, counts: ReasonCounts<StfDrop>) {
        try prepare(row)
        let first = try runPrepared(row, with: row.packet)
        // What was decided is remembered.
        let second = try runPrepared(row, with: row.packet)
        guard second.outcome == first.outcome, second.counts == first.counts else {
            throw CommandFailure(description: "\(row): the second time \(second)")
        }
        if row.direction == .input, case .passes(let packet) = first.outcome { try checkShortcut(of: row, as: packet) }
        return first
    }

    /// How large the programs are, in instructions, and how many the verifier looked at.
    public static func sizes() throws -> [(name: String, instructions: Int, verified: Int)] {
        let programs = try StfPrograms()
        return try [STF_OUTPUT_PROGRAM, STF_INPUT_PROGRAM].map { name in
            let size = try programs.size(of: name)
            return (name, size.instructions, size.verified)
        }
    }

    /// Gives the programs the rules of a row.
    public mutating func prepare(_ row: StfPacket) throws {
        try lead(nativeTo: row.site.nativeRoutesLeadTo)
        let rules = row.site.rules
        // Counters begin anew with the interface.
        try programs.set(configs: [])
        try programs.set(configs: [KernelStf.config(of: row)])
        try programs.set(relays: rules.believed)
        try programs.set(routes: rules.routes)
        try programs.set(broadcasts: rules.broadcasts)
        counted = try programs.counters(of: rules.index)
    }

    private static func config(of row: StfPacket) -> stf_config {
        var config = row.site.rules.record
        config.link_header = 14
        return config
    }

    /// What the programs make of a packet in the place of a row that they are prepared for.
    public mutating func runPrepared(
        _ row: StfPacket, with packet: [UInt8]
    ) throws -> (outcome: StfPacket.Outcome?, counts: ReasonCounts<StfDrop>) {
        let isOutput = row.direction == .output
        let device = isOutput ? row.site.rules.index : row.site.arrivesOn
        let (verdict, frame) = try programs.run(
            isOutput ? STF_OUTPUT_PROGRAM : STF_INPUT_PROGRAM,
            over: KernelStf.frame(packet, to: device, isIPv6: isOutput), at: device)
        let before = counted
        counted = try programs.counters(of: row.site.rules.index)
        var counts = ReasonCounts<StfDrop>()
        for drop in StfDrop.all {
            counts[drop] = counted.drops[Int(drop.number)] - before.drops[Int(drop.number)]
        }
        switch verdict {
        case KernelStf.redirect:
            let passed = (counted.outputPackets - before.outputPackets, counted.inputPackets - before.inputPackets)
            guard passed == (isOutput ? (1, 0) : (0, 1)) else {
                throw CommandFailure(description: "it passes, and is not counted: \(counted)")
            }
            return (.passes(KernelStf.packet(of: frame)), counts)
        case KernelStf.drop:
            guard let drop = StfDrop.all.first(where: { counts[$0] > 0 }) else {
                throw CommandFailure(description: "it dies, and is not counted")
            }
            return (.dies(drop), counts)
        case KernelStf.next: return (nil, counts)
        default: throw CommandFailure(description: "verdict \(verdict)")
        }
    }

    /// Past the interface, a packet arrives with one hop less; and it goes through it if that is its last, or if it has
    /// options for each hop.
    private func checkShortcut(of row: StfPacket, as expected: [UInt8]) throws {
        let packet = row.packet, device = row.site.arrivesOn
        var config = KernelStf.config(of: row)
        config.shortcut = 1
        try programs.set(configs: [config])
        let before = try programs.counters(of: config.index).shortcuts
        let (verdict, frame) = try programs.run(
            STF_INPUT_PROGRAM, over: KernelStf.frame(packet, to: device, isIPv6: false), at: device)
        var expected = expected
        let isShort = try programs.counters(of: config.index).shortcuts > before
        if isShort { expected[7] -= 1 }
        guard verdict == KernelStf.redirect, KernelStf.packet(of: frame) == expected,
            isShort == (nativeRoutesLeadTo == 3 && packet[27] > 1 && packet[26] != 0)
        else { throw CommandFailure(description: "past the interface, \(isShort): \(verdict) \(frame)") }
        if isShort { try checkExpress(of: row, as: expected) }
    }

    /// As a frame, it is the same packet then, unless there is something behind it, or its traffic class is another.
    private func checkExpress(of row: StfPacket, as expected: [UInt8]) throws {
        let packet = row.packet, device = row.site.arrivesOn
        let whole = KernelStf.frame(packet, to: device, isIPv6: false)
        let isTaken = packet.count == expected.count + 20 && expected[0..<2] == packet[20..<22]
        // What was decided is remembered on the same CPU only.
        for _ in 0..<100 {
            _ = try programs.run(STF_INPUT_PROGRAM, over: whole, at: device)
            guard let (verdict, frame) = try programs.runExpress(over: whole, at: device) else { break }
            if verdict == KernelStf.expressPass, frame == whole {
                if isTaken { continue }
                return
            }
            let head: [UInt8] = [2, 0, 0, 0, 0, 0xFE, 2, 0, 0, 0, 0, 3, 0x86, 0xDD]
            guard isTaken, verdict == KernelStf.expressRedirect, frame == head + expected else {
                throw CommandFailure(description: "as a frame: \(verdict) \(frame)")
            }
            return
        }
        throw CommandFailure(description: "as a frame it is not taken")
    }

    private static let next: Int32 = -1
    private static let drop: Int32 = 2
    private static let redirect: Int32 = 7
    /// XDP_PASS and XDP_REDIRECT.
    private static let expressPass: Int32 = 2
    private static let expressRedirect: Int32 = 4

    private mutating func lead(nativeTo device: UInt32?) throws {
        guard nativeRoutesLeadTo != device else { return }
        nativeRoutesLeadTo = device
        if let device {
            try ip("-6 route replace default via fe80::fe dev ne\(device)")
        } else {
            try ip("-6 route del default")
        }
    }

    private static func frame(_ packet: [UInt8], to device: UInt32, isIPv6: Bool) -> [UInt8] {
        let isVersion4 = packet.first.map { $0 >> 4 == 4 } ?? !isIPv6
        let type: [UInt8] = isVersion4 ? [0x08, 0x00] : [0x86, 0xDD]
        return [2, 0, 0, 0, 0, UInt8(device), 2, 0, 0, 0, 0, 0xFE] + type + packet
    }

    /// Without what follows an IPv6 packet: the kernel's IPv6 layer goes by the length in the header.
    private static func packet(of frame: [UInt8]) -> [UInt8] {
        var packet = Array(frame.dropFirst(14))
        if packet.count >= 40, packet[0] >> 4 == 6 {
            packet = Array(packet.prefix(40 + IPv6Header(packet.span.bytes).payloadLength))
        } else if packet.count >= 20 {
            // Each packet has another identifier, and with that another checksum; without them it is the row's.
            guard Packet.onesComplementSum(Array(packet.prefix(20))) == 0xFFFF else { return packet }
            packet.replaceSubrange(4..<6, with: [0, 0])
            packet.replaceSubrange(10..<12, with: [0, 0])
            let checksum = Packet.onesComplementSum(Array(packet.prefix(20))) ^ 0xFFFF
            packet.replaceSubrange(10..<12, with: [UInt8(checksum >> 8), UInt8(checksum & 255)])
        }
        return packet
    }
}
