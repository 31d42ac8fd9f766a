// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// A request is carried out whole or not at all, whether it is `inet6d` or the kernel that refuses a part of it. One
    /// host, without wires.
    @Suite struct AtomicTests {
        @Test func refusedLastLineLeavesNothing() throws {
            try with { _, daemon in
                let result = try daemon.stfctl(
                    "-f -",
                    input: """
                        create stf0
                        stf0 inet6 2002:c000:201::1/16 description "all or nothing"
                        create stf1 mtu 1400
                        stf1 inet6 2002:a00:1::1/16
                        """)
                #expect(result.status == 1)
                #expect(result.output == "")
                #expect(
                    result.error
                        == "stfctl: stf1: inet6 2002:a00:1::1/16: Invalid argument (10.0.0.1 is private (RFC 1918))\n")
                #expect(try daemon.interfaces() == [])
            }
        }

        @Test func unreadableLineAsksForNothing() throws {
            try with { _, daemon in
                let result = try daemon.stfctl("-f -", input: "create stf0\nstf0 mtu\n")
                #expect(result.status == 64)
                #expect(result.errorLines.first?.hasPrefix("stfctl: -:2: stf0: mtu") == true, "\(result)")
                #expect(try daemon.interfaces() == [])
            }
        }

        /// Who may have an anycast address is something only the kernel knows: a router.
        @Test func kernelsRefusalUndoesCreation() throws {
            try with { host, daemon in
                let result = try daemon.stfctl("create stf0 description x mtu 1400 inet6 2002:c000:201::/16 anycast")
                #expect(result.status == 1, "\(result)")
                #expect(result.errorLines.count == 1, "\(result)")
                #expect(try daemon.interfaces() == [])
                #expect(try host.kernelState("stf0") == nil)
            }
        }

        @Test func kernelsRefusalUndoesChangesAndDestruction() throws {
            try with { host, daemon in
                try daemon.succeed(
                    "-f -",
                    input: """
                        create stf0 description "the first" mtu 1480 link0 inet6 2002:c000:201::1/16 deprecated
                        create stf1 description "the second" link1
                        """)
                let before = try daemon.succeed("-c")
                try host.set("net/ipv6/conf/stf1/disable_ipv6", "1")
                let result = try daemon.stfctl(
                    "-f -",
                    input: """
                        create stf2
                        destroy stf0
                        stf1 description changed mtu 1300 -link1 link2 inet6 2002:c000:202::1/16
                        """)
                #expect(result.status == 1, "\(result)")
                let after = try daemon.succeed("-c")
                #expect(after == before, "\(daemon.log)")
                #expect(try host.kernelState("stf2") == nil)
                #expect(try host.kernelState("stf0")?.addresses == ["2002:c000:201::1/16"])
            }
        }

        @Test func savedWordsBringTheStateBack() throws {
            try with { _, daemon in
                try daemon.succeed(
                    "-f -",
                    input: """
                        stf0 create description "with \\"quotes\\" and # more" inet6 2002:c000:201::1/16 link0
                        stf5 create mtu 1480 inet6 2002:c000:202::1 prefixlen 40 deprecated down
                        stf9 create link1 link2 inet6 2002:c000:203::1/32 vltime 100000 pltime 100
                        """)
                let saved = try daemon.succeed("-c")
                let before = try daemon.succeed("")
                for name in ["stf0", "stf5", "stf9"] { try daemon.succeed("destroy \(name)") }
                #expect(try daemon.succeed("-l") == "\n")
                try daemon.succeed("-f -", input: saved)
                let after = try daemon.succeed("")
                #expect(after == before)
            }
        }

        private func with(_ body: (Namespace, Daemon) throws -> Void) throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                try body(host, try net.daemon(in: host))
            }
        }
    }
}
