// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Puppet
import TestSupport
import Testing

/// One end of a conversation, fed however a test likes.
struct Listener {
    var conversation: Conversation
    var said: [UInt8] = []
    private var waiting: [UInt8] = []

    init(_ conversation: Conversation) {
        self.conversation = conversation
    }

    /// What happens when these bytes come, frames as their bytes.
    mutating func hear(_ bytes: [UInt8]) throws(WireFault) -> [Heard] {
        waiting += bytes
        var heard: [Heard] = []
        var place = 0
        let all = waiting
        while let (reaction, end) = try all.withPacket({ span throws(WireFault) in
            try conversation.next(in: span, at: place, say: &said)
        }) {
            if case .frame(let mark, let range, let hasOffload) = reaction {
                heard.append(.frame(mark, Array(all[range].dropFirst(hasOffload ? FrameOffload.size : 0))))
            } else if reaction != .none {
                heard.append(.other(reaction))
            }
            place = end
        }
        waiting.removeFirst(place)
        return heard
    }

    /// Whether something has begun to come and is not whole.
    var isInTheMiddle: Bool { !waiting.isEmpty }
}

enum Heard: Equatable {
    case frame(FrameMark, [UInt8])
    case other(Conversation.Reaction)
}

/// A record with a frame in it, as the engine writes it.
func frameRecord(_ frame: [UInt8], _ mark: FrameMark = FrameMark()) -> [UInt8] {
    var head = [UInt8](repeating: 0, count: mark.size)
    var span = head.mutableSpan
    var bytes = unsafe span.mutableBytes
    mark.write(before: FrameOffload.size + frame.count, to: &bytes, at: 0)
    return head + [UInt8](repeating: 0, count: FrameOffload.size) + frame
}

let slaveHello = Hello(.slave, [.offload], tag: 7, software: "a test")
let masterHello = Hello(.master, [.offload, .stamps], tag: 8, software: "a test\nof two lines")
let someFrame = [UInt8](0..<60)

let someParameters = Parameters(
    name: "eth0", address: HardwareAddress(bits: 0x0200_5E00_5301), mtu: 1500, isRunning: true,
    ipv4: [Parameters.IPv4Prefix(IPv4Address(bits: 0xC612_0102), length: 24)],
    ipv6: [Parameters.IPv6Prefix(IPv6Address(high: 0x2001_0DB8 << 32, low: 1), length: 64)])

@Suite struct WireTests {
    /// What a slave says that says everything.
    private static let spoken: [UInt8] =
        Conversation(slaveHello, .modern, isCaller: true).opening + someParameters.bytes + Ping(moment: 5).bytes
        + [0, 0, 0, 3, 200, 0, 0, 0, 1, 2, 3] + frameRecord(someFrame, FrameMark(isOutgoing: true, stamp: 99))
        + Pong(moment: 5, clock: 6, received: 1 << 40).bytes + frameRecord(someFrame)

    private static let heard: [Heard] = [
        .other(.opened), .other(.parameters(someParameters)), .other(.answer(Ping(moment: 5))),
        .frame(FrameMark(isOutgoing: true, stamp: 99), someFrame),
        .other(.answered(Pong(moment: 5, clock: 6, received: 1 << 40))), .frame(FrameMark(), someFrame),
    ]

    private func master() -> Listener { Listener(Conversation(masterHello, .auto, isCaller: false)) }

    @Test func `all at once, and byte by byte, is the same`() throws {
        var listener = master()
        #expect(try listener.hear(WireTests.spoken) == WireTests.heard)
        #expect(listener.conversation.peer == slaveHello)
        var slow = master()
        var heard: [Heard] = []
        for byte in WireTests.spoken { heard += try slow.hear([byte]) }
        #expect(heard == WireTests.heard)
        #expect(!slow.isInTheMiddle)
    }

    @Test func `an end at any byte is no fault, and no part of a record is taken for one`() throws {
        for count in 0..<WireTests.spoken.count {
            var listener = master()
            let heard = try listener.hear(Array(WireTests.spoken.prefix(count)))
            #expect(heard == Array(WireTests.heard.prefix(heard.count)), "\(count)")
        }
    }

