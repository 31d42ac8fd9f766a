// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import KernelPrograms
import SystemIO
import NodeBed
import TestSupport
import Testing

/// What a captured prefix answers, and what it does not.
@Suite struct SilenceTests {
    /// Writes whole packets at the client, and hears all ICMPv6 that comes back.
    private final class Prober {
        private let sender: TestSocket
        private let listener: TestSocket
        private var sequence: UInt16 = 0

        init(_ bed: FaithBed) throws {
            sender = try TestSocket(in: bed.client, type: SOCK_RAW, proto: Int32(IPPROTO_RAW))
            listener = try TestSocket(in: bed.client, type: SOCK_RAW, proto: Int32(IPPROTO_ICMPV6))
        }

        /// An echo request that nobody has sent before, with its checksum.
        func request(to address: String, type: UInt8 = 128) -> [UInt8] {
            sequence += 1
            let body = [0x5A, 0x5A, UInt8(sequence >> 8), UInt8(sequence & 255)] + [UInt8](repeating: 7, count: 56)
            let packet = Packet.ipv6(
                from: "2001:db8:1::9", to: address, nextHeader: 58, payload: [type, 0, 0, 0] + body)
            let sum = ~Packet.transportSum(of: packet, proto: 58)
            return Array(packet[..<42]) + [UInt8(sum >> 8), UInt8(sum & 255)] + body
        }

        func send(_ packets: [[UInt8]], to address: String) {
            for packet in packets {
                let status = sender.send(packet, to: address)
                #expect(status == 0)
            }
        }

        /// The type and code of each message that came before the reply to another request, which follows the packets.
        func answers(to packets: [[UInt8]], for address: String) throws -> [[UInt8]] {
            send(packets, to: address)
            let last = request(to: FaithBed.own)
            send([last], to: FaithBed.own)
            var answers: [[UInt8]] = []
            let isOver = eventually {
                while let message = listener.receive() {
                    if message.first == 129, message[4...] == last[44...] { return true }
                    // The client's own neighbours ask it as well.
                    if message[0] < 130 { answers.append(Array(message[..<2])) }
                }
                return false
            }
            guard isOver else { throw CommandFailure(description: "nothing comes back") }
            return answers
        }
    }

    private static let echoReply: [UInt8] = [129, 0]

    @Test func aCapturedAddressDoesNotAnswerPing() throws {
        try FaithBed.with { bed, capture throws in
            let prober = try Prober(bed)
            let request = prober.request(to: FaithBed.inWide)
            #expect(try prober.answers(to: [request], for: FaithBed.inWide) == [SilenceTests.echoReply])
            try capture.set(prefixes: [FaithBed.wide: 5])
            #expect(try prober.answers(to: [request], for: FaithBed.inWide) == [])
            #expect(try bed.refused(slot: 5) == ["icmpv6": 1])
            #expect(try bed.traffic(slot: 5) == [1, UInt64(request.count)])
            let beside = prober.request(to: FaithBed.beside)
            #expect(try prober.answers(to: [beside], for: FaithBed.beside) == [SilenceTests.echoReply])
            #expect(try bed.traffic(slot: 5) == [1, UInt64(request.count)])
        }
    }

    /// The request in two fragments, in one that is a whole packet, behind options, and behind options in fragments: what
    /// the kernel answers if nothing is captured. Each fragment is counted.
    @Test(arguments: 0..<4)
    func neitherDoesItInFragments(_ shape: Int) throws {
        try FaithBed.with { bed, capture throws in
            let prober = try Prober(bed)
            let datagram = Datagram(source: "2001:db8:1::9", destination: FaithBed.inWide, data: [])
            let shapes = { (id: UInt32) -> [[UInt8]] in
                let message = Array(prober.request(to: FaithBed.inWide)[40...])
                let options: [UInt8] = [58, 0, 1, 4, 0, 0, 0, 0]
                let first = Array(message[..<32]), rest = Array(message[32...])
                switch shape {
                case 0:
                    return [
                        datagram.fragment(first, at: 0, more: true, id: id, nextHeader: 58),
                        datagram.fragment(rest, at: 32, more: false, id: id, nextHeader: 58),
                    ]
                case 1: return [datagram.fragment(message, at: 0, more: false, id: id, nextHeader: 58)]
                case 2:
                    return [
                        Packet.ipv6(
                            from: datagram.source, to: datagram.destination, nextHeader: 60, payload: options + message)
                    ]
                default:
                    return [
                        datagram.fragment(options + first, at: 0, more: true, id: id, nextHeader: 60),
                        datagram.fragment(rest, at: 40, more: false, id: id, nextHeader: 60),
                    ]
                }
            }
            #expect(try prober.answers(to: shapes(1), for: FaithBed.inWide) == [SilenceTests.echoReply])
            try capture.set(prefixes: [FaithBed.wide: 0])
            #expect(try prober.answers(to: shapes(2), for: FaithBed.inWide) == [])
            // The last fragment of the last shape does not show what it is of, and waits in vain.
            #expect(try bed.refused() == ["icmpv6": shape == 0 ? 2 : 1])
            #expect(try bed.traffic()[0] == (shape % 3 == 0 ? 2 : 1))
        }
    }

