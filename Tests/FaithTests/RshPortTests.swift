// SPDX-License-Identifier: BSD-2-Clause
import Faith
import TestSupport
import Testing

/// The port for the standard error of a remote command, as rcmd(3) sends it.
@Suite struct RshPortTests {
    @Test(arguments: [
        ("", RshPort.incomplete),
        ("1", .incomplete),
        ("1022", .incomplete),
        ("99999", .incomplete),
        ("\0", .none(length: 1)),
        ("0\0", .none(length: 2)),
        ("1022\0", .port(1022, length: 5)),
        ("512\0", .port(512, length: 4)),
        ("1023\0luser\0ruser\0date\0", .port(1023, length: 5)),
        ("01023\0", .port(1023, length: 6)),
        ("511\0", .invalid),
        ("1024\0", .invalid),
        ("22\0", .invalid),
        ("66559\0", .invalid),  // 1023, if it were cut to 16 bits
        ("001023\0", .invalid),
        ("000000", .invalid),
        ("+1023\0", .invalid),
        (" 1023\0", .invalid),
        ("10 3\0", .invalid),
        ("x", .invalid),
        ("1023\n", .invalid),
    ])
    func `a port is digits and NUL`(text: String, port: RshPort) {
        #expect(RshPort(startOf: text.utf8) == port)
    }

    @Test func `byte by byte it is incomplete until the NUL`() {
        let bytes = RshPort.bytes(for: 600) + Array("user\0".utf8)
        #expect((0..<4).map { RshPort(startOf: bytes.prefix($0)) } == Array(repeating: .incomplete, count: 4))
        #expect((4...9).map { RshPort(startOf: bytes.prefix($0)) } == Array(repeating: .port(600, length: 4), count: 6))
    }

    @Test func `every port is read as it is written, if it is reserved`() {
        let wrong = (1...UInt16.max).filter { port in
            let bytes = RshPort.bytes(for: port)
            let expected = (512...1023).contains(port) ? RshPort.port(port, length: bytes.count) : .invalid
            return RshPort(startOf: bytes) != expected
        }
        #expect(wrong == [])
    }

    @Test func `at most six bytes are waited for`() {
        var generator = SeededGenerator(seed: 514)
        let waiting = (0..<20_000).map { _ in
            let digitsAndMore = (0..<6).map { _ in generator.pick([UInt8]("0123456789\0 ".utf8)) }
            return RshPort(startOf: generator.oneIn(2) ? digitsAndMore : generator.bytes(6))
        }
        #expect(!waiting.contains(.incomplete))
    }
}
