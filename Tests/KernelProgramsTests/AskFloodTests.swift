// SPDX-License-Identifier: BSD-2-Clause
import CKernelPrograms
import Internet
import TestSupport
import Testing

@testable import KernelPrograms

/// A flood of pairs that nobody uses again takes no entry away from those that carry traffic.
@Suite struct AskFloodTests {
    private static let own = "192.0.2.2"

    private static func pair(_ source: UInt32) throws -> AskPair {
        AskPair(
            isOutput: false, underlay: 1, source: IPv4Address(bits: source),
            destination: try #require(IPv4Address(own)), codepoint: 0)
    }

    @Test func `honest pairs stay`() throws {
        try inOwnNetwork(["link set lo up"]) {
            try shell("nft 'table ip f { chain c { type filter hook input priority 0; }; }'")
            let programs = try StfPrograms()
            var config = stf_config()
            config.index = 1
            config.own = try #require(IPv4Address(AskFloodTests.own)).bits.bigEndian
            try programs.set(configs: [config])
            let sight = try programs.witness.look(.input(device: 1, checksSource: true))
            // 100 of 198.18.0.0/16, and as many as the map has places, twice, of 10.0.0.0/8.
            let honest = (0..<100).map { UInt32(0xC612_0000) + $0 }
            for source in honest { try programs.witness.vouch(for: AskFloodTests.pair(source), under: sight) }
            for number in 0..<UInt32(2 * ASK_PAIRS_MAX) {
                try programs.witness.vouch(for: AskFloodTests.pair(0x0A00_0000 + number), under: sight)
                // Each of them has a packet in 6400 of the flood.
                if number % 64 == 0 { try AskFloodTests.run(programs, from: honest[Int(number / 64) % honest.count]) }
            }
            #expect(try programs.counters(of: 1).left[StfLeft.inputAsked] == 0)
            // One that nobody has vouched for is asked about.
            try AskFloodTests.run(programs, from: 0xC612_FFFF)
            #expect(try programs.counters(of: 1).left[StfLeft.inputAsked] == 1)
        }
    }

    private static func run(_ programs: StfPrograms, from source: UInt32) throws {
        let packet = Packet.ipv4(
            from: "\(IPv4Address(bits: source))", to: own, Packet.ipv6(from: "2002:c000:201::1", to: "2002:c000:202::1")
        )
        let frame = [UInt8](repeating: 0, count: 12) + [0x08, 0x00] + packet
        _ = try programs.run(STF_INPUT_PROGRAM, over: frame, at: 1)
    }
}