    /// RFC 7112: the first fragment has all headers. RFC 8200 §4.5: a fragment has no fragments.
    @Test func whatHidesIsDropped() throws {
        try FaithBed.with { bed, capture throws in
            try capture.set(prefixes: [FaithBed.wide: 0])
            let prober = try Prober(bed)
            let datagram = Datagram(source: "2001:db8:1::9", destination: FaithBed.inWide, data: [])
            let options: [UInt8] = [60, 0, 1, 4, 0, 0, 0, 0]
            let cut = datagram.fragment(options, at: 0, more: true, id: 1, nextHeader: 60)
            let inner: [UInt8] = [58, 0, 0, 1, 0, 0, 0, 9] + Array(prober.request(to: FaithBed.inWide)[40..<72])
            let nested = datagram.fragment(inner, at: 0, more: true, id: 2, nextHeader: 44)
            let short = Packet.ipv6(
                from: datagram.source, to: datagram.destination, nextHeader: 58, payload: [128])
            let endless = Packet.ipv6(
                from: datagram.source, to: datagram.destination, nextHeader: 60,
                payload: (0..<128).flatMap { _ in options } + [58, 0, 1, 4, 0, 0, 0, 0]
                    + prober.request(to: FaithBed.inWide)[40...])
            #expect(try prober.answers(to: [cut, nested, short, endless], for: FaithBed.inWide) == [])
            #expect(try bed.refused() == ["hidden": 4])
        }
    }

    /// 1, 2 and 3 are errors of connections; the kernel gets nothing else.
    @Test func errorsOfConnectionsGetThrough() throws {
        try FaithBed.with { bed, capture throws in
            try capture.set(prefixes: [FaithBed.wide: 0])
            let prober = try Prober(bed)
            let node = try TestSocket(in: bed.node, type: SOCK_RAW, proto: Int32(IPPROTO_ICMPV6))
            let types: [UInt8] = [0, 1, 2, 3, 4, 100, 127, 128, 129, 133, 134, 135, 136, 137, 139, 255]
            let packets = types.map { prober.request(to: FaithBed.inWide, type: $0) }
            #expect(try prober.answers(to: packets, for: FaithBed.inWide) == [])
            var heard: [UInt8] = []
            // Not the request that asks whether all is over: its number is higher.
            while let message = node.receive() {
                if message[4...6] == [0x5A, 0x5A, 0], message[7] <= types.count { heard.append(message[0]) }
            }
            #expect(heard == [1, 2, 3])
            #expect(try bed.refused() == ["icmpv6": 13])
            #expect(try bed.traffic()[0] == 16)
            // None of them is so long that it needs fragments.
            let datagram = Datagram(source: "2001:db8:1::9", destination: FaithBed.inWide, data: [])
            let message = Array(prober.request(to: FaithBed.inWide, type: 2)[40...])
            let first = datagram.fragment(Array(message[..<32]), at: 0, more: true, id: 1, nextHeader: 58)
            #expect(try prober.answers(to: [first], for: FaithBed.inWide) == [])
            #expect(try bed.refused() == ["icmpv6": 14])
        }
    }

