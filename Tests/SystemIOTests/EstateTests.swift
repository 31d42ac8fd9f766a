// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import SystemPackage
import Testing

@testable import SystemIO

/// What is left can be taken, once, and nothing else.
@Suite struct EstateTests {
    /// The writing end of a pipe, and the reading end, which sees its end.
    private func ends() throws -> (writer: Int32, reader: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        return (ends[1], ends[0])
    }

    /// Takes a descriptor, and closes it; nil if there is none.
    private func taken(_ name: String, from estate: Estate) -> Int32? {
        guard let descriptor = estate.take(name) else { return nil }
        return descriptor.number
    }

    /// Nobody has the writing end.
    private func isClosed(_ reader: Int32) -> Bool {
        var byte: UInt8 = 0
        return read(reader, &byte, 1) == 0
    }

    @Test func `what is left can be taken once`() throws {
        let (writer, reader) = try ends()
        defer { close(reader) }
        let estate = Estate()
        try estate.leave(Descriptor(number: writer), as: "stf0.tun")
        #expect(estate.unclaimed == ["stf0.tun"])
        #expect(taken("stf1.tun", from: estate) == nil)
        do {
            let descriptor = estate.take("stf0.tun")
            #expect(estate.unclaimed == [])
            #expect(taken("stf0.tun", from: estate) == nil)
            #expect(!isClosed(reader))
            _ = consume descriptor
        }
        #expect(isClosed(reader))
    }

    @Test func `what nobody takes is closed, and told`() throws {
        let (first, second) = (try ends(), try ends())
        defer { [first.reader, second.reader].forEach { close($0) } }
        do {
            let estate = Estate()
            try estate.leave(Descriptor(number: first.writer), as: "b")
            try estate.leave(Descriptor(number: second.writer), as: "a")
            #expect(estate.closeUnclaimed() == ["a", "b"])
            #expect(isClosed(first.reader) && isClosed(second.reader))
            #expect(estate.unclaimed == [])
            #expect(estate.closeUnclaimed() == [])
        }
        let third = try ends()
        defer { close(third.reader) }
        do {
            let estate = Estate()
            try estate.leave(Descriptor(number: third.writer), as: "c")
            #expect(!isClosed(third.reader))
        }
        #expect(isClosed(third.reader))
    }

