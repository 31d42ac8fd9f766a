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
                        == "stfctl: -:4: stf1: inet6 2002:a00:1::1/16: Invalid argument"
                        + " (10.0.0.1 is private (RFC 1918))\n")
                #expect(try daemon.interfaces() == [])
            }
        }

        /// Also of what only the kernel knows, if one line only is about the interface.
        @Test func aRefusalNamesItsLine() throws {
            try with { host, daemon in
                try host.succeed("ip link add stf8 type veth peer name ne0")
                for (input, line) in [
                    ("# two of a name\ncreate stf0\n\ncreate stf0\n", "-:4: stf0: File exists"),
                    ("create stf0\ncreate stf8\n", "-:2: stf8: File exists"),
                    ("create stf0 mtu 9\n", "-:1: stf0: mtu 9: Invalid argument (1280..65515)"),
                    ("stf5 up\ncreate stf5\n", "-:1: stf5: Device not configured"),
                    (
                        "create stf0 inet6 2002:c000:201::1/16\ncreate stf1 inet6 2002:c000:201::2/16\nstf0 up\n",
                        "-:2: stf1: inet6 2002:c000:201::2/16: Address already in use (stf0 has 192.0.2.1)"
                    ),
                ] {
                    #expect(try daemon.stfctl("-f -", input: input).error == "stfctl: \(line)\n")
                }
                // What is in the way may be taken away behind it.
                try daemon.succeed("create stf0 inet6 2002:c000:201::1/16")
                try daemon.succeed(
                    "-f -", input: "create stf1 inet6 2002:c000:201::2/16\nstf0 inet6 2002:c000:201::1 delete\n")
                #expect(try daemon.interfaces().map(\.addresses) == [[], ["2002:c000:201::2/16"]])
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
                // What was for ever is so again, though it is there.
                try daemon.succeed("stf0 inet6 2002:c000:201::1 pltime 60 vltime 90")
                try daemon.succeed("-i -f -", input: saved)
                #expect(try daemon.succeed("-c") == saved)
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