    /// A connection whose path becomes narrower behind the hop learns it from packet too big.
    @Test func aConnectionLearnsThatItsPacketsAreTooBig() throws {
        try FaithBed.withRelay { bed, capture, listener throws in
            let (client, errno) = try bed.connect(to: FaithBed.inWide)
            #expect(errno == 0)
            let server = listener.withNumber { accept($0, nil, nil) }
            #expect(server >= 0)
            defer { close(server) }
            try bed.hop.succeed("ip link set ne0 mtu 1300")
            let total = 100_000
            let bytes = [UInt8](repeating: 0x5A, count: total)
            var sent = 0, received = 0
            let isThere = eventually {
                let count = bytes[sent...].withUnsafeBytes {
                    send(server, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
                }
                sent += max(0, count)
                while let part = client.receive(), !part.isEmpty { received += part.count }
                return received == total
            }
            #expect(isThere)
            var mtu: Int32 = 0, size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(server, Int32(IPPROTO_IPV6), 24, &mtu, &size)
            #expect(mtu == 1300)
            #expect(try bed.refused() == [:])
        }
    }

    @Test func datagramsAreRefused() throws {
        try FaithBed.with { bed, capture throws in
            let service = try bed.service(port: 53, type: SOCK_DGRAM)
            let socket = try TestSocket(in: bed.client, type: SOCK_DGRAM)
            #expect(socket.connect(FaithBed.inWide, port: 53) == 0)
            let words = Array("whatever".utf8)
            #expect(send(socket.number, words, words.count, 0) == words.count)
            #expect(eventually { service.receive() == words })
            try capture.set(prefixes: [FaithBed.wide: 0])
            #expect(send(socket.number, words, words.count, 0) == words.count)
            #expect(eventually { socket.receive() == nil && errno == ECONNREFUSED })
            #expect(service.receive() == nil)
            #expect(try bed.refused() == ["udp": 1])
            #expect(try bed.traffic() == [1, 48 + 8])
            // The node's own address has its service.
            let other = try TestSocket(in: bed.client, type: SOCK_DGRAM)
            #expect(other.send(words, to: FaithBed.own, port: 53) == 0)
            #expect(eventually { service.receive() == words })
        }
    }

    /// The sender hears ICMPv6 port unreachable, and no more.
    @Test func aDatagramIsAnsweredByPortUnreachable() throws {
        try FaithBed.with { bed, capture throws in
            try capture.set(prefixes: [FaithBed.wide: 0])
            let prober = try Prober(bed)
            let datagram = Datagram(source: "2001:db8:1::9", destination: FaithBed.inWide, data: [1, 2])
            #expect(try prober.answers(to: [datagram.packet()], for: FaithBed.inWide) == [[1, 4]])
        }
    }

    /// Nothing, IPv4, IPv6, GRE, SCTP, UDP-Lite, an experiment: the kernel answers parameter problem, code 1, to those that
    /// it does not know; of a captured prefix, nobody hears.
    @Test(arguments: [59, 4, 41, 47, 132, 136, 253] as [UInt8])
    func otherProtocolsAreDropped(_ proto: UInt8) throws {
        try FaithBed.with { bed, capture throws in
            let prober = try Prober(bed)
            let packet = Packet.ipv6(from: "2001:db8:1::9", to: FaithBed.inWide, nextHeader: proto)
            let answer = try prober.answers(to: [packet], for: FaithBed.inWide)
            if proto == 253 { #expect(answer == [[4, 1]]) }
            try capture.set(prefixes: [FaithBed.wide: 0])
            #expect(try prober.answers(to: [packet], for: FaithBed.inWide) == [])
            #expect(try bed.refused() == ["not-tcp": 1])
            #expect(try bed.traffic() == [1, UInt64(packet.count)])
        }
    }

    /// A SYN that is refused is one packet of 80 bytes here: the fixed header, and TCP's with its usual options.
    @Test func whatIsRefusedIsCountedToo() throws {
        try FaithBed.withRelay { bed, capture, listener throws in
            for _ in 0..<3 { #expect(try bed.failure(to: FaithBed.inWide, port: 23) == ECONNREFUSED) }
            #expect(try bed.traffic() == [3, 240])
            #expect(try bed.traffic(slot: 1) == [0, 0])
            #expect(try bed.failure(to: FaithBed.own, port: 23) == ECONNREFUSED)
            #expect(try bed.traffic() == [3, 240])
            withExtendedLifetime(listener) {}
        }
    }
}
