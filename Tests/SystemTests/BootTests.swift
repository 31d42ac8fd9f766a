// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The boot configuration is checked without being applied, and applied file by file. One host, without wires.
    @Suite struct BootTests {
        @Test func checkSaysYes() throws {
            try check(["stf0.if": "create inet6 2002:c000:201::1/16\n", "README": "not ours\n"]) { result, directory in
                #expect(result.status == 0)
                #expect(result.error == "")
                #expect(
                    result.output == """
                        \(directory)/README: not read: neither sysctl.conf nor NAME.if
                        \(directory)/stf0.if: 1 command

                        """)
            }
        }

        /// A warning is no fault, and none of them hides another.
        @Test func checkSaysAll() throws {
            let files = [
                "sysctl.conf": "net.inet6.icmp6.nodeinfo=0\nnet.link.stf.ttl=0\n", "stf0.if": "create mtu 9\nfrob\n",
                "stf1.if": "create\n",
            ]
            try check(files) { result, directory in
                #expect(result.status == 1)
                #expect(
                    result.errorLines.map { $0.replacing("inet6d: \(directory)/", with: "") } == [
                        "sysctl.conf:1: net.inet6.icmp6.nodeinfo: passed over: "
                            + "Linux answers no node information queries (RFC 4620), as with 0",
                        "sysctl.conf:2: net.link.stf.ttl: 0: Invalid argument (1..255)",
                        "stf0.if:1: stf0: mtu 9: Invalid argument (1280..65515)", "stf0.if:2: stf0: frob: unknown word",
                    ])
                #expect(
                    result.output.replacing("\(directory)/", with: "")
                        == "sysctl.conf: 0 variables, 2 faults\nstf0.if: 0 commands, 2 faults\nstf1.if: 1 command\n")
            }
            try check(["sysctl.conf": "kern.maxfiles=1\n"]) { result, _ in
                #expect(result.status == 0 && result.errorLines.count == 1, "\(result)")
            }
        }

        @Test(arguments: [
            Wrong(["stf0.if": "# comment\ncreate\nmtu many\n"], at: "stf0.if:3", "stf0: mtu many: bad value"),
            Wrong(["stf0.if": "create inet6 2002:a00:1::1\n"], at: "stf0.if:1", "(10.0.0.1 is private (RFC 1918))"),
            Wrong(["stf0.if": "create description \"open\n"], at: "stf0.if:1", "unclosed quote"),
            Wrong(["stf0.if": "create\n\ncreate\n"], at: "stf0.if:3", "stf0: File exists"),
            Wrong(["stf0.if": "inet6 2002:c000:201::1/16\n"], at: "stf0.if:1", "stf0: Device not configured"),
            Wrong(["eth0.if": "create\n"], at: "eth0.if", "eth0: Invalid argument (no cloner makes this name)"),
            Wrong(["sysctl.conf": "net.link.stf.ttl=256\n"], at: "sysctl.conf:1", "Invalid argument (1..255)"),
            Wrong(
                ["stf0.if": "create inet6 2002:c000:201::1/16\n", "stf1.if": "create inet6 2002:c000:201::2/16\n"],
                at: "stf1.if:1", "Address already in use (stf0 has 192.0.2.1)"),
        ])
        func checkSaysWhatIsWrong(_ wrong: Wrong) throws {
            try check(wrong.files) { result, directory in
                #expect(result.status == 1, "\(result)")
                #expect(result.errorLines.count == 1, "\(result)")
                #expect(result.error.hasPrefix("inet6d: \(directory)/\(wrong.place): "), "\(result)")
                #expect(result.error.hasSuffix("\(wrong.reason)\n"), "\(result)")
            }
        }

        @Test func missingDirectoryHoldsNothing() throws {
            try Topology.with { net in
                let result = try net.namespace("a").run("\(net.inet6d) -n -c /nonexistent")
                #expect(result.status == 0, "\(result)")
            }
        }

        @Test func filesAreApplied() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                try host.succeed("ip addr add 192.0.2.1/32 dev lo")
                let daemon = try net.daemon(
                    in: host,
                    boot: [
                        "stf0.if": """
                        create description "6to4 router"
                        inet6 2002:c000:201::1 prefixlen 16   # 192.0.2.1
                        """,
                        "stf1.if": "create link0 mtu 1480\n",
                        "sysctl.conf": "net.link.stf.ttl = 64   # hops\nnet.link.stf.permit_rfc1918=1\n",
                        "stf2.if.disabled": "create\n",
                    ])
                // Ready means that it is all there.
                let interfaces = try daemon.interfaces()
                #expect(interfaces.map(\.name) == ["stf0", "stf1"])
                #expect(interfaces[0].description == "6to4 router")
                #expect(interfaces[0].addresses == ["2002:c000:201::1/16"])
                #expect(interfaces[0].ipv4 == "192.0.2.1")
                #expect(interfaces[1].flags == ["link0"])
                #expect(interfaces[1].mtu == 1480)
                #expect(try daemon.inet6ctl("-n net.link.stf.ttl net.link.stf.permit_rfc1918").output == "64\n1\n")
            }
        }

        /// One wrong line keeps nothing else down: of the variables no other, of the interfaces none of another file. Nor does
        /// what only the kernel refuses: something of the name is there that is not ours.
        @Test func eachFileStandsAlone() throws {
            try Topology.with { net in
                let host = try net.namespace("a"), other = try net.namespace("b")
                try net.link(host, "stf3", nil, other, "ne0", nil)
                let daemon = try net.daemon(
                    in: host,
                    boot: [
                        "eth0.if": "create\n", "stf0.if": "create mtu 1400\n", "stf1.if": "create link0\nbogus\n",
                        "stf2.if": "create inet6 2002:a00:1::1/16\n", "stf3.if": "create\n",
                        "sysctl.conf": """
                        net.inet6.icmp6.nd6_onlink_ns_rfc4861=1
                        net.inet6.ip6.prefer_tempaddr=1
                        net.link.stf.ttl=0
                        net.inet6.ip6.use_tempaddr=1
                        net.link.stf.permit_rfc1918=1
                        net.link.stf.tll=64
                        """,
                    ])
                #expect(try daemon.succeed("-l") == "stf0 stf2\n")
                let names = "use_tempaddr net.inet6.ip6.prefer_tempaddr net.link.stf.permit_rfc1918 net.link.stf.ttl"
                #expect(try daemon.inet6ctl("-n net.inet6.ip6.\(names)").output == "1\n1\n1\n40\n")
                let place = daemon.configuration.path
                let lines = daemon.log.split(separator: "\n").filter { $0.contains(place) }
                #expect(
                    lines.map { $0.replacing("inet6d: \(place)/", with: "") } == [
                        "sysctl.conf:1: net.inet6.icmp6.nd6_onlink_ns_rfc4861: passed over: "
                            + "Linux answers every neighbour on the link (RFC 4861), as with 1",
                        "sysctl.conf:3: net.link.stf.ttl: 0: Invalid argument (1..255)",
                        "sysctl.conf:6: unknown oid 'net.link.stf.tll'; is it net.link.stf.ttl?",
                        "eth0.if: eth0: Invalid argument (no cloner makes this name)",
                        "stf1.if:2: stf1: bogus: unknown word", "stf3.if:1: stf3: File exists",
                    ], "\(daemon.log)")
                #expect(try host.kernelState("stf1") == nil)
            }
        }

        /// A pipe that nobody writes to, and what has no end.
        @Test func noFileHoldsTheStart() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let directory = try write(["stf0.if": "create\n"], in: net)
                try host.succeed("mkfifo \(directory)/stf1.if")
                try host.succeed("ln -s /dev/zero \(directory)/stf2.if")
                let result = try host.run("timeout 5 \(net.inet6d) -n -c \(directory)")
                #expect(result.status == 1)
                #expect(
                    result.errorLines
                        == ["stf1.if", "stf2.if"].map {
                            "inet6d: \(directory)/\($0): not a regular file"
                        })
            }
        }

        private func check(_ files: [String: String], _ body: (CommandResult, String) -> Void) throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let directory = try write(files, in: net)
                body(try host.run("\(net.inet6d) -n -c \(directory)"), directory)
                #expect(try host.kernelState("stf0") == nil)
            }
        }

        private func write(_ files: [String: String], in net: Topology) throws -> String {
            let directory = net.scratch.appending(path: "boot")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
            for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
            return directory.path
        }

        /// A configuration with a mistake.
        struct Wrong: Sendable, CustomTestStringConvertible {
            var files: [String: String]
            var place: String
            var reason: String

            init(_ files: [String: String], at place: String, _ reason: String) {
                self.files = files
                self.place = place
                self.reason = reason
            }

            var testDescription: String { "\(place): \(reason)" }
        }
    }
}

extension Topology {
    var inet6d: String { executables.appending(path: "inet6d").path }
}
