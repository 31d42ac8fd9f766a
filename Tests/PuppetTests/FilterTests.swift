// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Puppet
import TestSupport
import Testing

/// A frame of TCP, as far as filters look.
struct TCPFrame {
    var isIPv6 = false
    var tags: [UInt16] = []
    var source: [UInt8] = [192, 0, 2, 1]
    var destination: [UInt8] = [198, 51, 100, 7]
    var ports: (UInt16, UInt16) = (7113, 50_000)
    var proto: UInt8 = 6
    /// Bytes; nil: it is no fragment.
    var fragment: Int?
    var options = 0
    var payload: [UInt8] = [1, 2, 3, 4]

    func words(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    var bytes: [UInt8] {
        var bytes: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
        for tag in tags { bytes += words(tag) + [0, 5] }
        bytes += words(isIPv6 ? 0x86DD : 0x0800)
        let isLater = (fragment ?? 0) > 0
        let tcp: [UInt8] =
            isLater
            ? [9, 9, 9, 9]
            : words(ports.0) + words(ports.1) + [0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x19, 0, 9, 0, 0, 0, 0]
        let body = tcp + payload
        if isIPv6 {
            let header: [UInt8] = fragment.map { [proto, 0] + words(UInt16($0)) + [0, 0, 0, 1] } ?? []
            bytes += [0x60, 0, 0, 0] + words(UInt16(header.count + body.count)) + [fragment == nil ? proto : 44, 64]
            bytes += source + destination + header
        } else {
            let offset = UInt16((fragment ?? 0) / 8) | ((fragment ?? 1) == 0 ? 0x2000 : 0)
            bytes +=
                [UInt8(0x45 + options / 4), 0] + words(UInt16(20 + options + body.count)) + [0, 1] + words(offset)
            bytes += [64, proto, 0, 0] + source + destination + [UInt8](repeating: 1, count: options)
        }
        return bytes + body
    }

    var reversed: TCPFrame {
        var frame = self
        (frame.source, frame.destination) = (destination, source)
        frame.ports = (ports.1, ports.0)
        return frame
    }
}

@Suite struct ExclusionTests {
    private static let pair4 = TransportPair(
        IPv6Endpoint(IPv6Address("::ffff:192.0.2.1") ?? .unspecified, port: 7113),
        IPv6Endpoint(IPv6Address("::ffff:198.51.100.7") ?? .unspecified, port: 50_000))
    private static let pair6 = TransportPair(
        IPv6Endpoint(IPv6Address("2001:db8::1") ?? .unspecified, port: 7113),
        IPv6Endpoint(IPv6Address("2001:db8::7") ?? .unspecified, port: 50_000))

    private static var frames: [TCPFrame] {
        var six = TCPFrame()
        six.isIPv6 = true
        six.source = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        six.destination = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7]
        return [TCPFrame(), six]
    }

    private static let program = Exclusion.program([pair4, pair6])

    private static func verdicts(_ frame: TCPFrame) -> Set<Bool> {
        let taken = [frame, frame.reversed].map { filtered(program, $0.bytes) > 0 }
        let carried = [frame, frame.reversed].map { one in
            one.bytes.withPacket { span in pair4.carries(span) || pair6.carries(span) }
        }
        #expect(taken == carried.map { !$0 }, "\(frame)")
        return Set(taken)
    }

    @Test(arguments: frames) func `the tunnel is not taken, tagged or in fragments`(_ frame: TCPFrame) {
        for tags: [UInt16] in [[], [0x8100], [0x88A8, 0x8100], [0x9100]] {
            for fragment in [nil, 0, 1480] {
                var frame = frame
                frame.tags = tags
                frame.fragment = fragment
                #expect(ExclusionTests.verdicts(frame) == [false], "\(tags) \(fragment ?? -1)")
            }
        }
        var withOptions = frame
        withOptions.options = frame.isIPv6 ? 0 : 24
        #expect(ExclusionTests.verdicts(withOptions) == [false])
    }

