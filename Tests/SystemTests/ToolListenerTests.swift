// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import SystemIO
import TestSupport
import Testing

extension SystemTests {
    /// Whatever listens where `inet6d` should, or does not, `stfctl` ends in time, with one line and the right status.
    @Suite struct ToolListenerTests {
        /// What listens there makes of a call, and what becomes of the tool.
        private static let answers: [(bytes: String, reason: String, status: Int32)] = [
            ("", "inet6d does not answer", 69),
            (#"{"parameters":{"interfaces":[]}}"#, "inet6d does not answer", 69),
            ("\0", "inet6d answers something else", 1),
            ("garbage\0", "inet6d answers something else", 1),
            ("{}\0", "inet6d answers something else", 1),
            ("[]\0", "inet6d answers something else", 1),
            (#"{"parameters":{}}"# + "\0", "inet6d answers something else", 1),
            (#"{"parameters":{"interfaces":[{"name":"stf0"}]}}"# + "\0", "inet6d answers something else", 1),
            (#"{"parameters":{"interfaces":7}}"# + "\0", "inet6d answers something else", 1),
            (String(repeating: "[", count: 100_000) + "\0", "inet6d answers something else", 1),
            (#"{"error":"a.b.C"}"# + "\0", "inet6d answers a.b.C", 1),
            (#"{"error":"a.b.C","parameters":{"why":"no"}}"# + "\0", "inet6d answers a.b.C", 1),
            (
                #"{"error":"io.hydrangea.ifnet.New","parameters":"#
                    + #"{"object":"stf0","errno":"ENEW","number":4711,"reason":"New"}}"# + "\0",
                "stf0: Input/output error", 1
            ),
        ]

        @Test func aStrangeAnswerIsOneLine() throws {
            try with { net, listener in
                for (bytes, reason, status) in ToolListenerTests.answers {
                    let stfctl = try net.start("stf0", at: listener.path)
                    try answer(on: listener, with: bytes)
                    let result = try stfctl.wait(within: .seconds(10))
                    #expect(result.output == "" && result.error == "stfctl: \(reason)\n", "\(bytes.prefix(60))")
                    #expect(result.status == status, "\(bytes.prefix(60))")
                }
            }
        }

        @Test func anEndlessAnswerEnds() throws {
            try with { net, listener in
                let stfctl = try net.start("stf0", at: listener.path)
                let client = try #require(try accept(on: listener))
                let chunk = [UInt8](repeating: 0x20, count: 1 << 20)[...]
                var sent = 0
                let isRefused = eventually(within: .seconds(60)) {
                    guard sent < 256 << 20, let count = try? client.write(chunk) else { return true }
                    sent += count
                    return false
                }
                #expect(isRefused && sent < 256 << 20)
                let result = try stfctl.wait()
                #expect(result.error == "stfctl: inet6d answers something else\n")
                #expect(result.status == 1)
            }
        }

        @Test func noAnswerIsNotWaitedForLong() throws {
            try with { net, listener in
                let stfctl = try net.start("-l", at: listener.path)
                let client = try #require(try accept(on: listener))
                let result = try stfctl.wait(within: .seconds(60))
                #expect(result.error == "stfctl: inet6d does not answer\n")
                #expect(result.status == 69)
                withExtendedLifetime(client) {}
            }
        }

        /// The shell waits for completions, and there are words to offer without a daemon.
        @Test func completionWaitsAMomentOnly() throws {
            try with { net, listener in
                let start = ContinuousClock.now
                let stfctl = try net.start("--complete c", at: listener.path)
                #expect(try stfctl.wait().lines.map { $0.prefix { $0 != "\t" } } == ["create", "check"])
                #expect(.now - start < .seconds(5))
            }
        }

        @Test func whereNobodyListensIsUnavailable() throws {
            try with { net, listener in
                let stale = net.scratch.appending(path: "stale.sock").path
                let bind = try net.start(["socat", "UNIX-LISTEN:\(stale),unlink-close=0", "SYSTEM:true"])
                #expect(eventually { FileManager.default.fileExists(atPath: stale) })
                bind.kill()
                let file = net.scratch.appending(path: "file").path
                try Data().write(to: URL(filePath: file))
                let cases = [
                    ("\(net.scratch.path)/none", "No such file or directory"), (stale, "Connection refused"),
                    (file, "Connection refused"), ("\(file)/none", "Not a directory"),
                    ("/tmp/\(String(repeating: "x", count: 200))", "File name too long"),
                ]
                for (path, reason) in cases {
                    let result = try net.start("-l", at: path).wait()
                    #expect(result.error == "stfctl: \(path): \(reason) (is inet6d running?)\n")
                    #expect(result.status == 69)
                }
            }
        }

        @Test func aDirectoryThatIsClosedIsNotPermitted() throws {
            try with { net, listener in
                let closed = net.scratch.appending(path: "closed")
                try FileManager.default.createDirectory(
                    at: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
                let path = closed.appending(path: "control.sock").path
                let inner = try UnixListener(path: path)
                let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                let stfctl = net.executables.appending(path: "stfctl").path
                let result = try net.start(nobody + [stfctl, "-s", path, "-l"]).wait()
                #expect(result.error == "stfctl: \(path): Permission denied\n")
                #expect(result.status == 77)
                withExtendedLifetime(inner) {}
            }
        }

        /// A listener at a path of its own, that does what the test lets it do.
        private func with(_ body: (Topology, UnixListener) throws -> Void) throws {
            try Topology.with { net in
                try body(net, try UnixListener(path: net.scratch.appending(path: "listener.sock").path))
            }
        }

        private func accept(on listener: UnixListener) throws -> UnixSocket? {
            var client: UnixSocket?
            _ = try eventually {
                client = try listener.accept()
                return client != nil
            }
            return client
        }

        /// Takes the next client's call, writes `bytes`, and closes.
        private func answer(on listener: UnixListener, with bytes: String) throws {
            let client = try #require(try accept(on: listener))
            _ = try eventually { try client.read(upTo: 65_536) != nil }
            var rest = Array(bytes.utf8)[...]
            _ = try eventually {
                rest = rest.dropFirst(try client.write(rest))
                return rest.isEmpty
            }
        }
    }
}
