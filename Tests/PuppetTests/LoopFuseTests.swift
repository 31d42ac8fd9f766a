// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Puppet
import TestSupport
import Testing

@Suite struct LoopFuseTests {
    private static let millisecond: UInt64 = 1_000_000

    /// A slave, the way to its peer, and what else is emitted at its interface, by the millisecond.
    private struct World {
        var fuse: LoopFuse
        /// Milliseconds there and back.
        var roundTrip: UInt64 = 1
        /// Whether what the slave writes is emitted at the interface.
        var isLoop = false
        /// Frames of somebody else's, each of 1000 bytes, in each millisecond.
        var others: (UInt64) -> Int = { _ in 0 }
        var answers = true

        private(set) var holds: [UInt64] = []
        private(set) var blown: UInt64?
        private var waiting = 0
        private var inFlight: [(due: UInt64, bytes: Int)] = []
        private var asked: UInt64?

        init(isAsked: Bool = true) { fuse = LoopFuse(isAsked: isAsked) }

        mutating func run(milliseconds: Range<UInt64>) {
            for moment in milliseconds where blown == nil { turn(moment) }
        }

        private mutating func turn(_ moment: UInt64) {
            let now = moment * LoopFuseTests.millisecond
            // What was written half a round trip ago is on the wire; and the interface hears it.
            for arrived in inFlight where arrived.due <= moment { sniff(arrived.bytes, now) }
            inFlight.removeAll { $0.due <= moment }
            for _ in 0..<others(moment) { sniff(1000, now) }
            if let asked, answers, moment >= asked + roundTrip {
                fuse.answer(to: asked * LoopFuseTests.millisecond, at: now)
                self.asked = nil
            }
            switch fuse.step(at: now) {
            case .none, .release: break
            case .hold:
                holds.append(moment)
                write(moment)
                asked = moment
            case .blow: blown = moment
            }
            if !fuse.isHolding { write(moment) }
        }

        private mutating func sniff(_ bytes: Int, _ now: UInt64) {
            fuse.emit(bytes: bytes, at: now)
            fuse.write(bytes: bytes + 30)
            waiting += bytes + 30
        }

        /// In segments of 1400 bytes, each with its headers, as far as the way takes them.
        private mutating func write(_ moment: UInt64) {
            guard isLoop else {
                waiting = 0
                return
            }
            var room = 20
            while waiting > 0, room > 0 {
                inFlight.append((moment + max(roundTrip / 2, 1), min(waiting, 1400) + 66))
                waiting -= min(waiting, 1400)
                room -= 1
            }
        }
    }

    @Test(arguments: [1, 4, 20, 80] as [UInt64]) func `a tunnel that sniffs itself is found`(_ roundTrip: UInt64) throws
    {
        var world = World()
        (world.isLoop, world.roundTrip) = (true, roundTrip)
        // Somebody says something, and that is enough.
        world.others = { $0 == 3 ? 30 : 0 }
        world.run(milliseconds: 1..<3000)
        #expect(try #require(world.blown) < 1000 + 10 * roundTrip)
        // Nothing happens then.
        #expect(world.fuse.step(at: 1 << 60) == .none && world.fuse.due == nil)
    }

    @Test func `so is one whose peer cannot be asked`() {
        var world = World(isAsked: false)
        (world.isLoop, world.answers) = (true, false)
        world.others = { $0 == 3 ? 30 : 0 }
        world.run(milliseconds: 1..<3000)
        #expect(world.blown != nil)
    }

    @Test(arguments: [1, 20, 250] as [UInt64], [true, false])
    func `what others emit goes on, and is held less and less often`(_ period: UInt64, _ answers: Bool) {
        var world = World()
        world.answers = answers
        world.others = { $0 % period == 0 ? 20 : 0 }
        world.run(milliseconds: 1..<25_000)
        #expect(world.blown == nil)
        #expect((1...(answers ? 30 : 61)).contains(world.holds.count))
    }

    /// Whatever its rhythm.
    @Test func `what comes in bursts is not taken for the tunnel`() {
        for period: UInt64 in stride(from: 11, to: 600, by: 11) {
            for length: UInt64 in [1, 10, 60] {
                var world = World()
                world.others = { $0 % period < length ? 12 : 0 }
                // Whoever is found innocent is left alone for ten seconds.
                world.run(milliseconds: 1..<2_500)
                #expect(world.blown == nil, "\(length) of \(period)")
            }
        }
    }

    @Test func `what is sniffed of others, and little, is not even held`() {
        var world = World()
        world.others = { $0 % 20 == 0 ? 1 : 0 }
        world.run(milliseconds: 1..<10_000)
        #expect(world.holds == [])
    }

    @Test func `the words that help are those of the flow with most of the bytes`() {
        var udp = TCPFrame()
        udp.proto = 17
        var gre = TCPFrame()
        gre.proto = 47
        var six = TCPFrame()
        six.isIPv6 = true
        six.source = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        six.destination = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7]
        let other: [UInt8] = [UInt8](repeating: 2, count: 12) + [0x88, 0xB5] + [UInt8](repeating: 0, count: 46)
        for (frame, words) in [
            (TCPFrame().bytes, "exclude 192.0.2.1:7113,198.51.100.7:50000"),
            (six.bytes, "exclude [2001:db8::1]:7113,[2001:db8::7]:50000"),
            (udp.bytes, "filter \"not (udp and host 198.51.100.7 and port 50000)\""),
            (gre.bytes, "filter \"not (ip proto 47 and host 198.51.100.7)\""),
            (other, "filter \"not ether proto 34997\""),
        ] {
            var vote = FlowVote()
            for index in 0..<30 {
                let one = index % 3 == 0 ? [UInt8](repeating: UInt8(index), count: 60) : frame
                if let flow = one.withPacket({ FrameFlow(of: $0) }) { vote.add(flow, bytes: one.count) }
            }
            #expect(vote.leader?.words == words)
            for count in 0..<frame.count { _ = Array(frame.prefix(count)).withPacket { FrameFlow(of: $0) } }
        }
    }
}
