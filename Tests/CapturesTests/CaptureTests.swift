// SPDX-License-Identifier: BSD-2-Clause
import Captures
import Foundation
import TestSupport
import Testing

/// Files of captured packets are read down to the IP header.
@Suite struct CaptureTests {
    private static let frame = CaptureFrame.all[0]

    @Test(arguments: CaptureFrame.all + CaptureFrame.unnamed)
    func `link headers are taken off`(frame: CaptureFrame) throws {
        for (magic, isLittle) in [
            (0xA1B2_C3D4, true), (0xA1B2_C3D4, false), (0xA1B2_3C4D, true), (0xA1B2_CD34, false),
        ] as [(UInt32, Bool)] {
            let file = CaptureFile.pcap([frame.bytes, frame.bytes], link: frame.link, magic: magic, isLittle: isLittle)
            expect([frame, frame], in: try Capture(reading: file))
        }
    }

    private func expect(_ frames: [CaptureFrame], in capture: Capture) {
        #expect(capture.flaw == nil)
        #expect(capture.packets.count == frames.count)
        for (packet, frame) in zip(capture.packets, frames) {
            #expect(packet.map { Array($0.bytes) } == frame.packet, "\(frame)")
            #expect(packet?.length == frame.packet.count)
            #expect(packet?.isOutgoing == frame.isOutgoing)
        }
    }

    /// Frames of all kinds in one file: sections of both byte orders, each with interfaces of its own.
    @Test func `pcapng may hold all of them`() throws {
        var bytes: [UInt8] = []
        var frames: [CaptureFrame] = []
        for (number, frame) in CaptureFrame.all.enumerated() {
            var file = CaptureFile(isLittle: number % 2 == 0)
            file.putSection()
            file.putInterface(link: 1, resolution: 9)
            file.putInterface(link: UInt16(frame.link), resolution: number % 3 == 0 ? 0x94 : nil)
            // A name resolution block, and one that nobody knows.
            file.putBlock(4) { $0.put(0) }
            file.putBlock(0xBAD) { $0.put([1, 2, 3]) }
            file.putEnhanced(CaptureTests.frame.bytes)
            file.putEnhanced(frame.bytes, interface: 1)
            file.putPacket(frame.bytes, interface: 1)
            file.putSimple(CaptureTests.frame.bytes, of: CaptureTests.frame.bytes.count)
            bytes += file.bytes
            frames += [CaptureTests.frame, frame, frame, CaptureTests.frame]
        }
        expect(frames, in: try Capture(reading: bytes))
    }

    @Test func `what the capture cut off is counted`() throws {
        let frame = CaptureTests.frame
        let file = CaptureFile.pcap([frame.bytes], link: 1, missing: 1000)
        #expect(try Capture(reading: file).packets.first??.length == frame.packet.count + 1000)
        var next = CaptureFile()
        next.putSection()
        next.putInterface(link: 1, limit: 40)
        next.putEnhanced(frame.bytes, missing: 7)
        next.putSimple(Array(frame.bytes.prefix(40)), of: 500)
        let packets = try Capture(reading: next.bytes).packets
        #expect(packets.map { $0?.length } == [frame.packet.count + 7, 486])
        #expect(packets.last??.bytes.count == 26)
    }

    @Test(arguments: [(0, false), (1, false), (2, true), (0x32, true)] as [(UInt32, Bool)])
    func `pcapng may say who sent a packet`(flags: UInt32, isOutgoing: Bool) throws {
        var file = CaptureFile(isLittle: false)
        file.putSection()
        file.putInterface(link: 1)
        file.putEnhanced(CaptureTests.frame.bytes, flags: flags)
        #expect(try Capture(reading: file.bytes).packets.map { $0?.isOutgoing } == [isOutgoing])
    }

    @Test(arguments: CaptureFrame.foreign)
    func `a frame may hold no IP packet`(link: UInt32, frame: [UInt8]) throws {
        #expect(try Capture(reading: CaptureFile.pcap([frame], link: link)).packets == [nil])
    }

    private static let pcap = CaptureFile.pcap([frame.bytes, frame.bytes], link: 1)
    private static let pcapng: [UInt8] = {
        var file = CaptureFile()
        file.putSection()
        file.putInterface(link: 1)
        file.putEnhanced(frame.bytes)
        file.putEnhanced(frame.bytes)
        return file.bytes
    }()