    @Test func `what a shell prints before the greeting is passed over, if it is over ssh`() throws {
        let banner = Array("Welcome to gw!\r\nLast login: \u{89}puppe\r\n".utf8)
        var listener = Listener(Conversation(masterHello, .modern, isCaller: true, tolerance: 65_536))
        #expect(try listener.hear(banner + WireTests.spoken) == WireTests.heard)
        var strict = Listener(Conversation(masterHello, .modern, isCaller: true))
        #expect(throws: WireFault.noGreeting(count: banner.count, sample: Array(banner.prefix(32)))) {
            try strict.hear(banner)
        }
    }

    @Test func `a shell that goes on printing is refused, and quoted`() throws {
        var listener = Listener(Conversation(masterHello, .modern, isCaller: true, tolerance: 100))
        #expect(try listener.hear([UInt8](repeating: 0x61, count: 100)) == [])
        let fault = #expect(throws: WireFault.self) { try listener.hear([0x61, 0x0A]) }
        #expect(
            fault?.description == "no greeting in 102 bytes, which begin with \"\(String(repeating: "a", count: 32))\"")
    }

    @Test(
        arguments: [
            ([0, 2, 0, 1, 2, 0, 0, 0], WireFault.tooLong(0x20001)),
            ([0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0], .tooLong(.max)),
            ([0, 0, 0, 0, 2, 0, 0, 0], .malformed(.frame)),
            ([0, 0, 0, 4, 2, 2, 0, 0, 1, 2, 3, 4], .malformed(.frame)),
            ([0, 0, 0, 0, 4, 0, 0, 0], .malformed(.ping)),
            ([0, 0, 0, 1, 5, 0, 0, 0, 1], .malformed(.pong)),
            ([0, 0, 0, 3, 3, 0, 0, 0, 0, 1, 0], .malformed(.parameters)),
            ([0, 0, 0, 5, 3, 0, 0, 0, 0, 1, 0, 9, 1], .malformed(.parameters)),
            // An MTU of 5, a group's address, a prefix of 33 bits.
            ([0, 0, 0, 8, 3, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 5], .malformed(.parameters)),
            ([0, 0, 0, 10, 3, 0, 0, 0, 0, 2, 0, 6, 1, 0, 0, 0, 0, 1], .malformed(.parameters)),
            ([0, 0, 0, 9, 3, 0, 0, 0, 0, 5, 0, 5, 1, 2, 3, 4, 33], .malformed(.parameters)),
            // Only a master has programs, and says hello once.
            ([0, 0, 0, 8, 6, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0], .unexpected(.program)),
            (slaveHello.bytes, .unexpected(.hello)),
            ([0, 0, 0, 2, 7, 0, 0, 0, 0x6F, 0x6B], .goodbye("ok")),
        ] as [([UInt8], WireFault)])
    func `a hostile record ends the connection`(_ bytes: [UInt8], _ fault: WireFault) throws {
        var listener = master()
        _ = try listener.hear(Conversation(slaveHello, .modern, isCaller: true).opening)
        #expect(throws: fault) { try listener.hear(bytes) }
    }

    @Test func `nothing comes before the greeting and the hello`() throws {
        var listener = master()
        #expect(throws: WireFault.self) { try listener.hear(frameRecord(someFrame)) }
        var greeted = master()
        let greeting = Array(Conversation(slaveHello, .modern, isCaller: true).opening.prefix(16))
        #expect(throws: WireFault.unexpected(.frame)) { try greeted.hear(greeting + frameRecord(someFrame)) }
    }

    @Test func `two masters hear each other, and two slaves do not`() throws {
        var listener = master()
        let other = Conversation(masterHello, .modern, isCaller: true).opening
        #expect(try listener.hear(other + frameRecord(someFrame)) == [.other(.opened), .frame(FrameMark(), someFrame)])
        var slave = Listener(Conversation(slaveHello, .modern, isCaller: false))
        #expect(throws: WireFault.sameSlaves) {
            try slave.hear(Conversation(slaveHello, .modern, isCaller: true).opening)
        }
    }

    @Test func `other versions refuse each other`() throws {
        var newer = Conversation(masterHello, .modern, isCaller: true).opening
        newer[13] = 2
        var again = master()
        #expect(throws: WireFault.version(2)) { try again.hear(newer) }
    }

    @Test func `a listening end says hello when it knows what is spoken`() throws {
        var listener = master()
        #expect(listener.conversation.opening == [])
        _ = try listener.hear([0x89])
        #expect(listener.said == Conversation(masterHello, .modern, isCaller: true).opening)
    }
}

@Suite struct LegacyTests {
    /// As the originals sent them, of an interface `lan0` with 02:00:00:00:0b:01, 1500 and 198.18.1.2/24.
    private static let slave1_4: [UInt8] = bytes(
        """
        0001
        8001 00008924 6c616e30 000000000000000000000000 0001 020000000b01 0000000000000000
        8001 00008922 6c616e30 000000000000000000000000 05dc 0000000000000000000000000000
        8001 00008916 6c616e30 000000000000000000000000 0002 0000c6120102 0000000000000000
        8001 00008918 6c616e30 000000000000000000000000 0002 0000c6120102 0000000000000000
        8001 0000891a 6c616e30 000000000000000000000000 0002 0000c61201ff 0000000000000000
        8001 0000891c 6c616e30 000000000000000000000000 0002 0000ffffff00 0000000000000000
        8002
        """)

    private static let slave1_3: [UInt8] = bytes(
        """
        0001
        8001 24890000 6c616e30 000000000000000000000000 0100 020000000b01 00000000000000000000000000000000
        8001 22890000 6c616e30 000000000000000000000000 dc05 00000000000000000000000000000000000000000000
        8001 16890000 6c616e30 000000000000000000000000 0200 0000c6120102 00000000000000000000000000000000
        8001 18890000 6c616e30 000000000000000000000000 0200 0000c6120102 00000000000000000000000000000000
        8001 1a890000 6c616e30 000000000000000000000000 0200 0000c61201ff 00000000000000000000000000000000
        8001 1c890000 6c616e30 000000000000000000000000 0200 0000ffffff00 00000000000000000000000000000000
        """)

