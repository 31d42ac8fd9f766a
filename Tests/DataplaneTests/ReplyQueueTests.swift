// SPDX-License-Identifier: BSD-2-Clause
import Testing
import TestSupport

@testable import Dataplane

@Suite struct ReplyQueueTests {
    /// Whatever is taken at a time, all of it goes out, in order, and is let go of.
    @Test(arguments: 0..<50)
    func `all bytes go out once and in order`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = ReplyQueue()
        var expected: [UInt8] = [], sent: [UInt8] = []
        for _ in 0..<200 {
            let piece = (0..<generator.pick(0...300)).map { _ in UInt8(generator.pick(0...255)) }
            expected += piece
            queue.append(piece)
            var room = generator.pick(0...700)
            queue.write { bytes in
                let taken = min(room, bytes.count)
                sent += bytes.prefix(taken)
                room -= taken
                return taken
            }
            #expect(queue.count == expected.count - sent.count)
        }
        queue.write { bytes in
            sent += bytes
            return bytes.count
        }
        #expect(sent == expected)
        #expect(queue.isEmpty)
    }

    @Test func `small pieces go out together, a large one as it is`() {
        var queue = ReplyQueue()
        for _ in 0..<100 { queue.append([1, 2, 3]) }
        queue.append([UInt8](repeating: 7, count: 1 << 20))
        var calls: [Int] = []
        queue.write { bytes in
            calls.append(bytes.count)
            return bytes.count
        }
        #expect(calls == [300, 1 << 20])
    }

    /// One that always lags keeps no more than it lags: what was taken of a piece that is not at its end stays only with
    /// that piece.
    @Test func `what was written is let go of though something always waits`() {
        var queue = ReplyQueue()
        for _ in 0..<10_000 {
            queue.append([UInt8](repeating: 0, count: 1000))
            queue.write { min($0.count, 900) }
            // 100 bytes more each time.
            if queue.count > 50_000 { queue.write { $0.count } }
            #expect(queue.count <= 51_000 && queue.pieceCount <= 60)
        }
    }

    @Test func `a write that fails loses nothing but is told`() {
        struct Failure: Error {}
        var queue = ReplyQueue()
        queue.append([1, 2, 3])
        #expect(throws: Failure.self) { try queue.write { _ throws(Failure) in throw Failure() } }
        #expect(queue.count == 3)
    }
}
