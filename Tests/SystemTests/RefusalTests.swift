// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Whatever is wrong is told in one line with the right status, and changes nothing. One host, with an `stf0` and an
    /// interface that is not ours.
    @Suite struct RefusalTests {
        private static let own = "2002:c000:201::1"

        /// The words, and the line that they bring but for `stfctl: `. Status 1, as `inet6d` refuses.
        private static let refused = [
            ("create stf0", "stf0: File exists"),
            ("stf0 create description x", "stf0: File exists"),
            ("create stf00", "stf00: Invalid argument (stf0..stf32767)"),
            ("create stf32768", "stf32768: Invalid argument (stf0..stf32767)"),
            ("create veth0", "veth0: Invalid argument (no cloner makes this name)"),
            ("-i create lo", "lo: Invalid argument (no cloner makes this name)"),
            ("lo mtu 1400", "lo: Device not configured (not an interface of inet6d)"),
            ("destroy lo", "lo: Device not configured (not an interface of inet6d)"),
            ("stf1", "stf1: Device not configured"),
            ("stf1 inet6", "stf1: Device not configured"),
            ("stf1 up", "stf1: Device not configured"),
            ("check stf1", "stf1: Device not configured"),
            ("destroy stf1", "stf1: Device not configured"),
            ("stf0 mtu 1279", "stf0: mtu 1279: Invalid argument (1280..65515)"),
            ("stf0 mtu 65516", "stf0: mtu 65516: Invalid argument (1280..65515)"),
            ("stf0 up mtu 0 link0", "stf0: mtu 0: Invalid argument (1280..65515)"),
            ("stf0 inet6 2002:c000:202::1", "stf0: inet6 2002:c000:202::1: File exists (stf0 has \(own))"),
            ("stf0 inet6 2002:c000:201::2/16", "stf0: inet6 2002:c000:201::2/16: File exists (stf0 has \(own))"),
            (
                "stf0 inet6 \(own) prefixlen 32",
                "stf0: inet6 \(own)/32: Invalid argument (the address has prefixlen 16; delete it first)"
            ),
            ("stf0 inet6 2002:c000:201::2 delete", "stf0: inet6 2002:c000:201::2: Can't assign requested address"),
            ("stf0 inet6 \(own)/64 -alias", "stf0: inet6 \(own)/64: Can't assign requested address"),
            ("stf0 inet6 \(own) pltime 9 vltime 8", "stf0: inet6 \(own): Invalid argument (pltime 9 exceeds vltime 8)"),
            ("stf0 inet6 \(own) vltime 0", "stf0: inet6 \(own): Invalid argument (vltime 0)"),
            (
                "create stf1 inet6 2002:c000:201::9/16",
                "stf1: inet6 2002:c000:201::9/16: Address already in use (stf0 has 192.0.2.1)"
            ),
            ("create stf1 stfv4br 127.0.0.1", "stf1: stfv4br 127.0.0.1: Invalid argument (in 127.0.0.0/8)"),
            (
                "create stf1 inet6 2001:db8::1",
                "stf1: inet6 2001:db8::1: Invalid argument (not in 2002::/16, and for 6rd prefix length + 32 exceeds 64)"
            ),
        ]

        /// Addresses that no stf may have, and why.
        private static let addresses = [
            ("2002:c000:202::1/15", "prefix length 16..128"), ("2002:c000:202::1/0", "prefix length 16..128"),
            ("2002:1::1/16", "0.1.0.0 is in 0.0.0.0/8"),
            ("2002:a00:1::1/16", "10.0.0.1 is private (RFC 1918)"),
            ("2002:ac1f:ffff::1/16", "172.31.255.255 is private (RFC 1918)"),
            ("2002:c0a8:101::1/16", "192.168.1.1 is private (RFC 1918)"),
            ("2002:7f00:1::1/16", "127.0.0.1 is in 127.0.0.0/8"),
            ("2002:e000:1::1/16", "224.0.0.1 is in 224.0.0.0/4"),
            ("2002:efff:ffff::1/16", "239.255.255.255 is in 224.0.0.0/4"),
            ("2002:ffff:ffff::1/16", "255.255.255.255 is in 255.0.0.0/8"),
            ("fe80::1/16", "link-local (fe80::/10)"), ("::1/16", "the loopback address (::1)"),
            ("ff02::1/16", "multicast (ff00::/8)"), ("::ffff:192.0.2.2/16", "IPv4-mapped (::ffff:0:0/96)"),
        ].map { ("create stf1 inet6 \($0)", "stf1: inet6 \($0): Invalid argument (\($1))") }

        /// Status 64, as there is nothing to ask `inet6d` for.
        private static let unusable = [
            ("create", "create: needs an interface"),
            ("up stf0", "up: not the name of an interface"),
            ("abcdefghijklmnop up", "abcdefghijklmnop: name too long"),
            ("destroy stf0 up", "stf0: destroy: goes with no other word"),
            ("check stf0 up", "stf0: check: goes with no other word"),
            ("show", "show: unknown word; stfctl stf0 shows one interface, and stfctl all"),
            ("list stf0", "list: unknown word; stfctl stf0 shows one interface, and stfctl all"),
            ("crate stf0", "crate: unknown word; is it create?"), ("crate", "crate: unknown word; is it create?"),
            ("rm stf0", "rm: unknown word; is it destroy?"), ("chek stf0", "chek: unknown word; is it check?"),
            ("stf0 frob", "stf0: frob: unknown word"),
            ("stf0 -mtu", "stf0: -mtu: unknown word; mtu has no opposite"),
            ("stf0 mtu", "stf0: mtu: requires an argument"),
            ("stf0 mtu abc", "stf0: mtu abc: bad value"),
            ("stf0 mtu -1", "stf0: mtu -1: bad value"),
            ("stf0 mtu 99999999999999999999", "stf0: mtu 99999999999999999999: bad value"),
            ("stf0 prefixlen 16", "stf0: prefixlen: must follow inet6"),
            ("stf0 inet6 up", "stf0: inet6: needs an address"),
            ("stf0 inet6 prefixlen 16", "stf0: prefixlen: needs an address"),
            ("stf0 inet6 192.0.2.1", "stf0: inet6 192.0.2.1: bad value"),
            (
                "stf0 inet6 \(own)%lo",
                "stf0: inet6 \(own)%lo: bad value (only a link-local address has a zone by name: lo)"
            ),
            ("stf0 inet6 \(own)/129", "stf0: inet6 \(own)/129: bad value (prefix length 0..128)"),
            ("stf0 inet6 \(own) prefixlen 129", "stf0: prefixlen 129: bad value (0..128)"),
            ("stf0 inet6 \(own) prefixlen -1", "stf0: prefixlen -1: bad value"),
            ("stf0 inet6 \(own) 2002:c000:201::2", "stf0: 2002:c000:201::2: a second address"),
            ("stf0 inet6 \(own) vltime 4294967296", "stf0: vltime 4294967296: bad value (0..4294967295)"),
        ]

        /// Each tool is for one kind, whatever an interface is called.
        @Test func anInterfaceOfAnotherKindIsForItsTool() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host)
                try daemon.succeed("create stf0")
                #expect(try daemon.faithctl("create faith0").status == 0)
                try host.succeed("ip link set faith0 name six")
                #expect(try daemon.faithctl("create faith0").status == 0)
                let before = try daemon.succeed("-j")
                for name in ["faith0", "six"] {
                    let calls = ["", " up", " inet6", " destroy", " description x"].map { name + $0 }
                    for words in calls + ["-v \(name)", "-j \(name)", "-c \(name)", "check \(name)"] {
                        let result = try daemon.stfctl(words)
                        #expect(result.status == 1 && result.output == "", "\(words): \(result)")
                        let line = "\(name): Invalid argument (faith interfaces are for faithctl)"
                        #expect(result.error == "stfctl: \(line)\n", "\(words)")
                    }
                }
                #expect(try daemon.stfctl("create faith1").error.contains("faith interfaces are for faithctl"))
                #expect(try daemon.faithctl("stf0 up").error.contains("stf interfaces are for stfctl"))
                #expect(try daemon.stfctl("-i destroy gone").status == 0)
                #expect(try daemon.succeed("-j") == before && daemon.faithctl("-l").output == "six faith0\n")
            }
        }

        @Test(arguments: ["stfctl", "faithctl", "inet6ctl", "inet6d"])
        func helpIsUsage(_ tool: String) throws {
            try Topology.with { net in
                let path = net.executables.appending(path: tool).path
                let usage = try net.start([path, "-h"]).wait().output
                for words in [["--help"], ["help"]] {
                    let result = try net.start([path] + words).wait()
                    #expect(result.status == 0 && result.output == usage && result.error == "", "\(words)")
                }
                let version = try net.start([path, "--version"]).wait()
                #expect(version.status == 0 && version.output.hasPrefix("\(tool) "))
                let other = try net.start([path, "--halp"]).wait()
                #expect(other.status == 64 && other.error.hasPrefix("\(tool): unknown option --halp\n"), "\(other)")
            }
        }

        @Test func whatIsWrongIsToldAndChangesNothing() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                try daemon.succeed("create stf0 inet6 \(RefusalTests.own)/16 description kept")
                let before = try daemon.succeed("-j")
                let refused = (RefusalTests.refused + RefusalTests.addresses).map { ($0, $1, Int32(1)) }
                for (words, line, status) in refused + RefusalTests.unusable.map({ ($0, $1, 64) }) {
                    let result = try daemon.stfctl(words)
                    #expect(result.error == "stfctl: \(line)\n", "stfctl \(words)")
                    #expect(result.output == "" && result.status == status, "\(result)")
                    #expect(try daemon.succeed("-j") == before, "stfctl \(words)")
                }
            }
        }

        @Test(arguments: [
            ("-x", "unknown option -x"), ("-s", "option -s requires an argument"), ("-a stf0", "stf0: not with -a"),
        ])
        func wrongOptionsBringTheUsage(_ words: String, _ line: String) throws {
            try Topology.with { net in
                let result = try net.daemon(in: try net.namespace("a")).stfctl(words)
                #expect(result.error.hasPrefix("stfctl: \(line)\nusage: stfctl "), "\(result)")
                #expect(result.output == "" && result.status == 64, "\(result)")
            }
        }

        @Test(arguments: [
            ("/nonexistent", "No such file or directory"), ("/", "Is a directory"), ("/dev/null/x", "Not a directory"),
        ])
        func aFileThatCannotBeReadIsNamed(_ file: String, _ reason: String) throws {
            try Topology.with { net in
                let result = try net.daemon(in: try net.namespace("a")).stfctl("-f \(file)")
                #expect(result.error == "stfctl: \(file): \(reason)\n")
                #expect(result.output == "" && result.status == 66, "\(result)")
            }
        }

        /// What the manual pages list under DIAGNOSTICS: what has to be there, and the words that bring it. The last ones
        /// are those of a user who may only look.
        private static let diagnostics = [
            ("create stf0", "stfctl create stf0"),
            ("", "stfctl stf0 up"),
            ("create stf0", "stfctl stf0 inet6 2001:db8::1"),
            ("create stf0 inet6 \(own)/16", "stfctl stf0 inet6 2002:c000:201::2"),
            ("create stf0 inet6 2002:8504:506::1/16", "stfctl stf0 inet6 2002:901:203::1"),
            ("create stf0", "stfctl stf0 inet6 2002:c000:201::2 delete"),
            ("", "stfctl stf0 mtu abc"),
            ("", "stfctl stf0 mtu"),
            ("", "stfctl stf0 prefixlen 16"),
            ("", "inet6ctl net.link.stf.foo"),
            ("", "inet6ctl net.link.stf=1"),
            ("", "inet6ctl net.link.stf.ttl=many"),
            ("", "inet6ctl net.link.stf.ttl=0"),
            ("", "inet6ctl addr eth9"),
            ("", "inet6ctl addr eth0 inet6 2001:db8::9 delete"),
            ("", "inet6ctl addr eth0 inet6 2001:db8::1/48"),
            ("create stf0", "nobody stfctl stf0 up"),
            ("", "nobody inet6ctl net.link.stf.ttl=64"),
        ]

        @Test func diagnosticsOfTheManualPagesAreThoseOfTheTools() throws {
            let printed = try RefusalTests.diagnostics.map { setup, line in
                try Topology.with { net in
                    let host = try net.namespace("a")
                    // The pages call an interface of others eth0.
                    try host.succeed("ip link add eth0 type veth peer name eth1")
                    try host.succeed("ip addr add 2001:db8::1/64 dev eth0")
                    let daemon = try net.daemon(in: host)
                    if !setup.isEmpty { try daemon.succeed(setup) }
                    var words = line.split(separator: " ").map(String.init)
                    let isNobody = words[0] == "nobody"
                    if isNobody { words.removeFirst() }
                    let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                    words[0] = net.executables.appending(path: words[0]).path
                    let result = try net.start(
                        (isNobody ? nobody : []) + words, environment: ["INET6D_SOCKET": daemon.socket.path]
                    ).wait()
                    #expect(result.status != 0 && result.errorLines.count == 1, "\(result)")
                    return result.errorLines.first ?? ""
                }
            }
            let said = try ["stf.4", "stfctl.8", "inet6ctl.8"].flatMap { page in
                try String(contentsOf: Executables.package.appending(path: "man/\(page)"), encoding: .utf8)
                    .matches(of: /\n\.It "([^"]*)"\n/).map { String($0.1) }
            }
            #expect(Set(said).symmetricDifference(printed).sorted() == [])
        }
    }
}
