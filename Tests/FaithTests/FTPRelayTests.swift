// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

@testable import Faith

/// The FTP relay says the same however what it hears is split.
@Suite struct FTPRelayTests {
    @Test(arguments: FTPDialogue.all)
    func `each side hears what it understands`(dialogue: FTPDialogue) {
        #expect(dialogue.play { [$1] } == dialogue.expected)
    }

    @Test(arguments: FTPDialogue.all)
    func `byte by byte it is the same`(dialogue: FTPDialogue) {
        #expect(dialogue.play { $1.map { [$0] } } == dialogue.expected)
    }

    @Test(arguments: FTPDialogue.all)
    func `split in two anywhere it is the same`(dialogue: FTPDialogue) {
        let longest = dialogue.steps.map(\.bytes.count).max() ?? 0
        let differing = (0...longest).filter { place in
            dialogue.play { [Array($1.prefix(place)), Array($1.dropFirst(place))] } != dialogue.expected
        }
        #expect(differing == [])
    }

    /// IAC IP, IAC DM, then ABOR: RFC 959 §4.1.3. Clients make another byte of it urgent: DM, the IAC before it, or LF.
    @Test(arguments: 0...9)
    func `a command is as urgent as any byte of it`(place: Int) {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        let abort: [UInt8] = [255, 244, 255, 242] + Array("ABOR\r\n".utf8)
        var output = relay.takeFromClient(Array("NOOP\r\n".utf8) + abort.prefix(place), ports: &ports)
        #expect(output.urgent == nil)
        output = relay.takeFromClient(
            abort.dropFirst(place) + Array("NOOP\r\n".utf8), isUrgent: true, ports: &ports)
        #expect(output.toServer == Array("ABOR\r\nNOOP\r\n".utf8))
        #expect(output.urgent == 4)
    }

    /// A server takes Telnet's commands out of a line before it looks for its own, or does not.
    @Test(
        arguments: [
            [255, 241], [255, 251, 1], [255, 252, 1], [255, 253, 1], [255, 254, 1], [255, 250, 1, 10 + 1, 255, 240],
        ] as [[UInt8]])
    func `Telnet's commands hide none of FTP's`(hiding: [UInt8]) {
        for place in 0...4 {
            var relay = FTPDialogue.relay()
            var ports = WrittenPorts()
            _ = relay.takeFromServer(Array("220 ready\r\n".utf8), ports: &ports)
            let verb = Array("PORT".utf8)
            let line = verb.prefix(place) + hiding + verb.dropFirst(place) + Array(" 192,0,2,1,4,1\r\n".utf8)
            let output = relay.takeFromClient(line, ports: &ports)
            #expect(output.refusals == [.notForIPv6])
            #expect(output.toServer == [])
        }
    }

    @Test func `no byte of a command goes out before its end`() {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        for byte in [255, 244] + Array("NOOP\r".utf8) {
            #expect(relay.takeFromClient([byte], ports: &ports) == FTPOutput())
        }
        #expect(relay.takeFromClient([0x0A], ports: &ports).toServer == Array("NOOP\r\n".utf8))
    }

    /// A server that never answers AUTH has the client wait, at no cost.
    @Test func `what is held is bounded`() {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        _ = relay.takeFromClient(Array("AUTH TLS\r\n".utf8), ports: &ports)
        #expect(relay.isAuthenticating)
        var heard = 0
        while !relay.isFull, heard < 1 << 20 {
            #expect(relay.takeFromClient(Array("NOOP\r\n".utf8), ports: &ports) == FTPOutput())
            heard += 6
        }
        #expect(heard < 4096)
        _ = relay.takeFromServer(Array("220 ready\r\n500 no\r\n".utf8), ports: &ports)
        #expect(!relay.isFull)
    }

    @Test func `a command that is too long is refused, and the next is not`() {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        _ = relay.takeFromServer(Array("220 ready\r\n".utf8), ports: &ports)
        let longest = Array(repeating: UInt8(ascii: "x"), count: FTPLineBuffer.limit - 1)
        #expect(relay.takeFromClient(longest + [0x0A], ports: &ports).toServer == longest + [0x0D, 0x0A])
        _ = relay.takeFromServer(Array("500 what\r\n".utf8), ports: &ports)
        let tooLong = Array(repeating: UInt8(ascii: "x"), count: 3 * FTPLineBuffer.limit)
        let output = relay.takeFromClient(tooLong + Array("\r\nNOOP\r\n".utf8), ports: &ports)
        #expect(String(decoding: output.toClient, as: UTF8.self) == "500 Command line too long.\r\n")
        #expect(String(decoding: output.toServer, as: UTF8.self) == "NOOP\r\n")
        #expect(output.refusals == [.lineTooLong])
    }

    @Test func `a reply that is too long ends it`() {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        let tooLong = Array(repeating: UInt8(ascii: "2"), count: FTPLineBuffer.limit)
        let output = relay.takeFromServer(tooLong + tooLong, ports: &ports)
        #expect(output.refusals == [.replyTooLong])
        #expect(String(decoding: output.toClient, as: UTF8.self).hasPrefix("421 Reply too long"))
        #expect(relay.isOver)
        #expect(relay.takeFromClient(Array("NOOP\r\n".utf8), ports: &ports) == FTPOutput())
    }

    @Test func `only so many commands wait`() {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        let commands = { Array(String(repeating: "NOOP\r\n", count: $0).utf8) }
        #expect(relay.takeFromClient(commands(FTPRelay.pendingLimit - 1), ports: &ports).refusals == [])
        #expect(!relay.isOver)
        let output = relay.takeFromClient(commands(2), ports: &ports)
        #expect(output.refusals == [.tooManyCommands])
        #expect(output.toServer == [])
        #expect(relay.isOver)
    }

    @Test func `a socket that no command waits for is closed`() {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        let full = String(repeating: "NOOP\r\n", count: FTPRelay.pendingLimit - 1)
        _ = relay.takeFromClient(Array((full + "EPRT |2|2001:db8::1|1025|\r\n").utf8), ports: &ports)
        #expect(ports.events == ["active to [2001:db8::1]:1025", "close 198.51.100.1:50000"])
    }

    @Test func `the end of the server brings what has waited`() {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts()
        _ = relay.takeFromClient(Array("PASV\r\n".utf8), ports: &ports)
        _ = relay.takeFromServer(Array("421 Go a".utf8), ports: &ports)
        #expect(
            String(decoding: relay.endOfServer(ports: &ports).toClient, as: UTF8.self)
                == "421 Go a\r\n502 PASV not implemented.\r\n")
        #expect(relay.isOver)
    }

    @Test(arguments: FTPRefusal.allCases)
    func `each refusal has its own name and words`(refusal: FTPRefusal) {
        #expect(
            FTPRefusal.allCases.filter { $0.name == refusal.name || $0.description == refusal.description }.count == 1)
        let code = refusal.reply(to: nil).flatMap { Int($0.prefix(3)) }
        #expect(code.map((400...599).contains) == (refusal == .clearText ? nil : true))
    }
}

extension FTPDialogue: CustomTestStringConvertible {
    var testDescription: String { name }
}
