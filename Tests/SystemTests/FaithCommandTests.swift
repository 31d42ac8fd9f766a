// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What faithctl(8) says, and what inet6d makes of it. One host, without wires.
    @Suite struct FaithCommandTests {
        /// All that can be said about an interface comes back from what `-c` printed.
        @Test func commandsBringInterfacesBack() throws {
            try with { net, _, daemon in
                try daemon.set("net.inet6.ip6.keepfaith", 1)
                let sayings = [
                    "create faith0 relay 80 relay 443 proxy relay 1000-2000 plain relay 513 relay 2121 ftp",
                    "faith0 relay 2323 reserved relay 514 permit 2001:db8::/32 0.0.0.0/0 from 192.0.2.1",
                    "faith0 deny ::/0 192.0.2.7 permit ::/0 10.0.0.0/8 prefix 2001:db8:64::/96 prefix 2001:db8:65::/64",
                    "faith0 idle 0 connecttime 3 keepalive 0 usertime 60 maxsessions 0 maxrate 100 clientsessions 0",
                    "faith0 clientrate 7 clientlen 56 mtu 9000 up",
                    "create faith3 last32 prefix 2001:db8:66::/80 drain inet6 2001:db8:67::1/96",
                    "create faith7",
                ]
                for saying in sayings { try daemon.faith(saying) }
                for words in [
                    ["faith0", "description", "two words"], ["faith3", "relay", "23", "local", "/bin/cat -u"],
                ] {
                    #expect(try daemon.faithctl(words).status == 0)
                }
                #expect(try eventually { try daemon.relayed().captured.count == 2 })
                let before = try lasting(daemon)
                let commands = try daemon.faith("-c")
                for name in ["faith0", "faith3", "faith7"] { try daemon.faith("destroy \(name)") }
                #expect(try lasting(daemon) == "{\"faith\":[],\"interfaces\":[]}")
                let file = try net.file("words", commands)
                try daemon.faith("-f \(file)")
                _ = try eventually(within: .seconds(5)) { try lasting(daemon) == before }
                #expect(try lasting(daemon) == before)
                #expect(before.contains("two words") && before.contains("/bin/cat"))
                #expect(try daemon.faith("-c") == commands)
            }
        }

        /// The whole file, or nothing.
        @Test func fileReplacesRules() throws {
            try with { net, _, daemon in
                try daemon.faith("create faith0 permit 2001:db8::/32 192.0.2.0/24")
                let rules = try net.file(
                    "faithd.conf", "# ours\n2001:db8:1::/48 DENY 0.0.0.0/0\n\n::/0\tpermit 10.0.0.0/8 192.0.2.1 # why")
                try daemon.faith("-f \(rules)")
                let now = ["\tdeny 2001:db8:1::/48 0.0.0.0/0", "\tpermit ::/0 10.0.0.0/8 from 192.0.2.1"]
                #expect(try shownRules(daemon) == now)
                for (line, reason) in [
                    ("2001:db8::/32 permit", "wants: clients permit|deny servers [source]"),
                    ("2001:db8::/32 allow 0.0.0.0/0", "allow: neither permit nor deny"),
                    ("2001:db8::/129 deny 0.0.0.0/0", "2001:db8::/129: not an IPv6 prefix"),
                    ("2001:db8::/32 deny 192.0.2.0/33", "192.0.2.0/33: not an IPv4 prefix"),
                    ("2001:db8::/32 permit 0.0.0.0/0 127.0.0.1", "127.0.0.1: cannot be a source: in 127.0.0.0/8"),
                ] {
                    let bad = try net.file("bad.conf", "::/0 permit 0.0.0.0/0\n\(line)\n")
                    let result = try daemon.faithctl("-f \(bad) faith0")
                    #expect(result.status == 64, "\(result)")
                    #expect(result.error == "faithctl: \(bad):2: \(reason)\n")
                    #expect(try shownRules(daemon) == now)
                }
                try daemon.faith("create faith1")
                let asks = try daemon.faithctl("-f \(rules)")
                #expect(asks.status == 64)
                #expect(asks.error.hasPrefix("faithctl: \(rules): for which interface? there are 2\n"), "\(asks)")
                try daemon.faith("-f \(rules) faith1")
                #expect(try shownRules(daemon, "faith1") == now)
                #expect(try daemon.faithctl("-f \(rules) faith2").status == 1)
                #expect(try daemon.faithctl("-f /nonexistent faith0").status == 66)
            }
        }

        /// A file of commands is done whole or not at all.
        @Test func commandsAreDoneTogether() throws {
            try with { net, host, daemon in
                let file = try net.file(
                    "words", "create faith0 relay 80\nfaith0 prefix 2001:db8:64::/96\ncreate faith1 prefix fe80::/64\n")
                let result = try daemon.faithctl("-f \(file)")
                #expect(result.status == 1, "\(result)")
                #expect(
                    result.error.hasPrefix("faithctl: \(file):3: faith1: prefix fe80::/64: Invalid argument"),
                    "\(result)")
                #expect(try lasting(daemon) == "{\"faith\":[],\"interfaces\":[]}")
                #expect(try host.kernelState("faith0") == nil)
            }
        }

        /// With -i, what is so already is no error, and -v tells that nothing changed.
        @Test func idempotentCommandsMayBeRepeated() throws {
            try with { _, _, daemon in
                let create = "create faith0 relay 80 relay 443 prefix 2001:db8:64::/96 up"
                #expect(try daemon.faith("-iv \(create)").contains("changed"))
                let first = try lasting(daemon)
                let again = try daemon.faith("-iv \(create)")
                #expect(again.contains("unchanged") || again.contains("nothing"), "\(again)")
                #expect(try lasting(daemon) == first)
                #expect(try daemon.faithctl(create).error.contains("File exists"))
                #expect(try daemon.faithctl("faith0 -relay 81").status == 1)
                try daemon.faith("-i faith0 -relay 81 -permit ::/0 192.0.2.1 -prefix 2001:db8:65::/96")
                #expect(try lasting(daemon) == first)
                try daemon.faith("-i destroy faith0")
                try daemon.faith("-i destroy faith0")
                #expect(try daemon.faithctl("destroy faith0").status == 1)
            }
        }

        @Test func mapAsksNobody() throws {
            try with { _, _, daemon in
                _ = try daemon.stop()
                for (words, answer) in [
                    ("map 2001:db8:64::/96 192.0.2.1", "2001:db8:64::c000:201\n"),
                    ("map 2001:db8:64::/96 2001:db8:64::c000:201", "192.0.2.1\n"),
                    ("map 2001:db8:122::/48 192.0.2.33", "2001:db8:122:c000:2:2100::\n"),
                    ("map 2001:db8:122::/64 192.0.2.33 last32", "2001:db8:122::c000:221\n"),
                ] { #expect(try daemon.faith(words) == answer) }
                for words in [
                    "map 2001:db8:64::/96 2001:db8:65::1", "map 2001:db8::/36 192.0.2.1", "map 2001:db8:64::/96",
                ] {
                    let result = try daemon.faithctl(words)
                    #expect(result.status != 0 && result.output.isEmpty, "\(result)")
                }
                #expect(try daemon.faithctl("faith0").status == 69)
            }
        }

        /// Anyone may look, and only some may change or kill.
        @Test func othersMayOnlyLook() throws {
            try with { _, _, daemon in
                try daemon.faith("create faith0 relay 80 prefix 2001:db8:64::/96 up")
                let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                for words in [["faith0"], ["-j"], ["sessions"], ["check", "faith0"], ["-c"]] {
                    #expect(try daemon.faithctl(words, under: nobody).error.isEmpty, "\(words)")
                }
                let before = try lasting(daemon)
                for words in [
                    ["faith0", "down"], ["kill", "faith0", "all"], ["drain", "faith0"], ["create", "faith1"],
                    ["destroy", "faith0"], ["faith0", "relay", "23", "local", "/bin/sh"],
                ] {
                    let result = try daemon.faithctl(words, under: nobody)
                    #expect(result.status == 77, "\(result)")
                    #expect(result.error.contains("Operation not permitted"), "\(result)")
                }
                #expect(try lasting(daemon) == before)
            }
        }

        @Test func checkSaysWhatIsWrong() throws {
            try with { _, host, daemon in
                func findings(_ status: Int32) throws -> String {
                    let result = try daemon.faithctl("check faith0")
                    #expect(result.status == status, "\(result)")
                    return result.output
                }
                try daemon.faith("create faith0 up")
                var said = try findings(1)
                for reason in ["keepfaith is 0", "no service is relayed", "nothing is routed", "no IPv4 address"] {
                    #expect(said.contains(reason), "\(reason): \(said)")
                }
                try daemon.set("net.inet6.ip6.keepfaith", 1)
                try host.succeed("ip addr add 192.0.2.1/32 dev lo")
                try daemon.faith("faith0 relay 80 prefix 2001:db8:64::/96 deny ::/0 192.0.2.2")
                #expect(try eventually { try daemon.relayed().captured.count == 1 })
                said = try findings(1)
                #expect(said.contains("no rule permits anything"), "\(said)")
                try daemon.faith("faith0 -deny ::/0 192.0.2.2")
                said = try findings(0)
                #expect(said.contains("without rules, every client may reach every public server"), "\(said)")
                try host.succeed("ip -6 route add 2001:db8:65::/36 dev faith0")
                try host.succeed("ip -6 route add 2001:db8:66::/96 dev faith0 metric 1")
                #expect(try eventually { try daemon.faithctl("check faith0").output.contains("metric 1:") })
                said = try findings(1)
                for reason in ["has no place for IPv4 addresses", "metric 1: nothing precedes it"] {
                    #expect(said.contains(reason), "\(reason): \(said)")
                }
                try daemon.faith("drain faith0")
                #expect(try findings(1).contains("it drains"))
            }
        }

        /// The files of the boot configuration, as faithctl(8) gives them.
        @Test func bootConfigurationIsApplied() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(
                    in: host,
                    boot: [
                        "sysctl.conf": "net.inet6.ip6.keepfaith=1\n",
                        "faith0.if": """
                        create relay all permit 2001:db8::/32 0.0.0.0/0
                        prefix 2001:db8:64::/96 up
                        """,
                    ])
                #expect(try eventually { try daemon.relayed().captured == [FaithBed.prefix] })
                #expect(
                    try daemon.faith("-c") == """
                        create faith0 relay all permit 2001:db8::/32 0.0.0.0/0 prefix 2001:db8:64::/96 up

                        """ || daemon.faith("-c").contains("relay all"))
                let wrong = try net.file("wrong/faith0.if", "create relay all\nprefix fe80::/64\n")
                let result = try host.run("\(net.inet6d) -n -c \(net.scratch.path)/wrong")
                #expect(result.status == 1)
                #expect(result.error.hasPrefix("inet6d: \(wrong):2: faith0: prefix fe80::/64: "), "\(result)")
            }
        }

        private func with(_ body: (Topology, Namespace, Daemon) throws -> Void) throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                try body(net, host, try net.daemon(in: host))
            }
        }

        private func shownRules(_ daemon: Daemon, _ name: String = "faith0") throws -> [String] {
            try daemon.faith(name).split(separator: "\n").map(String.init).filter {
                $0.hasPrefix("\tpermit") || $0.hasPrefix("\tdeny")
            }
        }

        /// What `-j` shows but for what every interface has anew: its index, its link-local address and its counters.
        private func lasting(_ daemon: Daemon) throws -> String {
            let object = try JSONSerialization.jsonObject(with: Data(daemon.faith("-j").utf8))
            var document = object as? [String: [[String: Any]]] ?? [:]
            for (key, elements) in document {
                document[key] = elements.map { element in
                    var element = element.filter { !["index", "counters", "reach"].contains($0.key) }
                    if let addresses = element["inet6"] as? [[String: Any]] {
                        element["inet6"] = addresses.filter { !(($0["address"] as? String) ?? "").hasPrefix("fe80:") }
                    }
                    return element
                }
            }
            return String(
                decoding: try JSONSerialization.data(
                    withJSONObject: document, options: [.sortedKeys, .withoutEscapingSlashes]),
                as: UTF8.self)
        }
    }
}
