// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `inet6ctl` and `inet6d` together do what sysctl(8) does: output, errors and status. One host.
    @Suite struct VariableToolTests {
        private static let ttl = "net.link.stf.ttl"
        private static let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

        /// A command line that starts with the values at first, its output, its errors but for `inet6ctl: `, its status.
        private static let calls: [(String, String, [String], Int32)] = [
            (ttl, "\(ttl): 40\n", [], 0),
            ("net/link/stf/ttl", "\(ttl): 40\n", [], 0),
            ("net.link.stf.ttl.", "\(ttl): 40\n", [], 0),
            ("-n \(ttl) net.inet6.ip6.gifhlim", "40\n30\n", [], 0),
            ("\(ttl)=64", "\(ttl): 40 -> 64\n", [], 0),
            ("\(ttl):0x40 -e", "\(ttl): 40 -> 64\n", ["unknown oid '-e'"], 1),
            ("-e \(ttl)=064", "\(ttl)=40 -> 52\n", [], 0),
            ("-n \(ttl)='7'", "40 -> 7\n", [], 0),
            ("-nx \(ttl)=7", "0x00000028 -> 0x00000007\n", [], 0),
            ("\(ttl)=40", "\(ttl): 40 -> 40\n", [], 0),
            ("\(ttl)=1 \(ttl)=2 \(ttl)", "\(ttl): 40 -> 1\n\(ttl): 1 -> 2\n\(ttl): 2\n", [], 0),
            ("--check \(ttl)=1 \(ttl)", "\(ttl): 40 -> 1\n\(ttl): 40\n", [], 0),
            ("-d \(ttl)=1", "\(ttl): Time to live of IPv4 packets that stf sends\n", [], 0),
            ("-t \(ttl)=1", "\(ttl): integer\n", [], 0),
            ("net.foo", "", ["unknown oid 'net.foo'"], 1),
            ("net.foo net/bar=1 \(ttl)", "\(ttl): 40\n", ["unknown oid 'net.foo'", "unknown oid 'net/bar'"], 2),
            ("-q net.foo bar=1", "", [], 2),
            ("-i net.foo bar=1 \(ttl)", "\(ttl): 40\n", [], 0),
            ("net.link=1", "", ["oid 'net.link' isn't a leaf node"], 1),
            ("/=1", "", ["oid '/' isn't a leaf node"], 1),
            ("=1", "", ["unknown oid ''"], 1),
            ("\(ttl)=", "", ["empty numeric value"], 1),
            ("\(ttl)=x", "", ["invalid integer 'x'"], 1),
            ("net.link.stf.pairing=x", "", ["invalid uint8_t 'x'"], 1),
            ("\(ttl)=256 \(ttl)=7", "\(ttl): 40\n\(ttl): 40 -> 7\n", ["\(ttl)=256: Invalid argument (1..255)"], 1),
            ("--check \(ttl)=0", "\(ttl): 40\n", ["\(ttl)=0: Invalid argument (1..255)"], 1),
            ("-P net.link.stf.t* -P *gifhlim", "\(ttl): 40\nnet.inet6.ip6.gifhlim: 30\n", [], 0),
            ("-nP net.inet6.ip6.gifhli[l-n]", "30\n", [], 0),
            ("-P net/link/stf/t?l", "\(ttl): 40\n", [], 0),
            ("-P net.foo.*", "", ["no oid matches 'net.foo.*'"], 1),
            ("-P net.inet6.ip6.interface.l?.hlim", "net.inet6.ip6.interface.lo.hlim: 64\n", [], 0),
            ("-P net.x*", "", ["no oid matches 'net.x*'"], 1),
            ("-iP net.x*", "", [], 0),
            ("-T net.link.stf", "net.link.stf.permit_rfc1918: 0\n", [], 0),
            ("-T \(ttl)", "", [], 0),
            (
                "net.inet6.icmp6.nodeinfo net.inet6.icmp6.nodeinfo=0", "",
                Array(
                    repeating: "unknown oid 'net.inet6.icmp6.nodeinfo'"
                        + " (Linux answers no node information queries (RFC 4620), as with 0)", count: 2), 2
            ),
            // What one needs may come behind it, even if something else is refused.
            ("\(prefer)=1 \(use)=1", "\(prefer): 0 -> 1\n\(use): 0 -> 1\n", [], 0),
            ("\(use)=0 \(prefer)=0", "\(use): 1 -> 0\n\(prefer): 0 -> 0\n", [], 0),
            (
                "\(prefer)=1 \(ttl)=0 \(use)=1", "\(prefer): 0 -> 1\n\(ttl): 40\n\(use): 0 -> 1\n",
                ["\(ttl)=0: Invalid argument (1..255)"], 1
            ),
            (
                "\(prefer)=1 \(use)=0", "\(prefer): 1 -> 1\n\(use): 1 -> 0\n", [], 0
            ),
        ]

        private static let prefer = "net.inet6.ip6.prefer_tempaddr"
        private static let use = "net.inet6.ip6.use_tempaddr"

        @Test func aCallIsAnsweredAsSysctlWould() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                for (words, output, errors, status) in VariableToolTests.calls {
                    try daemon.set(VariableToolTests.ttl, 40)
                    let result = try daemon.inet6ctl(words)
                    #expect(result.output == output, "inet6ctl \(words)")
                    #expect(result.errorLines == errors.map { "inet6ctl: \($0)" }, "inet6ctl \(words)")
                    #expect(result.status == status, "inet6ctl \(words)")
                }
                let many = Array(repeating: "net.foo", count: 200)
                #expect(try daemon.inet6ctl(["-q"] + many).status == 63)
            }
        }

        @Test func nodesAndAllAreInTheOrderOfTheirNumbers() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let all = try daemon.inet6ctl("-a").output
                #expect(try daemon.inet6ctl("net").output == all)
                #expect(try daemon.inet6ctl("/").output == all)
                #expect(try daemon.inet6ctl("net.link net.inet6").output == all)
                #expect(try daemon.inet6ctl("-a \(VariableToolTests.ttl)").output == "\(VariableToolTests.ttl): 40\n")
                let names = try daemon.inet6ctl("-aN").lines
                #expect(names == all.split(separator: "\n").map { String($0.prefix { $0 != ":" }) })
                #expect(
                    names.firstIndex(of: "net.link.stf.ttl") ?? 0 < names.firstIndex(of: "net.inet6.ip6.gifhlim") ?? 0)
                let descriptions = try daemon.inet6ctl("-d net.link").lines
                #expect(descriptions.first == "net.link: Interfaces by their kind")
            }
        }

        @Test(arguments: [
            ("-f /nonexistent", "/nonexistent: No such file or directory", Int32(66)),
            ("-f /", "/: Is a directory", 66),
            ("-s /dev/null/x net", "/dev/null/x: Not a directory (is inet6d running?)", 69),
            ("-s /dev/null/x -f /nonexistent", "/nonexistent: No such file or directory", 66),
        ])
        func whatCannotBeOpenedIsNamed(_ words: String, _ line: String, _ status: Int32) throws {
            try Topology.with { net in
                let result = try net.daemon(in: try net.namespace("a")).inet6ctl(words)
                #expect(result.error == "inet6ctl: \(line)\n")
                #expect(result.output == "" && result.status == status, "\(result)")
            }
        }

        @Test func onlyThoseWhoMayChangeDo() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let before = try daemon.inet6ctl("-a").output
                let names = try daemon.inet6ctl("-WaN").lines
                #expect(names.count > 5)
                for name in names {
                    // What it is already may not be set either.
                    for value in ["1", try daemon.inet6ctl("-n \(name)").lines[0]] {
                        let result = try daemon.inet6ctl(["\(name)=\(value)"], under: VariableToolTests.nobody)
                        #expect(result.status == 1, "\(result)")
                        #expect(
                            result.errorLines == [
                                "inet6ctl: \(name)=\(value): Operation not permitted (changes are for root and group inet6)"
                            ])
                    }
                }
                let check = try daemon.inet6ctl(["--check", "\(names[0])=1"], under: VariableToolTests.nobody)
                #expect(check.status == 1 && check.error.contains("Operation not permitted"), "\(check)")
                #expect(try daemon.inet6ctl(["-a"], under: VariableToolTests.nobody).output == before)
            }
        }

        // MARK: files

        /// Lines of which one is wrong, and what is said of it.
        private static let files: [(String, [String])] = [
            ("\(ttl)=7\nnet.foo=1\n", ["unknown oid 'net.foo' at line 2"]),
            ("# one\n\n\(ttl)=7\n\(ttl)=0\n", ["\(ttl)=0 at line 4: Invalid argument (1..255)"]),
            ("\(ttl)=0\n\(ttl)=7\n", ["\(ttl)=0 at line 1: Invalid argument (1..255)"]),
            ("\(ttl)=7\n\(ttl)=\n", ["empty numeric value at line 2"]),
            ("\(ttl)=7\n\(ttl)=x#y\n", ["invalid integer 'x' at line 2"]),
            (
                "\(ttl)=7\nnet.link=1\nfoo:2",
                ["oid 'net.link' isn't a leaf node at line 2", "unknown oid 'foo' at line 3"]
            ),
            ("\(ttl)=7\n=\n", ["unknown oid '' at line 2"]),
            ("\(ttl)=7\nnonsense here = \u{1}\n", ["unknown oid 'nonsense here' at line 2"]),
        ]

        @Test(arguments: files)
        func aFileIsCarriedOutWholeOrNotAtAll(_ text: String, _ errors: [String]) throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let before = try daemon.inet6ctl("-a").output
                for words in ["-f -", "--check -f -"] {
                    let result = try daemon.inet6ctl(words, input: text)
                    #expect(result.errorLines == errors.map { "inet6ctl: \($0)" })
                    #expect(result.output == "" && result.status == errors.count, "\(result)")
                    #expect(try daemon.inet6ctl("-a").output == before)
                }
                let quiet = try daemon.inet6ctl("-q -f -", input: text)
                #expect(quiet.status == errors.count && quiet.errorLines.allSatisfy { !$0.contains("unknown oid") })
            }
        }

        @Test func aFileOfThousandsIsOneWrite() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let lines = (1...3000).map { "net.inet6.icmp6.errppslimit=\($0)\n" }.joined()
                let result = try daemon.inet6ctl("-nf -", input: lines)
                #expect(result.status == 0 && result.lines.count == 3000 && result.lines.last == "2999 -> 3000")
                let more = try daemon.inet6ctl("-f -", input: lines + "\(VariableToolTests.ttl)=7\n")
                #expect(more.error == "inet6ctl: more than 3000 assignments\n" && more.status == 1, "\(more.error)")
                #expect(try daemon.inet6ctl("-n \(VariableToolTests.ttl)").output == "40\n")
            }
        }

        @Test func aFileIsReadAsSysctlConf() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let (ttl, text) = (
                    VariableToolTests.ttl,
                    "# first\r\n\r\n  net/link/stf/ttl = \"7\" # seven\r\n\(VariableToolTests.ttl)\n\(VariableToolTests.ttl):'8'\nnet.inet6.ip6.gifhlim=9"
                )
                let wanted = "\(ttl): 40 -> 7\n\(ttl): 7 -> 8\nnet.inet6.ip6.gifhlim: 30 -> 9\n"
                let check = try daemon.inet6ctl("--check -f -", input: text)
                #expect(check.output == wanted + "\(ttl): 40\n" && check.status == 0, "\(check)")
                // Arguments come after the file.
                let result = try daemon.inet6ctl("-f - \(ttl)=1", input: text)
                #expect(result.output == wanted + "\(ttl): 8\n\(ttl): 8 -> 1\n" && result.status == 0, "\(result)")
                let ignored = try daemon.inet6ctl("-if -", input: "net.foo=1\n\(ttl)=2\nnet.bar\n")
                #expect(
                    ignored.output == "\(ttl): 1 -> 2\n" && ignored.error == "" && ignored.status == 0, "\(ignored)")
            }
        }

        @Test func whatIsDumpedBringsTheStateBack() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                try daemon.set(VariableToolTests.ttl, 7)
                try daemon.set("net.link.stf.pairing", 0)
                let (state, dump) = (try daemon.inet6ctl("-a").output, try daemon.inet6ctl("-c").output)
                try daemon.set(VariableToolTests.ttl, 8)
                try daemon.set("net.link.stf.pairing", 1)
                try daemon.set("net.inet6.ip6.gifhlim", 8)
                #expect(try daemon.inet6ctl("-f -", input: dump).status == 0)
                #expect(try daemon.inet6ctl("-a").output == state)
                // And it is a boot configuration.
                let other = try net.daemon(in: try net.namespace("b"), boot: ["sysctl.conf": dump])
                #expect(try other.inet6ctl("-a").output == state)
                #expect(try daemon.inet6ctl("-c net.link.stf.t").status == 1)
                #expect(try daemon.inet6ctl("-c net.link.stf.ttl").output == "net.link.stf.ttl=7\n")
            }
        }

        /// Variables of single interfaces are shown when they are named, and set before the interface is there.
        @Test func aVariableOfAnInterfaceToComeIsSet() throws {
            try Topology.with { net in
                let host = try net.namespace("a"), other = try net.namespace("b")
                let daemon = try net.daemon(in: host)
                let (ne0, lo) = ("net.inet6.ip6.interface.ne0.hlim", "net.inet6.ip6.interface.lo.hlim")
                let unknown = try daemon.inet6ctl("\(ne0) net.inet6.ip6.interface.ne0.foo=1")
                #expect(
                    unknown.status == 2 && unknown.errorLines.allSatisfy { $0.contains("unknown oid") }, "\(unknown)")
                let refused = try daemon.inet6ctl("-f -", input: "\(lo)=7\n\(ne0)=256\n")
                #expect(refused.error == "inet6ctl: \(ne0)=256 at line 2: Invalid argument (1..255)\n")
                let set = try daemon.inet6ctl("-f -", input: "\(lo)=7\n\(ne0)=8\n")
                #expect(set.output == "\(lo): 64 -> 7\n\(ne0):  -> 8\n" && set.status == 0, "\(set)")
                try net.link(host, "ne0", nil, other, "ne0", nil)
                #expect(try eventually { try host.run("sysctl -n net.ipv6.conf.ne0.hop_limit").output == "8\n" })
                #expect(try daemon.inet6ctl("-n \(ne0)").output == "8\n")
            }
        }

        // MARK: monitor

        @Test func changesAreToldAsTheyHappen() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let inet6ctl = net.executables.appending(path: "inet6ctl").path
                let monitors = try [["-jm"], ["-m", "-P", "*ttl"], ["-nm", "net.inet6"]].map {
                    try net.start([inet6ctl] + $0, environment: ["INET6D_SOCKET": daemon.socket.path])
                }
                #expect(eventually { monitors[0].output == "{\"event\":\"current\"}\n" })
                // The others say nothing yet; each sees what it is for once they monitor too.
                let change = { (value: Int) in try daemon.set("net.inet6.ip6.gifhlim", value) }
                var value = 30
                #expect(
                    try eventually {
                        value = value == 30 ? 31 : 30
                        try change(value)
                        try daemon.set(VariableToolTests.ttl, value)
                        return !monitors[1].output.isEmpty && !monitors[2].output.isEmpty
                    })
                #expect(
                    eventually {
                        monitors[0].output.components(separatedBy: "\n").suffix(2).joined().contains(
                            #""name":"\#(VariableToolTests.ttl)","new":"\#(value)""#)
                            && monitors.dropFirst().allSatisfy { $0.output.hasSuffix("-> \(value)\n") }
                    }, "the last one")
                let before = monitors.map { $0.output.utf8.count }
                // What changes nothing, is refused or only checked is no change.
                _ = try daemon.inet6ctl("\(VariableToolTests.ttl)=\(value) \(VariableToolTests.ttl)=0")
                _ = try daemon.inet6ctl("--check \(VariableToolTests.ttl)=99")
                _ = try daemon.inet6ctl("-f -", input: "\(VariableToolTests.ttl)=9\nnet.inet6.ip6.gifhlim=10\n")
                let news = { (index: Int) in
                    String(decoding: monitors[index].output.utf8.dropFirst(before[index]), as: UTF8.self)
                }
                let json = [(VariableToolTests.ttl, 9), ("net.inet6.ip6.gifhlim", 10)].map {
                    #"{"change":{"name":"\#($0)","new":"\#($1)","old":"\#(value)"},"event":"changed"}"# + "\n"
                }
                #expect(eventually { news(0) == json.joined() }, "\(news(0))")
                #expect(eventually { news(1) == "\(VariableToolTests.ttl): \(value) -> 9\n" }, "\(news(1))")
                #expect(eventually { news(2) == "\(value) -> 10\n" }, "\(news(2))")
                _ = try daemon.stop()
                for monitor in monitors { #expect(try monitor.wait().status == 69) }
            }
        }
    }
}
