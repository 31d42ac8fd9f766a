// SPDX-License-Identifier: BSD-2-Clause
import Puppet
import Testing

@Suite struct SendWindowTests {
    /// A path that takes so many bytes in a millisecond, and holds whatever it is given.
    private struct Path {
        var window = SendWindow()
        /// Bytes.
        let rate: Int
        /// Milliseconds there and back, on an empty path.
        let roundTrip: UInt64

        private var queue: [(bytes: Int, sent: UInt64, ping: UInt64?)] = []
        private var pongs: [(due: UInt64, moment: UInt64)] = []
        private var credit = 0
        private(set) var arrived = 0
        /// How long each waited, in milliseconds.
        private(set) var waits: [UInt64] = []

        init(rate: Int, roundTrip: UInt64) {
            (self.rate, self.roundTrip) = (rate, roundTrip)
        }

        /// There is always more to send.
        mutating func run(milliseconds: Range<UInt64>) {
            for moment in milliseconds {
                let now = moment * 1_000_000
                for pong in pongs where pong.due <= moment { window.answer(to: pong.moment, at: now) }
                pongs.removeAll { $0.due <= moment }
                credit = queue.isEmpty ? rate : credit + rate
                var frames = 0
                while window.room.map({ $0 > 0 }) ?? true, frames < 5000 {
                    frames += 1
                    let ping = window.asks(behind: 1500) ? moment << 16 + UInt64(frames) : nil
                    window.send(1500, ping.map { [($0, 1500)] } ?? [], at: now)
                    queue.append((1500, moment, ping))
                }
                var done = 0
                while done < queue.count, credit >= queue[done].bytes {
                    let (bytes, sent, ping) = queue[done]
                    credit -= bytes
                    arrived += bytes
                    waits.append(moment - sent)
                    if let ping { pongs.append((moment + roundTrip, ping)) }
                    done += 1
                }
                queue.removeFirst(done)
            }
        }
    }

    @Test(arguments: [250, 2_500, 125_000], [1, 30, 200] as [UInt64])
    func `a path is full, and nothing waits long on it`(_ rate: Int, _ roundTrip: UInt64) {
        var path = Path(rate: rate, roundTrip: roundTrip)
        path.run(milliseconds: 0..<4000)
        let (before, begun) = (path.arrived, path.waits.count)
        path.run(milliseconds: 4000..<6000)
        // Of what it could take, most; the slowest path holds the least that is ever permitted.
        #expect(path.arrived - before > rate * 2000 * 7 / 10)
        let longest = path.waits[begun...].max() ?? 0
        #expect(longest <= max(110, UInt64((32 << 10) / rate) + 20), "\(longest) ms")
    }

    @Test func `a path that becomes slow is given less`() {
        var fast = Path(rate: 125_000, roundTrip: 1)
        fast.run(milliseconds: 0..<1000)
        #expect(fast.window.limit > 5_000_000)
        var slow = Path(rate: 1000, roundTrip: 1)
        slow.window = fast.window
        slow.run(milliseconds: 1000..<1000)
        #expect(slow.window.limit == fast.window.limit)
        // What is answered late.
        var window = SendWindow()
        window.send(60_000, [(1, 60_000)], at: 0)
        window.answer(to: 1, at: 1_000_000)
        window.send(60_000, [(2, 60_000)], at: 2_000_000)
        window.answer(to: 2, at: 602_000_000)
        #expect(window.limit == 32 << 10)
        // What nobody asked is nobody's answer.
        window.answer(to: 77, at: 603_000_000)
        #expect(window.room == nil)
    }
}

@Suite struct RecordLineTests {
    @Test func `what has waited too long leaves, but for what was begun and what must be said`() {
        var line = RecordLine()
        line.add(.frame(bytes: 60, since: 10), length: 80)
        line.add(.padding(since: 10), length: 16)
        line.add(.frame(bytes: 61, since: 20), length: 81)
        #expect(line.oldest == 10)
        var late = line.dropLate(before: 10)
        #expect(late == (0, 0))
        late = line.dropLate(before: 20)
        #expect(late == (1, 96))
        #expect(line.send(1) == RecordLine.Departure())
        late = line.dropLate(before: 30)
        #expect(late == (0, 0), "it has begun")
        line.add(.word, length: 8)
        line.add(.frame(bytes: 62, since: 20), length: 82)
        var gone = RecordLine.Departure()
        (gone.frames, gone.bytes) = (1, 61)
        #expect(line.send(80) == gone)
        late = line.dropLate(before: 30)
        #expect(late == (0, 0), "it must be said")
        #expect(line.frames == 1)
        line.renew(at: 40)
        #expect(line.oldest == 40)
        #expect(line.send(8) == RecordLine.Departure())
        late = line.dropLate(before: 41)
        #expect(late == (1, 82) && line.isEmpty && line.oldest == nil)
    }

    @Test func `no more frames leave than there is room for, but whole ones, and all that must be said`() {
        var line = RecordLine()
        line.add(.word, length: 8)
        for _ in 0..<3 { line.add(.frame(bytes: 60, since: 0), length: 80) }
        line.add(.ping(moment: 5), length: 16)
        #expect(line.length(room: 0, atMost: 1000) == 8)
        #expect(line.length(room: 9, atMost: 1000) == 88)
        #expect(line.length(room: 100, atMost: 1000) == 168)
        #expect(line.length(room: 1000, atMost: 1000) == 264)
        #expect(line.length(room: 1000, atMost: 100) == 100)
        _ = line.send(20)
        #expect(line.length(room: -5, atMost: 1000) == 68, "what has begun is finished")
        let departure = line.send(244)
        #expect(departure.frames == 3 && departure.pings.map(\.end) == [244] && line.isEmpty)
    }

    @Test func `many pass`() {
        var line = RecordLine()
        var frames: UInt64 = 0
        for index in 0..<20_000 {
            line.add(.frame(bytes: 60, since: UInt64(index)), length: 80)
            if index % 3 == 0 { frames += line.send(200).frames }
        }
        while !line.isEmpty { frames += line.send(1000).frames }
        #expect(frames == 20_000)
    }
}
