// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet
import TestSupport
import Testing

/// Whatever client and server say, in whatever pieces: no trap, and no more said than heard.
@Suite struct FTPRandomTests {
    private static let words = [
        "EPRT", "EPSV", "LPRT", "LPSV", "PORT", "PASV", "AUTH", "ALL", "ABOR", "NOOP", "220", "227", "234", "200",
        "421",
        "|2|2001:db8::1|1025|", "|1|", "6,16,", "192,0,2,1,4,1", "(", ",", "|", " ", " ", "-", "\r\n", "\r\n", "\n",
        "\r",
        "\0", "255,", "65536", "99999999999999999999", "\u{301}", "x",
    ].map { Array($0.utf8) }

    @Test(arguments: 0..<64)
    func `nothing said makes it fail`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) &+ 2428)
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        var (heard, said, refused) = (0, 0, 0)
        for _ in 0..<400 {
            let bytes = FTPRandomTests.piece(using: &generator)
            heard += bytes.count
            let output =
                generator.oneIn(2)
                ? relay.takeFromClient(bytes, ports: &ports) : relay.takeFromServer(bytes, ports: &ports)
            said += output.toClient.count + output.toServer.count
            refused += output.refusals.count
            guard relay.isOver else { continue }
            relay = FTPDialogue.relay()
        }
        said += relay.endOfServer(ports: &ports).toClient.count
        #expect(said <= 32 * heard + 128)
        #expect(refused <= heard)
        #expect(heard > 1000)
        // No data connection but between the client and the server themselves.
        let foreign = ports.events.filter {
            !$0.hasPrefix("close ") && !$0.hasPrefix("active to [2001:db8::1]:")
                && !$0.hasPrefix("passive to 192.0.2.1:")
        }
        #expect(foreign == [])
    }

    /// The same bytes in other pieces are the same.
    @Test(arguments: 0..<32)
    func `pieces do not matter`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed) &+ 959)
        let steps = (0..<40).map { index in
            let bytes = (0..<8).flatMap { _ in FTPRandomTests.piece(using: &generator) }
            return FTPDialogue.Step(speaker: index % 2 == 0 ? .client : .server, bytes: bytes)
        }
        let dialogue = FTPDialogue(name: "\(seed)", steps: steps)
        let whole = dialogue.play { [$1] }
        #expect(dialogue.play { $1.map { [$0] } } == whole)
        let place = Int.random(in: 0..<64, using: &generator)
        #expect(dialogue.play { [Array($1.prefix(place)), Array($1.dropFirst(place))] } == whole)
    }

    private static func piece(using generator: inout SeededGenerator) -> [UInt8] {
        if generator.oneIn(200) { return Array(repeating: UInt8(ascii: "a"), count: 9000) }
        if generator.oneIn(20) { return generator.bytes(Int.random(in: 0..<24, using: &generator)) }
        if generator.oneIn(20) { return [255, generator.pick([240, 241, 244, 250, 251, 254, 255])] }
        return generator.pick(words)
    }
}
