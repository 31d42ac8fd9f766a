// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What an admin reads, and what happens if nobody does. One host.
    @Suite struct LogTests {
        /// Standard error is a FIFO that somebody has open and does not read.
        @Test func aLogThatNobodyReadsStopsNothing() throws {
            try Topology.with { net in
                let path = net.scratch.appending(path: "log").path
                try #require(mkfifo(path, 0o600) == 0)
                let reader = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
                defer { close(reader) }
                let daemon = try net.daemon(
                    in: try net.namespace("a"), under: ["sh", "-c", #"exec 2>"$0" "$@""#, path])
                try daemon.succeed("create stf0")
                // More than a FIFO takes, which is 64 KiB.
                let client = try RawClient(daemon)
                let count = 1000
                for number in 0..<count {
                    let text = "\(number) " + String(repeating: "x", count: 200)
                    let reply = client.call(
                        call("Apply", #"{"changes":[{"interface":"stf0","description":"\#(text)"}]}"#))
                    try #require(reply?.contains("changed") == true, "\(number): \(reply ?? "no reply")")
                }
                // What was lost is told when there is somebody to read, though nothing more happens.
                var log = ""
                let isTold = eventually {
                    log += text(from: reader)
                    return log.hasSuffix(" lines were lost here: nobody read\n")
                }
                #expect(isTold, "\(log.suffix(1000))")
                let lines = log.split(separator: "\n")
                // A note may have had room where no line had.
                let lost = lines.compactMap {
                    $0.firstMatch(of: /(\d+) lines? (?:was|were) lost here/).flatMap { Int($0.1) }
                }
                .reduce(0, +)
                #expect(lost > 0 && lines.count { $0.contains(" stf0 description ") } == count - lost)
                try daemon.succeed("stf0 description after")
                #expect(eventually { text(from: reader).hasSuffix(": stf0 description after\n") })
                #expect(try daemon.stop().status == 0)
            }
        }

        /// Who asked, for what, and why it was not done.
        @Test func whatIsRefusedIsLoggedOnce() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                try daemon.succeed("create stf0")
                #expect(try daemon.stfctl("stf0 mtu 1279").status == 1)
                #expect(
                    lines(daemon, "mtu 1279").contains {
                        $0.hasSuffix(": stf0 mtu 1279: refused: stf0: mtu 1279: Invalid argument (1280..65515)")
                            && $0.hasPrefix("inet6d: uid 0 pid ")
                    })
                // What the kernel refuses is told as the reason of the request, and not once more.
                try daemon.set("net.inet6.ip6.keepfaith", 1)
                try daemon.faith("create faith0 relay 80 up")
                #expect(try daemon.addr("faith0 inet6 ifdisabled").status == 0)
                #expect(try daemon.faithctl("faith0 prefix 2001:db8:64::/96").status != 0)
                let refused = lines(daemon, "disable_ipv6 is 1")
                #expect(refused.count == 1, "\(refused)")
                #expect(refused.allSatisfy { $0.contains(": faith0 prefix 2001:db8:64::/96: refused: faith0: ") })
            }
        }

        /// However often they ask, and each of them.
        @Test func whatIsNotForAUserIsLoggedNowAndThen() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                try daemon.succeed("create stf0")
                try daemon.set("net.inet6.ip6.log_interval", 86400)
                for user in ["1000", "1001"] {
                    let peer = ["setpriv", "--reuid", user, "--regid", "65534", "--clear-groups"]
                    for _ in 0..<3 { #expect(try daemon.stfctl(["stf0", "up"], under: peer).status == 77) }
                    let refused = lines(daemon, "uid \(user) pid ")
                    #expect(refused.count == 1, "\(refused)")
                    #expect(
                        refused.allSatisfy {
                            $0.hasSuffix(
                                ": stf0 up: refused: inet6d: Operation not permitted "
                                    + "(changes are for root and group inet6)")
                        })
                }
                let peer = ["setpriv", "--reuid", "1002", "--regid", "65534", "--clear-groups"]
                #expect(try daemon.inet6ctl(["net.link.stf.ttl=7"], under: peer).status != 0)
                #expect(lines(daemon, ": net.link.stf.ttl=7: refused: ").count == 1)
            }
        }

        private func lines(_ daemon: Daemon, _ part: String) -> [String] {
            daemon.log.split(separator: "\n").map(String.init).filter { $0.contains(part) }
        }

        private func text(from number: Int32) -> String {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(number, &chunk, chunk.count)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += chunk[..<count]
            }
        }
    }
}
