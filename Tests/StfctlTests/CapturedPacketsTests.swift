// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

@testable import stfctl

/// Files of captured packets, as pcap-savefile(5) describes them, are read down to the IP header.
@Suite struct CapturedPacketsTests {
    private static let packet: [UInt8] = [0x45, 1, 2, 3]
    private static let addresses = [UInt8](repeating: 0xAA, count: 12)

    private static func file(
        _ frames: [[UInt8]], link: UInt32, magic: UInt32 = 0xA1B2_C3D4, isLittle: Bool = true, missing: UInt32 = 0
    ) -> [UInt8] {
        let words = { (numbers: [UInt32]) in
            numbers.flatMap { number in
                (0..<4).map { UInt8(truncatingIfNeeded: number >> (isLittle ? 8 * $0 : 24 - 8 * $0)) }
            }
        }
        return words([magic, 0x0004_0002, 0, 0, 65_535, link])
            + frames.flatMap { words([1, 2, UInt32($0.count), UInt32($0.count) + missing]) + $0 }
    }

    @Test(
        arguments: [
            (1, addresses + [8, 0] + packet), (1, addresses + [0x81, 0, 0, 5, 8, 0] + packet),
            (1, addresses + [0x88, 0xA8, 0, 5, 0x81, 0, 0, 6, 0x86, 0xDD] + packet), (101, packet), (12, packet),
            (228, packet), (229, packet), (0, [2, 0, 0, 0] + packet), (113, addresses + [0, 0, 8, 0] + packet),
            (276, [8, 0] + addresses + [0, 0, 0, 0, 0, 0] + packet),
        ] as [(UInt32, [UInt8])])
    func `link headers are taken off`(link: UInt32, frame: [UInt8]) throws {
        for (magic, isLittle) in [(0xA1B2_C3D4, true), (0xA1B2_C3D4, false), (0xA1B2_3C4D, true)] as [(UInt32, Bool)] {
            let file = CapturedPacketsTests.file([frame, frame], link: link, magic: magic, isLittle: isLittle)
            let packets = try CapturedPackets(reading: file).packets
            #expect(packets == Array(repeating: CapturedPackets.Packet(bytes: [0x45, 1, 2, 3], length: 4), count: 2))
        }
    }

    @Test func `what the capture cut off is counted`() throws {
        let file = CapturedPacketsTests.file([CapturedPacketsTests.packet], link: 101, missing: 1000)
        #expect(try CapturedPackets(reading: file).packets.first??.length == 1004)
    }

    @Test(
        arguments: [
            (1, addresses + [8, 6] + packet), (1, addresses + [8]), (1, addresses + [0x81, 0]),
            (1, addresses + [8, 0]),
            (101, []), (101, [0x55]), (113, addresses + [0, 0, 8, 6, 1]), (0, [2, 0]),
        ] as [(UInt32, [UInt8])])
    func `a frame may hold no IP packet`(link: UInt32, frame: [UInt8]) throws {
        #expect(try CapturedPackets(reading: CapturedPacketsTests.file([frame], link: link)).packets == [nil])
    }

    @Test(
        arguments: [
            ([], "not a pcap file"), ([1, 2, 3], "not a pcap file"),
            ([UInt8](repeating: 7, count: 100), "not a pcap file"),
            (
                [0x0A, 0x0D, 0x0D, 0x0A] + [UInt8](repeating: 0, count: 40),
                "a pcapng file: tcpdump -r file -w - makes a pcap file of it"
            ),
            (file([], link: 9999), "link type 9999 is not known"),
            (Array(file([packet], link: 101).dropLast()), "ends within packet 1"),
            (file([packet], link: 101) + [0], "ends within packet 2"),
        ] as [([UInt8], String)])
    func `what is no such file is refused`(bytes: [UInt8], reason: String) {
        #expect(throws: CapturedPackets.Failure(reason: reason)) { try CapturedPackets(reading: bytes) }
    }

    @Test func `any bytes are read or refused`() {
        var random = SeededGenerator(seed: 276)
        let file = CapturedPacketsTests.file(
            [CapturedPacketsTests.addresses + [8, 0] + CapturedPacketsTests.packet], link: 1)
        for _ in 0..<20_000 {
            var bytes = Array(file.prefix(Int.random(in: 0...file.count, using: &random)))
            for _ in 0..<4 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            _ = try? CapturedPackets(reading: bytes)
        }
    }
}
