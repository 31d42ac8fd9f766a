// SPDX-License-Identifier: BSD-2-Clause

/// Finds out whether a slave sniffs what carries its own tunnel where nothing tells: neither addresses, behind a relay or
/// inside another tunnel, nor bytes, which may be encrypted.
///
/// What carries a tunnel is emitted at the interface because the slave has written, and stops when the slave stops. So
/// where about as much is emitted as is written, writing is held: first until the peer has all of it, then for a moment in
/// which nothing may be emitted any more. What goes on is somebody else's. What stops with the slave and starts again with
/// it three times, each time for longer, is the tunnel. It has no clock: all times are nanoseconds of one that does not jump.
public struct LoopFuse: Sendable {
    /// What is to be done now.
    public enum Step: Equatable, Sendable {
        case none
        /// Write nothing more than what is waiting to be written, and ask the peer whether it has that.
        case hold
        /// Write again.
        case release
        /// It is the tunnel that is sniffed.
        case blow
    }

    private enum State: Equatable, Sendable {
        case watching
        /// Until the peer has what was written.
        case draining(since: UInt64)
        /// Until `end`; what is emitted before `start` may be old.
        case quiet(start: UInt64, end: UInt64)
        case blown
    }

    private enum Time {
        static let window: UInt64 = 50_000_000
        static let settling: UInt64 = 20_000_000
        /// Of the first, the second and the third time. Bursts of no rhythm miss all three, and come in time after each.
        static let quiet: [UInt64] = [60_000_000, 130_000_000, 280_000_000]
        /// A peer that has not all by then has a way that is so full that nothing can be said.
        static let drain: UInt64 = 1_000_000_000
        /// Of an end that cannot be asked.
        static let unasked: UInt64 = 200_000_000
        /// What does not start again by then has stopped by itself.
        static let resumption: UInt64 = 120_000_000
        /// Before others are held up again for what they emit.
        static let pauses: (first: UInt64, last: UInt64) = (10_000_000_000, 600_000_000_000)
        static let retry: UInt64 = 1_000_000_000
    }

    /// Frames in a window, below which no loop is worth a word.
    private static let fewest: UInt64 = 8

    private var state = State.watching
    private var windowStart: UInt64 = 0
    private var emitted = Traffic()
    private var written: UInt64 = 0
    /// What was emitted in a window before writing was held.
    private var before = Traffic()
    private var stops = 0
    /// Until when it has to start again after it stopped.
    private var resumesBy: UInt64 = 0
    private var nextTest: UInt64 = 0
    private var pause = Time.pauses.first
    /// Whether the peer answers when it is asked; otherwise it is given a moment that is long enough for most.
    private let isAsked: Bool

    private struct Traffic: Equatable, Sendable {
        var frames: UInt64 = 0
        var bytes: UInt64 = 0
    }

    public init(isAsked: Bool) {
        self.isAsked = isAsked
    }

    /// Whether it is worth while to remember whose frames are emitted.
    public var isTesting: Bool { state != .watching || stops > 0 }

    public var isHolding: Bool {
        switch state {
        case .watching, .blown: false
        case .draining, .quiet: true
        }
    }

    /// When `step` is due, if something is.
    public var due: UInt64? {
        switch state {
        case .watching: stops > 0 ? resumesBy : nil
        case .draining(let since): since + (isAsked ? Time.drain : Time.unasked)
        case .quiet(_, let end): end
        case .blown: nil
        }
    }

    // MARK: what happens

    /// A frame was sniffed that this host emitted.
    public mutating func emit(bytes: Int, at now: UInt64) {
        if case .quiet(let start, _) = state, now < start { return }
        emitted.frames += 1
        emitted.bytes += UInt64(bytes)
    }

    public mutating func write(bytes: Int) { written += UInt64(bytes) }

    /// The peer has everything that was written until then.
    public mutating func answer(to moment: UInt64, at now: UInt64) {
        guard case .draining(moment) = state else { return }
        beQuiet(now)
    }

    private mutating func beQuiet(_ now: UInt64) {
        let start = now + Time.settling
        state = .quiet(start: start, end: start + Time.quiet[min(stops, Time.quiet.count - 1)])
        emitted = Traffic()
    }

    public mutating func step(at now: UInt64) -> Step {
        switch state {
        case .blown: return .none
        case .watching: return watch(now)
        case .draining(let since):
            if !isAsked, now >= since + Time.unasked { beQuiet(now) }
            if isAsked, now >= since + Time.drain {
                nextTest = now + Time.retry
                return release(now, stops: 0)
            }
            return .none
        case .quiet(let start, let end):
            guard now >= end else { return .none }
            // An eighth of what it was: its acknowledgements of what the peer says may go on.
            guard emitted.bytes * Time.window < before.bytes * (end - start) / 8 else {
                nextTest = now + pause
                pause = min(pause * 2, Time.pauses.last)
                return release(now, stops: 0)
            }
            guard stops + 1 < Time.quiet.count else {
                state = .blown
                return .blow
            }
            resumesBy = now + Time.resumption
            return release(now, stops: stops + 1)
        }
    }

    private mutating func watch(_ now: UInt64) -> Step {
        guard now >= windowStart + Time.window else { return .none }
        defer {
            (windowStart, emitted, written) = (now, Traffic(), 0)
        }
        // Nobody counted meanwhile, or for so long that it says nothing.
        let isWhole = now < windowStart + 2 * Time.window
        let isSuspect = isWhole && emitted.frames >= LoopFuse.fewest && emitted.bytes >= written / 2
        if isSuspect, now >= nextTest {
            before = emitted
            state = .draining(since: now)
            return .hold
        }
        if now >= resumesBy { stops = 0 }
        return .none
    }

    private mutating func release(_ now: UInt64, stops: Int) -> Step {
        self.stops = stops
        state = .watching
        (windowStart, emitted, written) = (now, Traffic(), 0)
        return .release
    }
}