    @Test(arguments: frames) func `everything else is taken`(_ frame: TCPFrame) {
        var others: [TCPFrame] = []
        for index in 0..<5 {
            var other = frame
            switch index {
            case 0: other.ports.0 = 7114
            case 1: other.ports = (50_000, 7113)
            case 2: other.source[3] ^= 1
            case 3: other.destination[3] ^= 1
            case _: other.proto = 17
            }
            others.append(other)
        }
        for other in others { #expect(ExclusionTests.verdicts(other) == [true], "\(other)") }
        for count in 0..<40 {
            #expect(filtered(ExclusionTests.program, [UInt8](repeating: 8, count: max(count, 22))) > 0)
        }
        let arp: [UInt8] = [UInt8](repeating: 0xFF, count: 12) + [8, 6] + [UInt8](repeating: 0, count: 28)
        #expect(filtered(ExclusionTests.program, arp) > 0)
    }

    @Test(arguments: frames) func `a tunnel is found by its tag, and its ends are read`(_ frame: TCPFrame) throws {
        let tag = TunnelTag(0x0102_0304_0506_0708)
        var frame = frame
        #expect(!frame.bytes.withPacket { tag.isIn($0, from: 0) })
        frame.payload = tag.bytes
        for tags: [UInt16] in [[], [0x8100], [0x88A8, 0x8100]] {
            frame.tags = tags
            let (isThere, pair) = frame.bytes.withPacket { (tag.isIn($0, from: 0), TransportPair(of: $0)) }
            let expected = frame.isIPv6 ? ExclusionTests.pair6 : ExclusionTests.pair4
            #expect(isThere && pair?.isSame(as: expected) == true)
        }
        for count in 0..<frame.bytes.count {
            let cut = Array(frame.bytes.prefix(count))
            #expect(!cut.withPacket { tag.isIn($0, from: 0) })
            _ = cut.withPacket { TransportPair(of: $0) }
        }
    }

    @Test func `a frame passes two programs if it passes both`() throws {
        let port = [
            FilterInstruction(code: FilterCode.loadHalf.rawValue, k: 34),
            FilterInstruction(code: FilterCode.jumpEqual.rawValue, jumpTrue: 0, jumpFalse: 1, k: 7113),
            FilterInstruction(code: FilterCode.returnK.rawValue, k: 0x4_0000),
            FilterInstruction(code: FilterCode.returnK.rawValue, k: 0),
        ]
        // What A is decides.
        let proto = [
            FilterInstruction(code: FilterCode.loadByte.rawValue, k: 23),
            FilterInstruction(code: FilterCode.and.rawValue, k: 4),
            FilterInstruction(code: FilterCode.returnA.rawValue),
        ]
        for (one, other) in [(port, proto), (proto, port)] {
            let program = FilterProgram.both(one, other)
            try FilterProgram.check(program)
            for number: UInt16 in [7113, 9] {
                for kind: UInt8 in [6, 17] {
                    var frame = TCPFrame()
                    (frame.ports.0, frame.proto) = (number, kind)
                    let isTaken = filtered(program, frame.bytes) > 0
                    #expect(isTaken == (number == 7113 && kind == 6), "\(number) \(kind)")
                }
            }
        }
        #expect(FilterProgram.both([], port) == port && FilterProgram.both(port, []) == port)
    }

    @Test func `the words of a filter are asked about the others`() {
        let none = [FilterInstruction(code: FilterCode.returnK.rawValue, k: 0)]
        var other = TCPFrame()
        other.ports.0 = 1
        #expect(filtered(Exclusion.program([ExclusionTests.pair4], and: none), other.bytes) == 0)
        #expect(filtered(Exclusion.program([], and: none), other.bytes) == 0)
    }

    @Test func `as many as may be are still a program`() throws {
        let pairs = (0..<40).map { index in
            TransportPair(
                ExclusionTests.pair6.one, IPv6Endpoint(ExclusionTests.pair6.other.address, port: UInt16(index)))
        }
        try FilterProgram.check(Exclusion.program(pairs))
        try FilterProgram.check(ExclusionTests.program)
    }
}

@Suite struct FilterProgramTests {
    private typealias Instruction = FilterInstruction

    @Test(
        arguments: [
            ([], FilterFault.length(0)),
            ([Instruction(code: 0x06)] + [Instruction](repeating: Instruction(code: 0x06), count: 2048), .length(2049)),
            ([Instruction(code: 0x20, k: 12)], .noReturn),
            ([Instruction(code: 0x05, k: 0), Instruction(code: 0x06)], nil),
            ([Instruction(code: 0x05, k: 1), Instruction(code: 0x06)], .jump(0)),
            ([Instruction(code: 0x05, k: .max), Instruction(code: 0x06)], .jump(0)),
            ([Instruction(code: 0x15, jumpTrue: 0, jumpFalse: 1), Instruction(code: 0x06)], .jump(0)),
            ([Instruction(code: 0x60, k: 16), Instruction(code: 0x06)], .memory(0)),
            ([Instruction(code: 0x34, k: 0), Instruction(code: 0x06)], .division(0)),
            ([Instruction(code: 0x64, k: 32), Instruction(code: 0x06)], .unknown(0, code: 0x64)),
            ([Instruction(code: 0xFFFF), Instruction(code: 0x06)], .unknown(0, code: 0xFFFF)),
            // Of the sockets that are no part of a frame: SKF_AD_CPU. Of the tag, what libpcap asks: SKF_AD_VLAN_TAG.
            ([Instruction(code: 0x20, k: 0xFFFF_F000 + 36), Instruction(code: 0x06)], .ancillary(0)),
            ([Instruction(code: 0x20, k: 0xFFFF_F000 + 44), Instruction(code: 0x06)], nil),
        ] as [([FilterInstruction], FilterFault?)])
    func `a program from outside is looked at`(_ program: [FilterInstruction], _ fault: FilterFault?) {
        var found: FilterFault?
        do throws(FilterFault) { try FilterProgram.check(program) } catch { found = error }
        #expect(found == fault)
    }
}

@Suite struct CutterTests {
    private func header(of frame: TCPFrame, _ size: Int) -> FrameOffload? {
        let start = frame.isIPv6 ? 54 : 34 + frame.options
        let start4 = UInt8(start + 4 * frame.tags.count)
        let header: [UInt8] = [1, frame.isIPv6 ? 4 : 1, start4 + 20, 0, UInt8(size), 0, start4, 0, 16, 0]
        return header.withPacket { FrameOffload($0, at: 0) }
    }

