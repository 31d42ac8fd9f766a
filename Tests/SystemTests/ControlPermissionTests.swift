// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Changes are for root and group `inet6`, whichever of a peer's groups that is and whenever an admin makes it. The
    /// daemon sees a group file of its own; that of this machine stays as it is. One host.
    @Suite struct ControlPermissionTests {
        private static let user = ["setpriv", "--reuid", "65534"]
        private static let nobody = user + ["--regid", "65534", "--clear-groups"]
        private static let group = "inet6:x:4711:\n"

        /// Who runs `stfctl create stf0`, and whether that is for them.
        private static let peers: [(options: [String], mayChange: Bool)] = [
            (["--regid", "65534", "--clear-groups"], false),
            (["--regid", "65534", "--groups", "4710,4712"], false),
            (["--regid", "4711", "--clear-groups"], true),
            (["--regid", "65534", "--groups", "4711"], true),
            (["--regid", "65534", "--groups", (1...200).map { "\($0 + 4600)" }.joined(separator: ",")], true),
        ]

        @Test func theGroupMayChange() throws {
            try with(groups: ControlPermissionTests.group) { daemon, _ in
                for (options, mayChange) in ControlPermissionTests.peers {
                    let peer = ControlPermissionTests.user + options
                    let result = try daemon.stfctl(["create", "stf0"], under: peer)
                    #expect(result.status == (mayChange ? 0 : 77), "\(options): \(result)")
                    #expect(try daemon.succeed("-l") == (mayChange ? "stf0\n" : "\n"), "\(options)")
                    if mayChange { try daemon.succeed("destroy stf0") }
                }
            }
        }

        @Test func aGroupMadeLaterCounts() throws {
            try with(groups: "") { daemon, groups in
                let member = ControlPermissionTests.user + ["--regid", "4711", "--clear-groups"]
                #expect(try daemon.stfctl(["create", "stf0"], under: member).status == 77)
                let file = try FileHandle(forWritingTo: groups)
                try file.seekToEnd()
                try file.write(contentsOf: Data(ControlPermissionTests.group.utf8))
                try file.close()
                #expect(try daemon.stfctl(["create", "stf0"], under: member).status == 0)
            }
        }

        @Test func everyoneMayAsk() throws {
            try with(groups: "") { daemon, _ in
                try daemon.succeed("create stf0")
                for words in [["-l"], ["-j"], ["stf0"], ["-C"], ["-c"], ["check", "stf0"]] {
                    let asked = try daemon.stfctl(words, under: ControlPermissionTests.nobody)
                    #expect(asked.output == (try daemon.stfctl(words).output), "\(asked)")
                }
                #expect(try daemon.interface("stf0")?.flags == [])
            }
        }

        /// Not even with a request that would change nothing.
        @Test(arguments: [
            ["create", "stf1"], ["-i", "create", "stf0"], ["destroy", "stf0"], ["-i", "destroy", "stf1"],
            ["stf0", "up"], ["stf0", "-description"],
        ])
        func othersMayNotChange(_ words: [String]) throws {
            try with(groups: ControlPermissionTests.group) { daemon, _ in
                try daemon.succeed("create stf0")
                let before = try daemon.succeed("-j")
                let result = try daemon.stfctl(words, under: ControlPermissionTests.nobody)
                #expect(result.status == 77 && result.output == "", "\(result)")
                #expect(result.errorLines.count == 1 && result.error.contains("Operation not permitted"), "\(result)")
                #expect(try daemon.succeed("-j") == before)
            }
        }

        /// - Parameter groups: lines that the daemon sees in /etc/group besides those of this machine.
        private func with(groups: String, _ body: (Daemon, _ groups: URL) throws -> Void) throws {
            try Topology.with { net in
                let file = net.scratch.appending(path: "group")
                let ours = try String(contentsOfFile: "/etc/group", encoding: .utf8)
                    .split(separator: "\n").filter { !$0.hasPrefix("inet6:") && !$0.contains(":4711:") }
                try Data((ours.joined(separator: "\n") + "\n" + groups).utf8).write(to: file)
                // ip(8) has given it a mount namespace of its own.
                let bind = ["sh", "-c", #"mount --bind "$0" /etc/group && exec "$@""#, file.path]
                try body(try net.daemon(in: try net.namespace("a"), under: bind), file)
            }
        }
    }
}
