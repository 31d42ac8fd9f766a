// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The configurations under RECIPES in faithctl(8) are complete: the programs that they are for take them as they are
    /// printed. One host.
    @Suite struct FaithRecipeTests {
        /// What a configuration begins with, and what reads it without doing anything.
        private static let readers = [
            ("server:\n", "unbound-checkconf"), ("options {\n", "named-checkconf"),
            ("router id 192.0.2.1;", "bird -p -c"),
            ("router id 192.0.2.254;", "bird -p -c"), ("events { }", "nginx -t -c"), ("defaults\n", "haproxy -c -f"),
        ]

        @Test(arguments: readers)
        func configurationIsAccepted(_ start: String, _ reader: String) throws {
            let found = try FaithRecipeTests.configurations().filter { $0.hasPrefix(start) }
            try #require(found.count == 1)
            try Topology.with { net in
                let file = net.scratch.appending(path: "configuration")
                try Data(found[0].utf8).write(to: file)
                let result = try net.namespace("a").run("\(reader) \(file.path)")
                #expect(result.status == 0, "\(result)")
            }
        }

        /// The files of `/etc/inet6d`, which make what they say.
        @Test func bootConfigurationIsAccepted() throws {
            let configurations = try FaithRecipeTests.configurations()
            let variables = try #require(configurations.first { $0.hasPrefix("net.inet6") })
            let words = try #require(configurations.first { $0.hasPrefix("create ") })
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host, boot: ["sysctl.conf": variables, "faith0.if": words])
                #expect(try daemon.inet6ctl("-n net.inet6.ip6.keepfaith").output == "1\n")
                let faithctl = net.executables.appending(path: "faithctl").path
                let shown = try net.start([faithctl, "-s", daemon.socket.path, "faith0"]).wait().lines
                #expect(shown.contains("\tprefix 2001:db8:64::/96 captured"), "\(shown)")
                #expect(shown.contains("\tpermit 2001:db8::/32 0.0.0.0/0"), "\(shown)")
            }
        }

        /// None is left out above, but for lines of hosts(5).
        @Test func everyConfigurationIsRead() throws {
            let starts = FaithRecipeTests.readers.map(\.0) + ["net.inet6", "create ", "2001:db8:64::c000:201\t"]
            let others = try FaithRecipeTests.configurations().filter { text in
                !starts.contains { text.hasPrefix($0) }
            }
            #expect(others == [])
        }

        /// The literal displays that are no commands.
        private static func configurations() throws -> [String] {
            let page = try String(contentsOf: Executables.package.appending(path: "man/faithctl.8"), encoding: .utf8)
            let recipes = page.split(separator: ".Sh RECIPES\n")[1].split(separator: "\n.Sh ")[0]
            return recipes.matches(of: /\.Bd -literal.*\n((?:[^.].*\n)+)\.Ed/).map { String($0.1) }
                .filter { !$0.hasPrefix("# ") }
        }
    }
}
