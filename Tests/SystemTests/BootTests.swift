// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The boot configuration is checked without being applied, and applied whole or not at all. One host, without wires.
    @Suite struct BootTests {
        @Test func checkSaysYes() throws {
            try check(["stf0.if": "create inet6 2002:c000:201::1/16\n", "README": "not ours\n"]) { result, _ in
                #expect(result.status == 0)
                #expect(result.output + result.error == "")
            }
        }

        @Test(arguments: [
            Wrong(["stf0.if": "# comment\ncreate\nmtu many\n"], at: "stf0.if:3", "stf0: mtu many: bad value"),
            Wrong(["stf0.if": "create inet6 2002:a00:1::1\n"], at: "stf0.if:1", "(10.0.0.1 is private (RFC 1918))"),
            Wrong(["stf0.if": "create description \"open\n"], at: "stf0.if:1", "unclosed quote"),
            Wrong(["stf0.if": "create\n\ncreate\n"], at: "stf0.if:3", "stf0: File exists"),
            Wrong(["stf0.if": "inet6 2002:c000:201::1/16\n"], at: "stf0.if:1", "stf0: Device not configured"),
            Wrong(["eth0.if": "create\n"], at: "eth0.if:1", "eth0: Invalid argument (no cloner makes this name)"),
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

        @Test func wrongFileRefusesAll() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                #expect(throws: CommandFailure.self) {
                    try net.daemon(in: host, boot: ["stf0.if": "create\n", "stf1.if": "create\nbogus\n"])
                }
                #expect(try host.kernelState("stf0") == nil)
            }
        }

        /// Something of the name is there that is not ours, which `-n` cannot know.
        @Test func nodesRefusalRefusesAll() throws {
            try Topology.with { net in
                let host = try net.namespace("a"), other = try net.namespace("b")
                try net.link(host, "stf1", nil, other, "ne0", nil)
                let directory = try write(["stf0.if": "create\n", "stf1.if": "create\n"], in: net)
                let result = try host.run("\(net.inet6d) -s \(net.scratch.path)/a.sock -c \(directory)")
                #expect(result.status == 1)
                #expect(result.error == "inet6d: \(directory): stf1: File exists\n")
                #expect(try host.kernelState("stf0") == nil)
                #expect(!FileManager.default.fileExists(atPath: "\(net.scratch.path)/a.sock"))
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