    private static let parameters = Parameters(
        name: "lan0", address: HardwareAddress("02:00:00:00:0b:01"), mtu: 1500,
        ipv4: [Parameters.IPv4Prefix(IPv4Address(bits: 0xC612_0102), length: 24)])

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.filter(\.isHexDigit)
        return stride(from: 0, to: digits.count, by: 2).compactMap { place in
            UInt8(digits.dropFirst(place).prefix(2), radix: 16)
        }
    }

    private static let ping = LegacyEncoder.header(length: someFrame.count, type: 0x0800) + someFrame

    @Test(arguments: [(LegacyVersion.v1_4, LegacyTests.slave1_4), (.v1_3, LegacyTests.slave1_3)])
    func `what the originals sent is read, at once and byte by byte`(_ version: LegacyVersion, _ spoken: [UInt8]) throws
    {
        let expected: [Heard] = [
            .other(.opened), .other(.parameters(LegacyTests.parameters)), .frame(FrameMark(), someFrame),
        ]
        var listener = Listener(Conversation(masterHello, .legacy(version), isCaller: true))
        #expect(listener.conversation.opening == version.bytes)
        #expect(try listener.hear(spoken + LegacyTests.ping) == expected)
        var slow = Listener(Conversation(masterHello, .auto, isCaller: false))
        var heard: [Heard] = []
        for byte in version.bytes + spoken + LegacyTests.ping { heard += try slow.hear([byte]) }
        #expect(heard == expected)
        #expect(slow.conversation.spoken == .legacy(version))
        for count in 0..<spoken.count {
            var cut = Listener(Conversation(masterHello, .legacy(version), isCaller: true))
            let heard = try cut.hear(Array(spoken.prefix(count)))
            #expect(heard == Array(expected.prefix(heard.count)))
        }
    }

    @Test func `what is sent is what the originals sent`() {
        #expect(LegacyEncoder.opening(.v1_4, LegacyTests.parameters) == LegacyTests.slave1_4)
        #expect(LegacyEncoder.opening(.v1_3, LegacyTests.parameters) == LegacyTests.slave1_3)
        #expect(LegacyEncoder.opening(.v1_4, nil) == [0, 1])
    }

    @Test func `1_3 from a machine with short pointers, and 1_4 from a big-endian one, are read`() throws {
        var short: [UInt8] = [0, 1]
        for start in stride(from: 2, to: LegacyTests.slave1_3.count, by: 46) {
            short += LegacyTests.slave1_3[start..<start + 38]
        }
        var listener = Listener(Conversation(masterHello, .legacy(.v1_3), isCaller: true))
        #expect(try listener.hear(short).last == .other(.parameters(LegacyTests.parameters)))
        var big = LegacyTests.slave1_4
        big.replaceSubrange(62..<66, with: [0, 0, 5, 0xDC])
        var other = Listener(Conversation(masterHello, .legacy(.v1_4), isCaller: true))
        #expect(try other.hear(big).last == .other(.parameters(LegacyTests.parameters)))
    }

    @Test func `a peer names no ioctl but the six`() throws {
        var hostile = LegacyTests.slave1_4
        hostile[6...7] = [0x89, 0x23]
        var listener = Listener(Conversation(masterHello, .legacy(.v1_4), isCaller: true))
        #expect(throws: WireFault.legacyRequest(0x8923)) { try listener.hear(hostile) }
        var command = Listener(Conversation(masterHello, .legacy(.v1_4), isCaller: true))
        #expect(throws: WireFault.legacyCommand(3)) { try command.hear([0, 1, 0x80, 3]) }
    }

    @Test func `versions that are not known, or not wanted, are refused`() throws {
        var listener = Listener(Conversation(slaveHello, .auto, isCaller: false))
        #expect(throws: WireFault.legacyVersion(0x1337_0102)) { try listener.hear([0x13, 0x37, 1, 2]) }
        var strict = Listener(Conversation(slaveHello, .legacy(.v1_4), isCaller: false))
        #expect(throws: WireFault.legacyVersion(0x1337_0103)) { try strict.hear(LegacyVersion.v1_3.bytes) }
    }

    @Test func `frames that are none, and those that are longer than an original takes, keep the step`() throws {
        var listener = Listener(Conversation(masterHello, .legacy(.v1_4), isCaller: true))
        let long = [UInt8](repeating: 7, count: 1600)
        let bytes = [0, 1, 0, 0, 0, 1, 9, 0, 2, 8, 0] + LegacyEncoder.header(length: 1600, type: 0x0800) + long
        #expect(
            try listener.hear(bytes + LegacyTests.ping) == [
                .other(.opened), .frame(FrameMark(), long), .frame(FrameMark(), someFrame),
            ])
    }
}