    @Test func `a name is one thing's`() throws {
        let (first, second) = (try ends(), try ends())
        defer { [first.reader, second.reader].forEach { close($0) } }
        let estate = Estate()
        try estate.leave(Descriptor(number: first.writer), as: "stf0.tun")
        #expect(throws: SystemError(object: "stf0.tun in the estate", .fileExists)) {
            try estate.leave(Descriptor(number: second.writer), as: "stf0.tun")
        }
        // The one that there is stays, and the other is gone.
        #expect(isClosed(second.reader))
        #expect(taken("stf0.tun", from: estate) == first.writer)
    }

    @Test func `there are no more than there may be`() throws {
        let pipes = try (0..<3).map { _ in try ends() }
        defer { pipes.forEach { close($0.reader) } }
        let estate = Estate(capacity: 2)
        for index in 0..<2 { try estate.leave(Descriptor(number: pipes[index].writer), as: "\(index)") }
        #expect(throws: SystemError(object: "2 in the estate", .noSpace)) {
            try estate.leave(Descriptor(number: pipes[2].writer), as: "2")
        }
        #expect(pipes.map { isClosed($0.reader) } == [false, false, true])
        #expect(estate.unclaimed == ["0", "1"])
    }

    /// An interface may be called whatever dev_valid_name() of the kernel lets pass.
    @Test(arguments: [
        "stf0.tun", "a:b", "stf\u{e9}0", "%3A", "\u{1}\u{7f}", "\"\\", "a b", String(repeating: "x", count: 255),
    ])
    func `any name will do`(_ name: String) throws {
        let (writer, reader) = try ends()
        defer { close(reader) }
        let estate = Estate()
        try estate.leave(Descriptor(number: writer), as: name)
        try estate.put([1], as: name)
        #expect(estate.unclaimed == [name])
        let spelling = try Estate.spelling(of: name)
        #expect(spelling.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") })
        #expect(taken(name, from: estate) == writer)
        #expect(try Estate(document: estate.document).get(name) == [1])
    }

    @Test func `names that are none are refused`() throws {
        let long = String(repeating: "x", count: 256)
        for (name, errno) in [
            ("", Errno.invalidArgument), (long, .fileNameTooLong),
            (String(repeating: ":", count: 86), .fileNameTooLong),
        ] {
            let (writer, reader) = try ends()
            defer { close(reader) }
            let estate = Estate()
            #expect { try estate.leave(Descriptor(number: writer), as: name) } throws: {
                ($0 as? SystemError)?.errno == errno
            }
            #expect(isClosed(reader))
            #expect(taken(name, from: estate) == nil)
            #expect { try estate.put(1, as: name) } throws: { ($0 as? SystemError)?.errno == errno }
        }
    }

    @Test func `names that are spelled alike are not mixed up`() throws {
        #expect(try Estate.spelling(of: "a:") == "a%3A")
        #expect(try Estate.spelling(of: "a%3A") == "a%253A")
    }

    // MARK: the document

    private struct Part: Codable, Equatable {
        var name = "stf0"
        var text = "two\nlines, \"quotes\" and }}\n"
        var numbers = [1, 2, 3]
    }

    @Test func `each gets its own part`() throws {
        let old = Estate()
        try old.put(Part(), as: "stf0")
        try old.put(["slot": 7], as: "faith0")
        let document = old.document
        let estate = try Estate(document: document)
        #expect(try estate.get("stf0", as: Part.self) == Part())
        #expect(try estate.get("faith0") == ["slot": 7])
        #expect(try estate.get("puppet0", as: Part.self) == nil)
        // It is there still, and goes on as it is.
        #expect(estate.document == document)
        #expect(try old.get("stf0", as: Part.self) == Part())
    }

    @Test func `the document is JSON`() throws {
        let estate = Estate()
        #expect(String(decoding: estate.document, as: UTF8.self) == "{\"version\":1,\"parts\":{\n\n}}")
        try estate.put(Part(), as: "stf0")
        try estate.put(true, as: "a:b")
        let value = try JSONSerialization.jsonObject(with: Data(estate.document)) as? [String: Any]
        #expect(value?["version"] as? Int == 1)
        let parts = try #require(value?["parts"] as? [String: Any])
        #expect(parts.keys.sorted() == ["a%3Ab", "stf0"])
        #expect((parts["stf0"] as? [String: Any])?["text"] as? String == Part().text)
    }

    @Test func `a part is written once`() throws {
        let estate = Estate()
        try estate.put(1, as: "stf0")
        #expect(throws: SystemError(object: "stf0 in the estate's document", .fileExists)) {
            try estate.put(2, as: "stf0")
        }
        #expect(try estate.get("stf0") == 1)
        #expect(throws: SystemError(object: "nan in the estate's document", .invalidArgument)) {
            try estate.put([Double.nan], as: "nan")
        }
    }

    /// What one owner cannot read is no matter of the others.
    @Test func `a part that is amiss says where`() throws {
        let document = Array(
            """
            {"version":1,"parts":{
            "stf0":{"name":"stf0","text":"","numbers":[1,"x"]},
            "stf1":{"name":"stf1"},
            "stf2":{nonsense,
            "stf3":{"name":"stf3","text":"","numbers":[]}
            }}
            """.utf8)
        let estate = try Estate(document: document)
        #expect(throws: SystemError(object: "stf0 in the estate's document: numbers.1", .badMessage)) {
            try estate.get("stf0", as: Part.self)
        }
        #expect(throws: SystemError(object: "stf1 in the estate's document: text", .badMessage)) {
            try estate.get("stf1", as: Part.self)
        }
        #expect { try estate.get("stf2", as: Part.self) } throws: { ($0 as? SystemError)?.errno == .badMessage }
        #expect(try estate.get("stf3", as: Part.self) == Part(name: "stf3", text: "", numbers: []))
    }

    @Test(arguments: ["", "{}", "{\"version\":2,\"parts\":{\n}}", "{\"version\":1,\"parts\":{", "}}", "\n\n\n"])
    func `another document is not read`(_ text: String) {
        #expect(throws: SystemError(object: "the estate's document", .protocolNotSupported)) {
            try Estate(document: Array(text.utf8))
        }
    }

    /// Whatever is cut off or changed, reading it ends with a value or an error.
    @Test func `a broken document ends nobody`() throws {
        let estate = Estate()
        try estate.put(Part(), as: "stf0")
        try estate.put(Part(), as: "stf1")
        let document = estate.document
        for count in document.indices {
            #expect(throws: SystemError.self) { try Estate(document: Array(document[..<count])) }
        }
        for place in document.indices {
            for byte in [0, 0x0A, 0x22, 0x3A, 0xFF] as [UInt8] {
                var changed = document
                changed[place] = byte
                guard let read = try? Estate(document: changed) else { continue }
                _ = try? read.get("stf0", as: Part.self)
                _ = try? read.get("stf1", as: Part.self)
                _ = read.document
            }
        }
    }
}
