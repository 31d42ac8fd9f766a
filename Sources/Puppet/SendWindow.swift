// SPDX-License-Identifier: BSD-2-Clause

/// How many bytes may be on their way to the peer: as many as it takes in the time there and back, and a moment's more. What
/// carries the tunnel may hold megabytes between the two, which on a slow path are seconds; only the peer's answers tell.
/// All times are nanoseconds of a clock that does not jump.
public struct SendWindow: Sendable {
    /// Nanoseconds that bytes may wait on the way beyond what the way itself takes.
    public static let delay: UInt64 = 75_000_000

    private enum Size {
        static let least = 32 << 10
        static let first = 64 << 10
        static let most = 64 << 20
        /// Between two questions, of what is permitted, and at least.
        static let questions = 8
        static let question = 4096
    }

    /// A question that was sent.
    private struct Mark: Sendable {
        var moment: UInt64
        /// Bytes that were sent with it, and those that were answered for by then.
        var offset: UInt64
        var answered: UInt64
        var time: UInt64
    }

    public private(set) var limit = Size.first
    private var sent: UInt64 = 0
    private var answered: UInt64 = 0
    private var marks: [Mark] = []
    /// The least time there and back.
    private var base: UInt64?
    private var unasked = 0

    public init() {}

    /// Bytes that may be sent now; nil: any number, up to the next question.
    public var room: Int? {
        marks.isEmpty ? nil : limit - Int(sent - answered)
    }

    /// Whether a question is to go behind so many bytes more.
    public mutating func asks(behind bytes: Int) -> Bool {
        unasked += bytes
        guard unasked >= max(limit / Size.questions, Size.question) else { return false }
        unasked = 0
        return true
    }

    /// - Parameter pings: each with how many of the bytes end with it.
    public mutating func send(_ bytes: Int, _ pings: [(moment: UInt64, end: Int)], at now: UInt64) {
        for (moment, end) in pings {
            marks.append(Mark(moment: moment, offset: sent + UInt64(end), answered: answered, time: now))
        }
        sent += UInt64(bytes)
    }

    public mutating func answer(to moment: UInt64, at now: UInt64) {
        guard let index = marks.firstIndex(where: { $0.moment == moment }) else { return }
        let mark = marks[index]
        marks.removeFirst(index + 1)
        let time = max(now - mark.time, 1)
        let least = min(base ?? time, time)
        base = least
        // What was on its way then has arrived since.
        let arrived = Double(mark.offset - mark.answered)
        answered = mark.offset
        let fits = Int(min(arrived * Double(least + SendWindow.delay) / Double(time), Double(Size.most)))
        if time > least + SendWindow.delay {
            limit = max(min(limit, fits), Size.least)
        } else {
            limit = max(limit, fits)
        }
    }
}
