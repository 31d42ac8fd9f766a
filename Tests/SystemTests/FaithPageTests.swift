// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The examples of faith(4), faithctl(8) and faithd.conf(5) work as they are printed and do what the pages say, and the
    /// diagnostics are those of the tool.
    ///
    ///     a  ne0 ── ne0  b
    @Suite struct FaithPageTests {
        @Test func examplesOfFaith4Work() throws {
            try ManualPageTests().with(page: "faith.4", examples: 2) { run, host, peer, daemon in
                try run(0)
                #expect(try states(daemon, in: host).first?.captured == ["2001:db8:64::/96"])
                #expect(try answer(of: peer, behind: "2001:db8:64::", of: host) == "Linux\n")
                try run(1)
                let states = try states(daemon, in: host)
                #expect(states.map(\.interface) == ["faith0", "faith1", "faith2"])
                #expect(states.map(\.captured).dropFirst() == [["2001:db8:65::7b00:0/104"], ["2001:db8:66::/64"]])
                #expect(states.map { $0.relays.map(\.service) } == [["all"], ["22", "80", "443"], ["80"]])
                #expect(states.map(\.last32) == [false, false, true])
            }
        }

        @Test func examplesOfFaithctl8Work() throws {
            try ManualPageTests().with(page: "faithctl.8", examples: 12) { run, host, _, daemon in
                let first = { try states(daemon, in: host).first }
                try host.succeed("ip addr add 192.0.2.1/24 dev ne0")
                try run(0)
                #expect(try first()?.captured == ["2001:db8:64::/96"])
                #expect(try first()?.relays.map(\.service) == ["80", "443"])
                #expect(try first()?.rules == ["2001:db8::/32 permit 0.0.0.0/0"])
                try run(1)
                #expect(try first()?.rules == ["2001:db8::/32 permit 0.0.0.0/0"])
                try run(2)
                #expect(try first()?.relays.map(\.service) == ["1-24", "26-65535", "80", "443"])
                let other = try states(daemon, in: host).last
                #expect(other?.captured == ["2001:db8:64::c000:219/128"] && other?.relays.first?.proxy == true)
                try run(3)
                #expect(try first()?.rules.last == "2001:db8::/32 permit 10.0.0.0/8")
                try run(4)
                let rules = ["2001:db8:ffff::/48 deny 192.0.2.0/24", "2001:db8::/32 permit 0.0.0.0/0"]
                #expect(try first()?.rules == rules)
                for example in 5...7 { try run(example) }
                try run(8)
                #expect(try first()?.clientsessions == 20)
                let ftp = try first()?.relays.first { $0.service == "2121" }
                #expect(ftp?.application == "ftp")
                let before = try states(daemon, in: host)
                try run(9)
                #expect(try states(daemon, in: host) == before)
                try run(10)
                #expect(try states(daemon, in: host).map(\.interface) == ["faith25"])
                try run(11)
                #expect(try host.succeed("cat /proc/sys/net/ipv6/fib_multipath_hash_policy") == "1\n")
            }
        }

        @Test func exampleOfFaithdConf5Works() throws {
            try ManualPageTests().with(page: "faithd.conf.5", examples: 1) { run, host, _, daemon in
                try run(0)
                let page = try String(
                    contentsOf: Executables.package.appending(path: "man/faithd.conf.5"), encoding: .utf8)
                let example = try #require(
                    page.firstMatch(of: /\.Bd -literal -offset indent\n((?:2001.*\n)+)\.Ed/))
                let lines = example.1.split(separator: "\n").map { line in
                    line.prefix { $0 != "#" }.split(separator: " ").joined(separator: " ")
                }
                let rules = try states(daemon, in: host).first?.rules
                #expect(rules?.map { $0.replacing("/128", with: "") } == lines)
            }
        }

        /// Commands of a shell, one after the other: those that print what the pages list under DIAGNOSTICS, and between
        /// them those that bring about what it takes.
        private static let commands = [
            "printf '::/0 deny 10.0.0.0/8\\n::/0 permit\\n' > faithd.conf", "faithctl -f faithd.conf faith0",
            "printf '::/0 deny 10.0.0.0/8\\n::/0 allow ::/0\\n' > faithd.conf", "faithctl -f faithd.conf faith0",
            "printf '\\n2001:db8::/129 permit 0.0.0.0/0\\n' > faithd.conf", "faithctl -f faithd.conf faith0",
            "printf '\\n::/0 permit 192.0.2.0/33\\n' > faithd.conf", "faithctl -f faithd.conf faith0",
            "printf '\\n::/0 permit 0.0.0.0/0 127.0.0.1\\n' > faithd.conf", "faithctl -f faithd.conf faith0",
            "faithctl faith0 up", "faithctl faith0 proxy", "faithctl faith0 permit 2001:db8::/32",
            "stfctl create stf0", "faithctl sessions stf0",
            "faithctl create faith0 prefix 2001:db8:64::/96", "faithctl create faith0",
            "faithctl faith0 prefix 2001:db8:64::/96", "faithctl faith0 prefix 2001:db8::/36",
            "faithctl faith0 prefix fe80::/64", "faithctl faith0 -relay 80", "faithctl faith0 relay nonsense",
            "faithctl faith0 relay 80 ftp proxy",
            "setpriv --reuid 65534 --regid 65534 --clear-groups faithctl faith0 up",
        ]

        @Test func diagnosticsOfThePagesAreThoseOfTheTool() throws {
            let pages = ["faith.4", "faithctl.8", "faithd.conf.5"]
            let said = try pages.flatMap { page in
                try String(contentsOf: Executables.package.appending(path: "man/\(page)"), encoding: .utf8)
                    .matches(of: /\n\.It "(.*)"\n/).map { String($0.1) }
            }
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host)
                var printed: [String] = []
                for command in FaithPageTests.commands {
                    let result = try shell(command, daemon, in: host)
                    #expect(result.errorLines.count == (result.status == 0 ? 0 : 1), "\(command): \(result)")
                    printed += result.errorLines
                }
                #expect(Set(said).symmetricDifference(printed).sorted() == [])
            }
        }

        // MARK: what the tool shows

        /// What `faithctl -j` has under `faith`. Written from faithctl(8), not from the sources: the keys are a contract.
        private struct State: Decodable, Equatable {
            struct Relay: Decodable, Equatable {
                var service: String
                var application: String?
                var proxy: Bool
                var reserved: Bool
                var program: [String]?
            }

            var interface: String
            var prefixes: [String]
            var captured: [String]
            var last32: Bool
            var relays: [Relay]
            var rules: [String]
            var idle: Int?
            var maxsessions: Int?
            var clientsessions: Int?
            var clientrate: Int?
            var clientlen: Int
            var draining: Bool
        }

        private struct Document: Decodable {
            var faith: [State]
        }

        /// In the order of their names.
        private func states(_ daemon: Daemon, in host: Namespace) throws -> [State] {
            let result = try shell("faithctl -j", daemon, in: host)
            let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
            return document.faith.sorted { $0.interface < $1.interface }
        }

        private func shell(_ command: String, _ daemon: Daemon, in host: Namespace) throws -> CommandResult {
            let path = try "\(Executables.ours().path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
            return try host.run(
                ["sh", "-c", command], environment: ["PATH": path, "INET6D_SOCKET": daemon.socket.path])
        }

        /// What a server of `peer` says to a client there that has IPv6, and comes by way of `host`.
        private func answer(of peer: Namespace, behind prefix: String, of host: Namespace) throws -> String {
            try peer.succeed("ip addr add 192.0.2.2/24 dev ne0")
            try peer.succeed("ip addr add 2001:db8::2/64 dev ne0 nodad")
            try host.succeed("ip addr add 2001:db8::1/64 dev ne0 nodad")
            try peer.succeed("ip -6 route add \(prefix)/96 via 2001:db8::1")
            _ = try peer.start("socat -U TCP4-LISTEN:8080,reuseaddr,fork EXEC:uname")
            var answer = ""
            _ = try eventually {
                answer = try peer.run("socat -u TCP6:[\(prefix)c000:202]:8080 -").output
                return !answer.isEmpty
            }
            return answer
        }
    }
}