    @Test(
        arguments: [
            ([], "not a file of captured packets"), ([1, 2, 3], "not a file of captured packets"),
            ([UInt8](repeating: 7, count: 100), "not a file of captured packets"),
            (Array(pcap.prefix(10)), "ends within its header"), (Array(pcap.prefix(30)), "ends within packet 1"),
            (Array(pcap.prefix(100)), "ends within packet 1"), (Array(pcapng.prefix(20)), "ends within packet 1"),
            (CaptureFile.pcap([], link: 9999), "link type 9999 is not known"),
            ([0x0A, 0x0D, 0x0D, 0x0A] + [UInt8](repeating: 0, count: 40), "a section of no byte order"),
        ] as [([UInt8], String)])
    func `what is no such file is refused`(bytes: [UInt8], reason: String) {
        #expect(throws: CaptureError(reason: reason)) { try Capture(reading: bytes) }
    }

    @Test func `what comes before a flaw is read`() throws {
        for file in [CaptureTests.pcap, CaptureTests.pcapng] {
            let size = file == CaptureTests.pcap ? CaptureTests.frame.bytes.count + 16 : 32 + 84
            for cut in 1..<size {
                let capture = try Capture(reading: Array(file.dropLast(cut)))
                #expect(capture.packets.map { $0.map { Array($0.bytes) } } == [CaptureTests.frame.packet], "\(cut)")
                #expect(capture.flaw == "ends within packet 2")
            }
        }
        var wrong = CaptureTests.pcapng
        wrong[wrong.count - 1] = 9
        #expect(try Capture(reading: wrong).flaw == "a damaged block behind packet 1")
        var huge = CaptureFile.pcap([CaptureTests.frame.bytes], link: 1)
        huge += [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0, 0, 0, 0x7F]
        #expect(try Capture(reading: huge).flaw == "packet 2 cannot have 2130706432 bytes")
    }

    @Test func `any bytes are read or refused`() {
        var random = SeededGenerator(seed: 276)
        let files =
            [CaptureTests.pcap, CaptureTests.pcapng]
            + CaptureFrame.all.map { CaptureFile.pcap([$0.bytes], link: $0.link) }
        for round in 0..<40_000 {
            let file = files[round % files.count]
            var bytes = Array(file.prefix(Int.random(in: 0...file.count, using: &random)))
            for _ in 0..<4 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            _ = try? Capture(reading: bytes)
        }
    }

    // MARK: tcpdump

    /// tcpdump(8), which reads by libpcap, finds the same packets in the same files.
    @Test(arguments: CaptureFrame.all)
    func `tcpdump reads the same`(frame: CaptureFrame) throws {
        let file = CaptureFile.pcap([frame.bytes, frame.bytes], link: frame.link)
        try expectAgreement(of: file)
        var next = CaptureFile(isLittle: false)
        next.putSection()
        next.putInterface(link: UInt16(frame.link), resolution: 9)
        next.putBlock(0xBAD) { $0.put([1, 2, 3]) }
        next.putEnhanced(frame.bytes, flags: 1)
        next.putSimple(frame.bytes, of: frame.bytes.count)
        next.putPacket(frame.bytes)
        try expectAgreement(of: next.bytes)
        for cut in [1, frame.bytes.count + 3] { try expectAgreement(of: Array(file.dropLast(cut))) }
    }

    private func expectAgreement(of file: [UInt8]) throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "capture-\(UUID())")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let path = scratch.appending(path: "file").path
        try Data(file).write(to: URL(filePath: path))
        let tcpdump = try RunningCommand(
            [try Executables.system("tcpdump"), "-n", "-t", "-xx", "-r", path], scratch: scratch
        ).wait(within: .seconds(20))
        let capture = try Capture(reading: file)
        #expect((tcpdump.status == 0) == (capture.flaw == nil), "\(tcpdump)")
        let dumps = CaptureTests.packets(in: tcpdump.output)
        #expect(dumps.count == capture.packets.count, "\(tcpdump)")
        for (dump, packet) in zip(dumps, capture.packets) {
            let packet = try #require(packet)
            #expect(dump.line.contains("IP 192.0.2.1 > ") || dump.line.contains("IP6 2001:db8::1 > "), "\(dump)")
            // Those of the whole frame.
            #expect(dump.bytes.suffix(packet.bytes.count).elementsEqual(packet.bytes), "\(dump)")
        }
    }

    /// The line about each packet, and its bytes.
    private static func packets(in output: String) -> [(line: Substring, bytes: [UInt8])] {
        output.split(separator: "\n").reduce(into: []) { packets, line in
            guard line.hasPrefix("\t0x") else { return packets.append((line, [])) }
            let digits = line.split(separator: ":", maxSplits: 1).last?.filter { $0 != " " } ?? ""
            let pairs = stride(from: 0, to: digits.count, by: 2).map { digits.dropFirst($0).prefix(2) }
            if !packets.isEmpty { packets[packets.count - 1].bytes += pairs.compactMap { UInt8($0, radix: 16) } }
        }
    }
}
