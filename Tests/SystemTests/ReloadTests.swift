// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// At SIGHUP the configuration is read again: what differs is made so, whole or not at all, and nothing is removed.
    /// One host, without wires.
    @Suite struct ReloadTests {
        private static let boot = [
            "stf0.if": "create inet6 2002:c000:201::1/16\n", "sysctl.conf": "net.link.stf.ttl=64\n",
        ]

        @Test func whatDiffersIsMadeSo() throws {
            try with { daemon, _ in
                try daemon.succeed("create stf5 description kept")
                let before = try daemon.interfaces()
                try write(
                    [
                        "stf0.if": "create inet6 2002:c000:201::1/16 mtu 1400\n", "stf1.if": "create link0\n",
                        "sysctl.conf": "net.link.stf.ttl=70\nnet.inet6.ip6.hlim=99\n",
                    ], for: daemon)
                try reload(daemon, "read again")
                let after = try daemon.interfaces()
                #expect(after.map(\.name) == ["stf0", "stf1", "stf5"])
                #expect(after[0].mtu == 1400 && after[0].index == before[0].index)
                #expect(after[1].flags == ["link0"])
                #expect(after[2] == before[1])
                #expect(try daemon.inet6ctl("-n net.link.stf.ttl net.inet6.ip6.hlim").output == "70\n99\n")
                let lines = daemon.log.split(separator: "\n").filter { $0.contains(daemon.configuration.path) }
                #expect(
                    lines.map { $0.split(separator: ": ", maxSplits: 2).last } == [
                        "net.link.stf.ttl: 64 -> 70", "net.inet6.ip6.hlim: 64 -> 99",
                        "stf0 create mtu 1400 inet6 2002:c000:201::1 prefixlen 16", "stf1 create link0", "read again",
                    ], "\(daemon.log)")
                // Once more there is nothing to do, and with nothing left nothing is removed.
                try FileManager.default.removeItem(at: daemon.configuration)
                try reload(daemon, "read again", 2)
                #expect(try daemon.interfaces() == after)
                let told = daemon.notifications.filter { !$0.hasPrefix("MONOTONIC_USEC=") }
                #expect(told == ["READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1"])
            }
        }

        /// What cannot be read, or not be applied here and now, and how the one line about it ends.
        @Test(arguments: [
            (["stf1.if": "create\nfrob\n"], "/stf1.if:2: stf1: frob: unknown word"),
            (["stf1.if": "create\n", "stf0.if": "create inet6 2002:c000:202::1/16\n"], "File exists"),
            (["stf1.if": "create\n", "stf0.if": "create mtu 9\n"], "(1280..65515)"),
            (["stf1.if": "create inet6 2002:c000:201::2/16\n"], "(stf0 has 192.0.2.1)"),
            (["stf1.if": "create\n", "stf8.if": "create\n"], ": stf8: File exists"),
            (["stf1.if": "create\n", "sysctl.conf": "net.link.stf.ttl=0\n"], "(1..255)"),
            (["faith0.if": "create relay 90 local /bin/cat\n", "stf1.if": "create\n"], "Address already in use"),
        ])
        func whatCannotBeChangesNothing(_ files: [String: String], _ end: String) throws {
            try with { daemon, host in
                // Somebody else's, which reading cannot know.
                try host.succeed("ip link add stf8 type veth peer name ne0")
                let server = try TestSocket(in: host, type: SOCK_STREAM)
                try server.bind("::", port: 90)
                try server.listen()
                let before = try daemon.succeed("-c")
                try write(["sysctl.conf": "net.link.stf.ttl=70\nnet.inet6.ip6.hlim=99\n"], for: daemon)
                try write(files, for: daemon)
                try reload(daemon, "all stays as it is")
                let lines = daemon.log.split(separator: "\n").filter { $0.contains(daemon.configuration.path) }
                #expect(lines.count == 1 && lines[0].contains(end), "\(daemon.log)")
                #expect(try daemon.succeed("-c") == before)
                #expect(try daemon.inet6ctl("-n net.link.stf.ttl net.inet6.ip6.hlim").output == "64\n64\n")
            }
        }

        /// `inet6d --reload` returns when it is done, and says what was.
        @Test func whoAsksForItHearsWhatBecameOfIt() throws {
            try with { daemon, host in
                let ask = { try daemon.inet6d("--reload") }
                let kernel = { try ["-d -s link", "-6 route", "-6 addr"].map { try host.succeed("ip \($0)") } }
                let before = try kernel()
                let nothing = try ask()
                #expect(nothing.status == 0 && nothing.output == "nothing changed\n", "\(nothing)")
                #expect(try kernel() == before)
                #expect(daemon.log.contains(": read again, nothing changed\n"), "\(daemon.log)")
                let told = daemon.notifications.filter { !$0.hasPrefix("MONOTONIC_USEC=") }
                #expect(told == ["READY=1", "RELOADING=1", "READY=1"])

                try write(
                    ["stf1.if": "create\n", "sysctl.conf": "net.link.stf.ttl=70\nkern.maxfiles=1\n"], for: daemon)
                let some = try ask()
                #expect(some.status == 0 && some.output == "net.link.stf.ttl: 64 -> 70\nstf1 create\n", "\(some)")
                #expect(some.errorLines.count == 1 && some.error.contains("kern.maxfiles: passed over: "), "\(some)")

                try write(["stf1.if": "create\nfrob\n", "sysctl.conf": "net.link.stf.ttl=80\n"], for: daemon)
                let wrong = try ask()
                #expect(wrong.status == 1 && wrong.output == "", "\(wrong)")
                #expect(
                    wrong.error == "inet6d: \(daemon.configuration.path)/stf1.if:2: stf1: frob: unknown word\n")
                #expect(try daemon.inet6ctl("-n net.link.stf.ttl").output == "70\n")

                let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                let other = try daemon.inet6d("--reload", under: nobody)
                #expect(other.status == 77 && other.error.contains("Operation not permitted"), "\(other)")
                #expect(try daemon.stop().status == 0)
                #expect(try ask().status == 69)
            }
        }

        /// What another system's file says was no hindrance at the start, and is none now.
        @Test func aForeignNameIsPassedOver() throws {
            try with { daemon, _ in
                try write(["sysctl.conf": "kern.maxfiles=1\nnet.link.stf.ttl=70\n"], for: daemon)
                try reload(daemon, "read again")
                #expect(try daemon.inet6ctl("-n net.link.stf.ttl").output == "70\n")
                #expect(daemon.log.contains("sysctl.conf:1: kern.maxfiles: passed over: "), "\(daemon.log)")
            }
        }

        /// Each is in the loop's way, and none of them ends it.
        @Test func manySignalsAreTaken() throws {
            try with { daemon, _ in
                for _ in 0..<1000 { daemon.process.signal(SIGHUP) }
                #expect(eventually { daemon.log.contains("read again") })
                let names = try daemon.succeed("-l")
                #expect(names == "stf0\n")
                #expect(try daemon.stop().status == 0)
                #expect(!FileManager.default.fileExists(atPath: daemon.socket.path))
            }
        }

        private func with(_ body: (Daemon, Namespace) throws -> Void) throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host, boot: ReloadTests.boot)
                try body(daemon, host)
            }
        }

        private func write(_ files: [String: String], for daemon: Daemon) throws {
            for (name, text) in files { try Data(text.utf8).write(to: daemon.configuration.appending(path: name)) }
        }

        /// - Parameter count: how often this is logged when it is done.
        private func reload(_ daemon: Daemon, _ end: String, _ count: Int = 1) throws {
            daemon.process.signal(SIGHUP)
            let isDone = eventually { daemon.log.components(separatedBy: end).count == count + 1 }
            guard isDone else { throw CommandFailure(description: "no \(end): \(daemon.log)") }
        }
    }
}
