// SPDX-License-Identifier: BSD-2-Clause
import Control

/// What a call is replied with: a message, or the first piece of one that is made while its client reads.
struct Reply {
    /// Bytes of a piece, but for what its last elements are too many.
    static let pieceSize = 65_536

    let first: [UInt8]
    /// Nil: the first piece is all of it.
    let rest: LongReply?

    init(_ message: [UInt8]) {
        first = message
        rest = nil
    }

    init(encoding reply: some Codable & Sendable) throws(Refusal) {
        self.init(try EndpointWire.encoded(reply))
    }

    /// A reply with a list.
    /// - Parameter field: its name.
    /// - Parameter reply: all of it, with nothing in the list.
    init<Element: Encodable>(
        encoding reply: some Codable & Sendable, _ field: String, _ listing: Listing<Element>
    ) throws(Refusal) {
        var long = try LongReply(reply, field, listing)
        first = try long.nextPiece()
        rest = long.isOver ? nil : long
    }
}

/// A reply that is too long to be made at once.
struct LongReply {
    private let head: ArraySlice<UInt8>
    private let tail: ArraySlice<UInt8>
    private let elements: Listing<ArraySlice<UInt8>>
    private var count = 0
    private(set) var isOver = false

    fileprivate init<Element: Encodable>(
        _ reply: some Codable & Sendable, _ field: String, _ listing: Listing<Element>
    ) throws(Refusal) {
        let empty = try EndpointWire.encoded(reply)
        // Nowhere else: in a string, quotation marks have a backslash in front.
        let start = Array("\"\(field)\":[".utf8)
        guard let place = empty.indices.first(where: { empty[$0...].starts(with: start + [UInt8(ascii: "]")]) })
        else { throw Refusal("inet6d", "reply", .EIO) }
        (head, tail) = (empty[..<(place + start.count)], empty[(place + start.count)...])
        elements = Listing { () throws(Refusal) in
            guard let batch = try listing.next() else { return nil }
            var encoded: [ArraySlice<UInt8>] = []
            for element in batch { encoded.append(try EndpointWire.encoded(element: element)) }
            return encoded
        }
    }

    /// To be called until it is over.
    mutating func nextPiece() throws(Refusal) -> [UInt8] {
        var piece = count == 0 ? Array(head) : []
        while piece.count < Reply.pieceSize {
            guard let batch = try elements.next() else {
                isOver = true
                return piece + tail
            }
            for element in batch {
                if count > 0 { piece.append(UInt8(ascii: ",")) }
                piece += element
                count += 1
            }
        }
        return piece
    }
}
