// SPDX-License-Identifier: BSD-2-Clause

/// What waits to be sent, record by record, whose bytes are elsewhere: so that a frame that has waited for too long makes
/// room for those behind it, and each that was sent is counted then.
public struct RecordLine: Sendable {
    public enum Kind: Equatable, Sendable {
        /// Something that has to be said, however long it takes.
        case word
        case ping(moment: UInt64)
        /// Something that is of no use later.
        case padding(since: UInt64)
        /// - Parameter bytes: of the frame itself.
        case frame(bytes: Int, since: UInt64)
    }

    /// What has left.
    public struct Departure: Equatable, Sendable {
        public var frames: UInt64 = 0
        public var bytes: UInt64 = 0
        /// Each with how many of the bytes that were sent now end with it.
        public var pings: [(moment: UInt64, end: Int)] = []

        public init() {}

        public static func == (one: Departure, other: Departure) -> Bool {
            (one.frames, one.bytes) == (other.frames, other.bytes)
                && one.pings.elementsEqual(other.pings) { $0 == $1 }
        }
    }

    private struct Entry: Sendable {
        var kind: Kind
        var length: Int
    }

    private var entries: [Entry] = []
    /// The first that is not sent yet, and how many of its bytes are.
    private var head = 0
    private var started = 0

    public init() {}

    public var isEmpty: Bool { head == entries.count }

    public mutating func add(_ kind: Kind, length: Int) {
        entries.append(Entry(kind: kind, length: length))
    }

    /// Since when the first of the frames waits; nil: nothing can be too late.
    public var oldest: UInt64? {
        for entry in entries[head...] {
            switch entry.kind {
            case .word, .ping: continue
            case .padding(let since), .frame(_, let since): return since
            }
        }
        return nil
    }

    /// Takes away what is first and waits since before `limit`, unless its first bytes are sent.
    public mutating func dropLate(before limit: UInt64) -> (frames: Int, length: Int) {
        var (frames, length) = (0, 0)
        while started == 0, head < entries.count {
            switch entries[head].kind {
            case .padding(let since) where since < limit: break
            case .frame(_, let since) where since < limit: frames += 1
            case .word, .ping, .padding, .frame: return (frames, length)
            }
            length += entries[head].length
            pop()
        }
        return (frames, length)
    }

    /// They wait as if they had come now.
    public mutating func renew(at now: UInt64) {
        for index in head..<entries.count {
            switch entries[index].kind {
            case .word, .ping: break
            case .padding: entries[index].kind = .padding(since: now)
            case .frame(let bytes, _): entries[index].kind = .frame(bytes: bytes, since: now)
            }
        }
    }

    /// Bytes of whole records that are to be sent if there is room for so many: what has begun is finished, what is no frame
    /// needs no room, and the last frame may take more than there is.
    public func length(room: Int, atMost limit: Int) -> Int {
        var length = 0
        for (index, entry) in entries[head...].enumerated() {
            let isBegun = index == 0 && started > 0
            if case .frame = entry.kind, length >= room, !isBegun { break }
            length += entry.length - (isBegun ? started : 0)
            if length >= limit { return limit }
        }
        return length
    }

    /// So many bytes are sent.
    public mutating func send(_ count: Int) -> Departure {
        var departure = Departure()
        var rest = count
        while rest > 0, head < entries.count {
            let left = entries[head].length - started
            guard rest >= left else {
                started += rest
                break
            }
            rest -= left
            switch entries[head].kind {
            case .word, .padding: break
            case .ping(let moment): departure.pings.append((moment, count - rest))
            case .frame(let bytes, _):
                departure.frames += 1
                departure.bytes += UInt64(bytes)
            }
            started = 0
            pop()
        }
        return departure
    }

    /// Frames that were not, or not wholly, sent.
    public var frames: Int {
        entries[head...].reduce(0) { count, entry in
            if case .frame = entry.kind { count + 1 } else { count }
        }
    }

    private mutating func pop() {
        head += 1
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 4096 {
            entries.removeFirst(head)
            head = 0
        }
    }
}
