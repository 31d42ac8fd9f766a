// SPDX-License-Identifier: BSD-2-Clause

/// Bytes on their way to a client. What is written is let go of; news that many clients wait for are in memory once.
struct ReplyQueue {
    /// Bytes that are written with one call, where pieces are small.
    private static let writeSize = 65_536

    private var pieces: [[UInt8]] = []
    /// Bytes of the first piece that are written.
    private var written = 0
    /// Bytes that wait.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Pieces that are still in memory.
    var pieceCount: Int { pieces.count }

    mutating func append(_ piece: [UInt8]) {
        guard !piece.isEmpty else { return }
        pieces.append(piece)
        count += piece.count
    }

    /// Writes as much as is taken.
    /// - Parameter write: takes some of the bytes, and says how many that was; none means that no more is taken now.
    mutating func write<Failure>(_ write: (ArraySlice<UInt8>) throws(Failure) -> Int) throws(Failure) {
        while !isEmpty {
            let next = nextBytes
            let taken = try write(next)
            drop(taken)
            guard taken == next.count else { return }
        }
    }

    /// The first piece, or several that are small.
    private var nextBytes: ArraySlice<UInt8> {
        let first = pieces[0][written...]
        guard first.count < ReplyQueue.writeSize, pieces.count > 1 else { return first }
        var bytes = Array(first)
        for piece in pieces.dropFirst() {
            guard bytes.count + piece.count <= ReplyQueue.writeSize else { break }
            bytes += piece
        }
        return bytes[...]
    }

    private mutating func drop(_ taken: Int) {
        count -= taken
        written += taken
        var whole = 0
        while whole < pieces.count, written >= pieces[whole].count {
            written -= pieces[whole].count
            whole += 1
        }
        pieces.removeFirst(whole)
    }
}
