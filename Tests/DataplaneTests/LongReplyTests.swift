// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing

@testable import Dataplane

/// A reply that is made in pieces is, put together, the message that it would be in one.
@Suite struct LongReplyTests {
    private struct List: Codable, Sendable {
        var before = #"no "things":[] yet"#
        var things: [Thing]
        var zone = #""things":[]"#
    }

    private struct Thing: Codable, Equatable, Sendable {
        var number: Int
        var text = "a \"string\",[]"
    }

    private func things(_ count: Int) -> [Thing] { (0..<count).map { Thing(number: $0) } }

    private func pieces(_ listing: Listing<Thing>) throws -> [[UInt8]] {
        let reply = try Reply(encoding: List(things: []), "things", listing)
        var pieces = [reply.first]
        guard var rest = reply.rest else { return pieces }
        while !rest.isOver { pieces.append(try rest.nextPiece()) }
        return pieces
    }

    @Test(arguments: [0, 1, 2, 1000, 10_000])
    func `all of it is the message of one piece`(_ count: Int) throws {
        let pieces = try pieces(Listing(of: things(count)) { [$0] })
        #expect(Array(pieces.joined()) == (try EndpointWire.encoded(List(things: things(count)))))
        #expect(pieces.count == 1 || pieces.dropLast().allSatisfy { $0.count >= Reply.pieceSize })
        #expect(pieces.allSatisfy { $0.count < Reply.pieceSize + 100 })
        // About 45 bytes each.
        #expect(pieces.count > 1 || count <= 1000)
    }

    @Test func `elements that there are none of leave no trace`() throws {
        let pieces = try pieces(Listing(of: things(9)) { $0.number % 3 == 1 ? [$0, $0] : [] })
        let expected = [1, 1, 4, 4, 7, 7].map { Thing(number: $0) }
        #expect(Array(pieces.joined()) == (try EndpointWire.encoded(List(things: expected))))
    }

    /// Nobody waits for what comes later, and what comes later is as it is then.
    @Test func `no more is made than was asked for`() throws {
        var made = 0
        let listing = Listing(of: things(10_000)) { thing in
            made += 1
            return [thing]
        }
        let reply = try Reply(encoding: List(things: []), "things", listing)
        #expect(made * 45 < 2 * Reply.pieceSize)
        var rest = try #require(reply.rest)
        let before = made
        _ = try rest.nextPiece()
        #expect(made > before && made < 3 * before)
    }

    @Test func `what fails at once is told instead of a reply`() {
        #expect(throws: Refusal("things", nil, .EIO)) {
            try Reply(
                encoding: List(things: []), "things",
                Listing<Thing> { () throws(Refusal) in throw Refusal("things", nil, .EIO) })
        }
    }
}
