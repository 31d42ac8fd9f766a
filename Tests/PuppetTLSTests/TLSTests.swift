// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import PuppetCarrier
import PuppetTLS
import SystemIO
import SystemPackage
import TestSupport
import Testing

/// Two ends that hear each other without a socket.
private final class Ends {
    let caller: any SecureChannel
    let listener: any SecureChannel
    private var toCaller = ByteQueue(capacity: 1 << 20)
    private var toListener = ByteQueue(capacity: 1 << 20)
    private var atCaller = ByteQueue(capacity: 0)
    private var atListener = ByteQueue(capacity: 0)
    var (isCallerReady, isListenerReady) = (false, false)

    init(
        _ caller: TLSIdentity, wanting listeners: [KeyFingerprint], _ listener: TLSIdentity,
        wanting callers: [KeyFingerprint]
    ) throws {
        self.caller = try #require(caller.channel(isCaller: true, peers: listeners))
        self.listener = try #require(listener.channel(isCaller: false, peers: callers))
    }

    /// Passes on what is said, so many bytes at a time, until nobody says anything.
    /// - Parameter change: makes something else of all that the caller says.
    func shake(bytesAtOnce count: Int = .max, change: ([UInt8]) -> [UInt8] = { $0 }) throws {
        while true {
            if !isCallerReady { isCallerReady = try caller.shake(&atCaller, &toListener) }
            let said = Ends.take(&toListener), heard = Ends.take(&toCaller)
            for piece in Ends.pieces(change(said), count) {
                atListener = ByteQueue(piece)
                isListenerReady = try listener.shake(&atListener, &toCaller) || isListenerReady
            }
            for piece in Ends.pieces(heard, count) {
                atCaller = ByteQueue(piece)
                if !isCallerReady { isCallerReady = try caller.shake(&atCaller, &toListener) }
            }
            atCaller = ByteQueue(capacity: 0)
            if said.isEmpty, heard.isEmpty { return }
        }
    }

    /// Says it to the listener, so many bytes at a time.
    func say(_ bytes: [UInt8], bytesAtOnce count: Int) throws -> [UInt8] {
        var plain = ByteQueue(bytes), sealed = ByteQueue(capacity: 1 << 20), opened = ByteQueue(capacity: 1 << 20)
        var nothing = ByteQueue(capacity: 1 << 16)
        while !plain.isEmpty { try caller.seal(&plain, atMost: .max, into: &sealed) }
        for piece in Ends.pieces(Ends.take(&sealed), count) {
            var queue = ByteQueue(piece)
            #expect(try listener.open(&queue, into: &opened, answering: &nothing))
        }
        return Ends.take(&opened)
    }

    static func take(_ queue: inout ByteQueue) -> [UInt8] {
        let bytes = queue.withBytes { span in (0..<span.byteCount).map { span.byte(at: $0) } }
        queue.removeAll()
        return bytes
    }

    static func pieces(_ bytes: [UInt8], _ count: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: min(count, max(bytes.count, 1))).map {
            Array(bytes[$0..<min($0 + min(count, bytes.count), bytes.count)])
        }
    }
}

extension ByteQueue {
    fileprivate init(_ bytes: [UInt8]) {
        self.init(capacity: bytes.count)
        _ = append(bytes)
    }
}

@Suite struct TLSTests {
    private let one: TLSIdentity
    private let other: TLSIdentity
    private let stranger: TLSIdentity

    init() throws {
        (one, other, stranger) = (try TLSTests.identity(), try TLSTests.identity(), try TLSTests.identity())
    }

    private static func identity() throws -> TLSIdentity { try TLSIdentity(file: try TLSIdentity.makeKey()) }

    private func ends() throws -> Ends {
        try Ends(one, wanting: [stranger.fingerprint, other.fingerprint], other, wanting: [one.fingerprint])
    }

    @Test(arguments: [1, 7, Int.max]) func `two that know each other hear each other`(_ count: Int) throws {
        let ends = try ends()
        try ends.shake(bytesAtOnce: count)
        #expect(ends.isCallerReady && ends.isListenerReady)
        #expect(ends.caller.peer == other.fingerprint)
        #expect(ends.listener.peer == one.fingerprint)
        let bytes = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(try ends.say(bytes, bytesAtOnce: count) == bytes)
    }

    @Test func `who has no key that is wanted is told nothing`() throws {
        let ends = try Ends(stranger, wanting: [other.fingerprint], other, wanting: [one.fingerprint])
        #expect(throws: ChannelFault(reason: "not a key of the peer's")) { try ends.shake() }
        #expect(!ends.isListenerReady)
        #expect(ends.listener.peer == stranger.fingerprint)
    }

    @Test func `who is not the one that is called hears nothing`() throws {
        let ends = try Ends(one, wanting: [stranger.fingerprint], other, wanting: [one.fingerprint])
        #expect(throws: ChannelFault(reason: "not a key of the peer's")) { try ends.shake() }
        #expect(!ends.isCallerReady && !ends.isListenerReady)
    }

    @Test func `without keys nobody is the peer`() throws {
        let ends = try Ends(one, wanting: [other.fingerprint], other, wanting: [])
        #expect(throws: ChannelFault.self) { try ends.shake() }
        #expect(!ends.isListenerReady)
    }

    /// Whatever byte is another, it is a fault, or nothing more is said: never the peer.
    @Test func `no byte of what a caller says first can be another`() throws {
        var length = 0
        try ends().shake { said in
            length = max(length, said.count)
            return said
        }
        #expect(length > 200)
        for place in 0..<length {
            let ends = try ends()
            do {
                try ends.shake { said in
                    guard place < said.count else { return said }
                    var said = said
                    said[place] ^= 0x41
                    return said
                }
            } catch {
                // As it should be.
            }
            #expect(!ends.isListenerReady, "byte \(place)")
        }
    }

    @Test func `garbage is a fault, and not more`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let channel = try #require(one.channel(isCaller: generator.oneIn(2), peers: [other.fingerprint]))
            var answers = ByteQueue(capacity: 1 << 16)
            let isRecord = generator.oneIn(2)
            var garbage = (0..<generator.pick(1...2000)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if isRecord { garbage = [0x16, 3, 3, UInt8(garbage.count >> 8), UInt8(garbage.count & 255)] + garbage }
            var queue = ByteQueue(garbage)
            do {
                #expect(try !channel.shake(&queue, &answers))
            } catch {
                // As it should be.
            }
        }
    }

    @Test func `a key is in a file that nobody else may read`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "key").path
        #expect(throws: KeyFault(errno: .noSuchFileOrDirectory, reason: "No such file or directory")) {
            try TLSIdentity(readingFile: path)
        }
        try TLSIdentity.makeKey(inFile: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let key = try TLSIdentity(readingFile: path).fingerprint
        // Made once.
        #expect(throws: KeyFault(errno: .fileExists, reason: "File exists")) { try TLSIdentity.makeKey(inFile: path) }
        #expect(try TLSIdentity(readingFile: path).fingerprint == key)
        for mode in [0o640, 0o604, 0o620] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect(throws: KeyFault.self, "\(String(mode, radix: 8))") { try TLSIdentity(readingFile: path) }
        }
    }

    @Test(arguments: ["", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "nonsense"])
    func `what is no key is refused`(_ text: String) {
        #expect(throws: KeyFault.self) { try TLSIdentity(file: Array(text.utf8)) }
    }
}
