// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The real shells offer what the tools know: words, names of interfaces and variables, and files. One host.
    @Suite struct CompletionShellTests {
        /// The driver that types into a shell, and which file of `completions` it loads.
        private static let shells = [("bash.sh", "", ".bash"), ("zsh.zsh", "_", ""), ("fish.fish", "", ".fish")]

        /// A line up to the cursor, and what is offered; the shells differ in how much of a path they repeat.
        private static let lines = [
            ("stfctl ", ["create", "destroy", "check", "explain", "map", "stf0", "stf7"]),
            ("stfctl c", ["create", "check"]),
            ("stfctl create ", ["stf"]),
            ("stfctl destroy ", ["stf0", "stf7"]),
            ("stfctl stf0 -l", ["-link0", "-link1", "-link2"]),
            ("stfctl stf0 inet6 2002:c000:201::1 pre", ["prefixlen"]),
            ("stfctl stf0 inet6 2002:c000:201::1 prefixlen 16 del", ["delete"]),
            ("stfctl stf0 mtu ", []),
            ("stfctl -f ", ["boot", "commands"]),
            ("stfctl -f com", ["commands"]),
            ("stfctl -v -s DIRECTORY/com", ["commands"]),
            ("faithctl ", ["create", "destroy", "check", "drain", "sessions", "kill", "map", "faith0"]),
            ("faithctl create ", ["faith"]),
            ("faithctl faith0 -r", ["-relay"]),
            ("faithctl faith0 relay 80 p", ["prefix", "plain", "proxy", "permit"]),
            ("faithctl sessions ", ["faith0", "from", "to", "port", "state"]),
            ("faithctl -f com", ["commands"]),
            ("inet6ctl net.link.stf.tt", ["net.link.stf.ttl"]),
            ("inet6ctl -n -P net.link.stf.tt", ["net.link.stf.ttl"]),
            ("inet6ctl -s com", ["commands"]),
            ("inet6ctl --check -f com", ["commands"]),
            ("inet6ctl --", ["--check", "--help", "--version"]),
            ("inet6ctl ad", ["addr"]),
            ("inet6ctl addr ", ["faith0", "lo", "stf0", "stf7"]),
            ("inet6ctl addr -L stf0 ", ["inet6"]),
            ("inet6ctl addr stf0 inet6 200", ["2002:c000:201::1"]),
            ("inet6ctl addr stf0 inet6 2002:c000:201::1 -no", ["-no_dad", "-no_radr"]),
            (
                "inet6d -",
                [
                    "--cleanup", "--import-rc", "--probe", "--reload", "-b", "-c", "-d", "-h", "-m", "-n", "-s", "-t",
                    "-V",
                ]
            ),
            ("inet6d --", ["--cleanup", "--import-rc", "--probe", "--reload"]),
            ("inet6d -c ", ["boot"]),
            ("inet6d -d -s com", ["commands"]),
        ]

        @Test(arguments: shells)
        func theShellOffersWhatFits(_ driver: String, _ prefix: String, _ suffix: String) throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                try daemon.succeed("-f -", input: "create stf0 inet6 2002:c000:201::1/16\ncreate stf7\n")
                let faithctl = net.executables.appending(path: "faithctl").path
                let created = try net.start([faithctl, "-s", daemon.socket.path, "create", "faith0"]).wait()
                #expect(created.status == 0, "\(created)")
                let directory = net.scratch.appending(path: "files")
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
                try Data().write(to: directory.appending(path: "commands"))
                try FileManager.default.createDirectory(
                    at: directory.appending(path: "boot"), withIntermediateDirectories: false)
                let package = Executables.package.path
                let path = "\(net.executables.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
                for (template, offered) in CompletionShellTests.lines {
                    let line = template.replacing("DIRECTORY", with: directory.path)
                    let tool = line.prefix { $0 != " " }
                    let shell = try net.start(
                        [
                            "env", "-C", directory.path, "\(package)/Tests/SystemTests/completions/\(driver)", line,
                            "\(package)/completions/\(prefix)\(tool)\(suffix)",
                        ], environment: ["PATH": path, "INET6D_SOCKET": daemon.socket.path, "HOME": net.scratch.path])
                    let names = try shell.wait().lines.compactMap { $0.split(separator: "/").last.map(String.init) }
                    #expect(Set(names).sorted() == offered.sorted(), "\(driver): \(line)")
                }
            }
        }
    }
}