    /// The checksum of the whole, with its pseudo-header, is zero.
    private func isSummed(_ segment: [UInt8], _ frame: TCPFrame) -> Bool {
        let network = 14 + 4 * frame.tags.count
        let transport = network + (frame.isIPv6 ? 40 : 20 + frame.options)
        return segment.withPacket { span in
            var sum = Checksum()
            sum.add(span.extracting(frame.isIPv6 ? network + 8..<network + 40 : network + 12..<network + 20))
            sum.add(UInt32(segment.count - transport))
            sum.add(UInt32(6))
            sum.add(span.extracting(transport..<segment.count))
            guard !frame.isIPv6 else { return sum.complemented == 0 }
            var header = Checksum()
            header.add(span.extracting(network..<transport))
            return sum.complemented == 0 && header.complemented == 0
        }
    }

    @Test(arguments: [false, true], [[], [0x8100], [0x88A8, 0x8100]] as [[UInt16]])
    func `a gathered frame becomes those of the wire`(_ isIPv6: Bool, _ tags: [UInt16]) throws {
        var frame = TCPFrame()
        frame.tags = tags
        frame.payload = (0..<250).map { UInt8($0) }
        if isIPv6 {
            frame.isIPv6 = true
            frame.source = [UInt8](repeating: 1, count: 16)
            frame.destination = [UInt8](repeating: 2, count: 16)
        } else {
            frame.options = 4
        }
        let whole = frame.bytes
        let offload = try #require(header(of: frame, 100))
        let cutter = try #require(whole.withPacket { FrameCutter($0, offload) })
        #expect(cutter.count == 3)
        var payload: [UInt8] = []
        for index in 0..<3 {
            var room = [UInt8](repeating: 0, count: 400)
            let length = whole.withPacket { span in
                var bytes = room.mutableSpan
                var raw = unsafe bytes.mutableBytes
                return cutter.write(index, of: span, to: &raw, at: 8)
            }
            let segment = Array(room[8..<8 + length])
            #expect(isSummed(segment, frame), "\(index)")
            payload += segment.dropFirst(cutter.headerSize)
            let flags = segment[cutter.headerSize - 7]
            #expect(flags & 0x09 == (index == 2 ? 0x09 : 0))
            #expect(segment[cutter.headerSize - 13] == UInt8(1 + index * 100))
        }
        #expect(payload == frame.payload)
    }

    @Test func `what cannot be cut is not`() {
        let frame = TCPFrame()
        for length in 0..<frame.bytes.count {
            for header: [UInt8] in [
                [1, 1, 54, 0, 100, 0, 34, 0, 16, 0], [1, 4, 54, 0, 100, 0, 34, 0, 16, 0],
                [1, 1, 54, 0, 0, 0, 34, 0, 16, 0],
                [1, 1, 54, 0, 100, 0, 255, 255, 16, 0], [0, 1, 54, 0, 100, 0, 34, 0, 16, 0],
                [1, 5, 42, 0, 9, 0, 34, 0, 6, 0],
            ] {
                guard let offload = header.withPacket({ FrameOffload($0, at: 0) }) else { continue }
                let cutter = frame.bytes.prefix(length).withPacketCopy { FrameCutter($0, offload) }
                if let cutter {
                    #expect(cutter.headerSize <= length && cutter.payload(of: cutter.count - 1).upperBound <= length)
                }
            }
        }
        #expect([1, 9, 0, 0, 0, 0, 0, 0, 0, 0].withPacket { FrameOffload($0, at: 0) } == nil)
    }

    @Test func `a tag comes back to its place`() {
        let frame = TCPFrame().bytes
        var room: [UInt8] = [0, 0, 0, 0] + [1, 1, 54, 0, 100, 0, 34, 0, 16, 0] + frame
        var span = room.mutableSpan
        var bytes = unsafe span.mutableBytes
        EthernetFrame.insertTag(protocol: 0x88A8, control: 0x6005, moving: 22, in: &bytes)
        FrameOffload.shift(by: 4, at: 0, in: &bytes)
        #expect(Array(room[0..<10]) == [1, 1, 58, 0, 100, 0, 38, 0, 16, 0])
        #expect(Array(room[10...]) == Array(frame[0..<12]) + [0x88, 0xA8, 0x60, 5] + Array(frame[12...]))
    }
}

extension ArraySlice<UInt8> {
    fileprivate func withPacketCopy<Result>(_ body: (borrowing RawSpan) -> Result) -> Result {
        Array(self).withPacket(body)
    }
}
