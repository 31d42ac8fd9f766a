// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import SystemIO
import TestSupport
import Testing

/// What nobody reads is lost and counted, whatever it is written to, and nobody waits.
@Suite struct LogStreamTests {
    enum Kind: CaseIterable {
        case pipe, fifo, socket
        /// A pipe of another user's, which cannot be opened again.
        case foreignPipe
    }

    /// Both ends of something that blocks who writes to it, as a shell would have made it.
    private final class Ends {
        let read: Int32
        let write: Int32

        init(_ kind: Kind) throws {
            var ends: [Int32] = [-1, -1]
            switch kind {
            case .pipe: try #require(pipe(&ends) == 0)
            case .foreignPipe:
                try #require(pipe(&ends) == 0)
                try #require(fchown(ends[0], 65534, 65534) == 0)
            case .fifo:
                let path = NSTemporaryDirectory() + "fifo-\(UUID())"
                try #require(mkfifo(path, 0o600) == 0)
                defer { unlink(path) }
                // Opened for both, it waits for no other.
                ends = [open(path, O_RDWR), open(path, O_WRONLY)]
            case .socket: try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            }
            try #require(ends.allSatisfy { $0 >= 0 })
            (read, write) = (ends[0], ends[1])
            try #require(fcntl(read, F_SETFL, fcntl(read, F_GETFL) | O_NONBLOCK) == 0)
        }

        deinit {
            close(read)
            close(write)
        }

        /// What there is to read now.
        func text() -> String {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Foundation.read(read, &chunk, chunk.count)
                guard count > 0 else { break }
                bytes += chunk[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func stream(_ ends: Ends, _ kind: Kind) throws -> LogStream {
        let stream = PollDescriptor(watching: ends.write)
        // Without CAP_DAC_OVERRIDE, root opens no more than anybody.
        return try lacking(kind == .foreignPipe ? [1] : []) { LogStream(stream) { "\($0) lost\n" } }
    }

    @Test(arguments: Kind.allCases)
    func `a reader that waits loses nothing but what it is told of`(_ kind: Kind) throws {
        let ends = try Ends(kind)
        let stream = try stream(ends, kind)
        #expect(!stream.isBehind)
        let filler = String(repeating: "x", count: 200)
        let count = 3000
        for number in 0..<count { stream.write("\(number) \(filler)\n") }
        #expect(stream.isBehind)
        var text = ends.text()
        while stream.isBehind {
            stream.catchUp()
            let more = ends.text()
            try #require(!more.isEmpty)
            text += more
        }
        stream.write("more\n")
        text += ends.text()
        let lines = text.split(separator: "\n")
        let taken = lines.count - 2
        #expect(taken > 10 && taken < count)
        #expect(lines.prefix(taken).enumerated().allSatisfy { $1 == "\($0) \(filler)" })
        #expect(lines.suffix(2) == ["\(count - taken) lost", "more"])
    }

    @Test(arguments: Kind.allCases)
    func `whoever else has it waits as before`(_ kind: Kind) throws {
        let ends = try Ends(kind)
        try stream(ends, kind).write("x\n")
        #expect(fcntl(ends.write, F_GETFL) & O_NONBLOCK == 0)
        #expect(ends.text() == "x\n")
    }

    /// More than is taken at once: its end comes later, and before everything else.
    @Test(arguments: Kind.allCases)
    func `a long line is never torn`(_ kind: Kind) throws {
        let ends = try Ends(kind)
        let stream = try stream(ends, kind)
        let long = String(repeating: "0123456789", count: 50_000)
        stream.write(long + "\n")
        stream.write("second\n")
        var text = ends.text()
        while stream.isBehind {
            stream.catchUp()
            let more = ends.text()
            try #require(!more.isEmpty)
            text += more
        }
        #expect(text == long + "\n1 lost\n")
    }

    @Test func `a file takes all`() throws {
        let path = NSTemporaryDirectory() + "log-\(UUID())"
        let number = open(path, O_RDWR | O_CREAT, 0o600)
        defer {
            close(number)
            unlink(path)
        }
        let stream = LogStream(PollDescriptor(watching: number)) { "\($0) lost\n" }
        for number in 0..<10_000 { stream.write("\(number)\n") }
        #expect(!stream.isBehind)
        #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 10_000)
    }

    @Test func `what nobody can read any more is lost`() throws {
        ignoreBrokenPipes()
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let stream = LogStream(PollDescriptor(watching: ends[1])) { "\($0) lost\n" }
        stream.write("x\n")
        #expect(stream.isBehind)
    }
}
