// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `inet6d` tells when it is ready, leaves nothing behind however it ends, and starts again where it was.
    ///
    ///     a  ne0 ── ne0  b
    ///        192.0.2.1/24
    @Suite struct LifeCycleTests {
        @Test func terminationLeavesNothing() throws {
            try with { host, daemon, _ in
                #expect(daemon.notifications == ["READY=1"])
                let result = try daemon.stop()
                #expect(result.status == 0, "\(result)")
                #expect(daemon.notifications == ["READY=1", "STOPPING=1"])
                #expect(!FileManager.default.fileExists(atPath: daemon.socket.path))
                try expectNothing(on: host)
            }
        }

        @Test func interruptionLeavesNothing() throws {
            try with { host, daemon, _ in
                daemon.process.signal(SIGINT)
                let result = try daemon.process.wait()
                #expect(result.status == 0, "\(result)")
                #expect(!FileManager.default.fileExists(atPath: daemon.socket.path))
                try expectNothing(on: host)
            }
        }

        @Test func deathLeavesNoDeviceAndARestartWorks() throws {
            try with { host, daemon, net in
                daemon.kill()
                #expect(try eventually { try host.kernelState("stf0") == nil })
                try expectNothing(on: host)
                #expect(FileManager.default.fileExists(atPath: daemon.socket.path))
                #expect(try daemon.stfctl("-l").status == 69)
                let next = try net.daemon(in: host)
                #expect(next.socket == daemon.socket)
                #expect(try next.interfaces() == [])
                try next.succeed("create stf0 inet6 2002:c000:201::1/16")
                #expect(try next.interface("stf0")?.ipv4 == "192.0.2.1")
            }
        }

        @Test func secondDaemonAtTheSocketIsRefused() throws {
            try with { host, daemon, net in
                let result = try host.run("\(net.inet6d) -s \(daemon.socket.path) -c \(daemon.configuration.path)")
                #expect(result.status == 1)
                #expect(result.error.hasSuffix("inet6d: \(daemon.socket.path): Address already in use\n"))
                #expect(daemon.process.isRunning)
                // The first goes on as if nothing had been.
                #expect(try daemon.stfctl("-l").output == "stf0\n")
                #expect(try host.kernelState("stf0")?.addresses == ["2002:c000:201::1/16"])
            }
        }

        /// The kernel of a router has joined the group of all routers on a device before it can be told not to, and reports so
        /// when that comes up (RFC 3810 §6.1): nobody dropped anything.
        @Test(arguments: ["user", "kernel"])
        func aStartDropsNothing(_ engine: String) throws {
            try Topology.with { net in
                let host = try net.namespace("a"), other = try net.namespace("b")
                try net.link(host, "ne0", "192.0.2.1/24", other, "ne0", nil)
                try host.succeed("sysctl -q net.ipv6.conf.all.forwarding=1")
                let daemon = try net.daemon(in: host)
                try daemon.succeed("create stf0 engine \(engine) inet6 2002:c000:201::1/16")
                try daemon.faith("create faith0 relay 80 prefix 2001:db8:64::/96 up")
                for name in ["stf0", "faith0"] {
                    let hasReported = try eventually(within: .seconds(20)) {
                        try host.succeed("cat /proc/net/dev_snmp6/\(name)")
                            .contains(/Icmp6OutMLDv2Reports\s+[1-9]/)
                    }
                    #expect(hasReported, "\(name)")
                }
                #expect(try daemon.interface("stf0")?.losses == [])
                #expect(!daemon.log.contains("dropped"), "\(daemon.log)")
                #expect(try !daemon.faithctl("-v faith0").output.contains(/[1-9]\d* dropped: multicast/))
            }
        }

        @Test func fileThatIsNoSocketStays() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let file = net.scratch.appending(path: "file")
                try Data("precious".utf8).write(to: file)
                let second = try host.start("\(net.inet6d) -s \(file.path) -c /nonexistent")
                let isRefused = eventually(within: .seconds(5)) { !second.isRunning }
                #expect(isRefused)
                #expect((try? Data(contentsOf: file)) == Data("precious".utf8))
                second.kill()
                let result = try second.wait()
                #expect(result.status == 1)
                #expect(result.error == "inet6d: \(file.path): Address already in use\n")
            }
        }

        @Test(arguments: [("", "inet6d: "), ("-d", "inet6d: ")])
        func messagesHaveANameOnATerminal(_ options: String, _ prefix: String) throws {
            try messages(options: options, under: []) { #expect($0.hasPrefix(prefix), "\($0)") }
        }

        @Test func messagesHaveAPriorityInTheJournal() throws {
            // What systemd does: the variable names the device and inode of standard error.
            let journal = ["sh", "-c", #"JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$0" "$@""#]
            try messages(options: "-d", under: journal) { #expect($0.contains(/^<[3-7]>[^<]/), "\($0)") }
            // Standard error was redirected since: no journal.
            let other = ["sh", "-c", #"JOURNAL_STREAM=1:2 exec "$0" "$@""#]
            try messages(options: "-d", under: other) { #expect($0.hasPrefix("inet6d: "), "\($0)") }
        }

        private func messages(options: String, under wrapper: [String], _ check: (String) -> Void) throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let options = options.split(separator: " ").map(String.init)
                let daemon = try net.daemon(in: host, options: options, under: wrapper)
                try daemon.succeed("create stf0")
                let lines = daemon.log.split(separator: "\n").map(String.init)
                #expect(lines.contains { $0.contains("uid 0 pid ") && $0.contains(": stf0 create") }, "\(lines)")
                for line in lines { check(line) }
            }
        }

        private func with(_ body: (Namespace, Daemon, Topology) throws -> Void) throws {
            try Topology.with { net in
                let a = try net.namespace("a"), b = try net.namespace("b")
                try net.link(a, "ne0", "192.0.2.1/24", b, "ne0", nil)
                let daemon = try net.daemon(in: a)
                try daemon.succeed("create stf0 inet6 2002:c000:201::1/16")
                try a.succeed("ip -6 route add default via 2002:c058:6301::1 dev stf0")
                try body(a, daemon, net)
            }
        }

        private func expectNothing(on host: Namespace) throws {
            let links = try host.succeed("ip -br link")
            #expect(!links.contains("stf"), "\(links)")
            let routes = try host.succeed("ip -6 route show table all")
            #expect(!routes.contains("2002:") && !routes.contains("stf"), "\(routes)")
        }
    }
}
