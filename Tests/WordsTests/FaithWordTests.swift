// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing
import Words

/// What the words of faith(4) mean; each line is one of a command file.
@Suite struct FaithWordTests {
    private static func faith(_ body: (inout FaithChange) -> Void) -> InterfaceCommand {
        .change("faith0") {
            var faith = FaithChange()
            body(&faith)
            $0.faith = faith
        }
    }

    private static func relay(_ service: String, _ body: (inout RelayChange) -> Void = { _ in }) -> RelayChange {
        var relay = RelayChange(service: service)
        body(&relay)
        return relay
    }

    private static func program(_ words: String...) -> InterfaceCommand {
        faith { $0.relays = [relay("23") { $0.program = words }] }
    }

    static let prefixes: [(String, InterfaceCommand)] = [
        ("prefix 2001:db8:64::/96", faith { $0.prefixes = ["2001:db8:64::/96"] }),
        ("prefix 2001:DB8::1/0096", faith { $0.prefixes = ["2001:DB8::1/0096"] }),
        ("prefix 64:ff9b::/96 prefix ::/0", faith { $0.prefixes = ["64:ff9b::/96", "::/0"] }),
        ("-prefix 64:ff9b::/96", faith { $0.noprefixes = ["64:ff9b::/96"] }),
        (
            "prefix 1::/96 -prefix 2::/96 prefix 3::/96",
            faith { ($0.prefixes, $0.noprefixes) = (["1::/96", "3::/96"], ["2::/96"]) }
        ),
        ("last32", faith { $0.last32 = true }),
        ("last32 -last32", faith { $0.last32 = false }),
    ]

    static let relays: [(String, InterfaceCommand)] = [
        ("relay 22", faith { $0.relays = [relay("22")] }),
        ("relay all", faith { $0.relays = [relay("all")] }),
        ("relay 1-1023 relay telnet", faith { $0.relays = [relay("1-1023"), relay("telnet")] }),
        // What a service may be is for the daemon to say.
        ("relay relay", faith { $0.relays = [relay("relay")] }),
        ("relay -relay", faith { $0.relays = [relay("-relay")] }),
        ("relay 22 plain", faith { $0.relays = [relay("22") { $0.application = "plain" }] }),
        ("relay 21 ftp", faith { $0.relays = [relay("21") { $0.application = "ftp" }] }),
        ("relay 514 ftp rsh", faith { $0.relays = [relay("514") { $0.application = "rsh" }] }),
        ("relay 22 proxy", faith { $0.relays = [relay("22") { $0.proxy = true }] }),
        ("relay 22 reserved", faith { $0.relays = [relay("22") { $0.reserved = true }] }),
        (
            "relay 22 reserved relay 80 proxy plain",
            faith {
                $0.relays = [
                    relay("22") { $0.reserved = true },
                    relay("80") { ($0.application, $0.proxy) = ("plain", true) },
                ]
            }
        ),
        ("-relay 22 -relay all", faith { $0.norelays = ["22", "all"] }),
        // What is undone in between is no relay that something could be said about.
        (
            "relay 1-1023 -relay 22 proxy",
            faith { ($0.relays, $0.norelays) = ([relay("1-1023") { $0.proxy = true }], ["22"]) }
        ),
        (
            "relay 22 up proxy",
            .change("faith0") {
                $0.up = true
                $0.faith = FaithChange()
                $0.faith?.relays = [relay("22") { $0.proxy = true }]
            }
        ),
    ]

    static let programs: [(String, InterfaceCommand)] = [
        ("relay 23 local /usr/sbin/in.telnetd", program("/usr/sbin/in.telnetd")),
        (#"relay 23 local "/usr/sbin/in.telnetd -h""#, program("/usr/sbin/in.telnetd", "-h")),
        (#"relay 23 local "/bin/a 'b c'  d""#, program("/bin/a", "b c", "d")),
        (#"relay 23 local "/bin/a '' b""#, program("/bin/a", "", "b")),
        (#"relay 23 local '/bin/a\ b "c"'"#, program("/bin/a b", "c")),
        (##"relay 23 local "/bin/a '#b' # c""##, program("/bin/a", "#b")),
        ("relay 23 local /bin/a local /bin/b", program("/bin/b")),
    ]

    static let rules: [(String, InterfaceCommand)] = [
        ("permit ::/0 0.0.0.0/0", faith { $0.rules = ["::/0 permit 0.0.0.0/0"] }),
        ("deny 2001:db8::1 192.0.2.1", faith { $0.rules = ["2001:db8::1 deny 192.0.2.1"] }),
        (
            "permit 2001:DB8::/32 10.0.0.0/8 from 192.0.2.1",
            faith { $0.rules = ["2001:DB8::/32 permit 10.0.0.0/8 192.0.2.1"] }
        ),
        (
            "deny ::1 1.2.3.4 permit ::2 1.2.3.4 from 1.2.3.5 deny ::3 1.2.3.4",
            faith { $0.rules = ["::1 deny 1.2.3.4", "::2 permit 1.2.3.4 1.2.3.5", "::3 deny 1.2.3.4"] }
        ),
        ("-permit ::/0 0.0.0.0/0", faith { $0.norules = ["::/0 permit 0.0.0.0/0"] }),
        (
            "-deny ::1 1.2.3.4 from 1.2.3.5 permit ::1 1.2.3.4",
            faith { ($0.norules, $0.rules) = (["::1 deny 1.2.3.4 1.2.3.5"], ["::1 permit 1.2.3.4"]) }
        ),
        // Another word than from is no part of the rule.
        ("permit ::1 1.2.3.4 drain", faith { ($0.rules, $0.drain) = (["::1 permit 1.2.3.4"], true) }),
    ]

    static let limits: [(String, InterfaceCommand)] = [
        ("idle 0", faith { $0.idle = 0 }), ("idle 31536000", faith { $0.idle = 31_536_000 }),
        ("connecttime 1", faith { $0.connecttime = 1 }), ("connecttime 3600", faith { $0.connecttime = 3600 }),
        ("keepalive 0", faith { $0.keepalive = 0 }), ("usertime 60", faith { $0.usertime = 60 }),
        ("maxsessions 1000000", faith { $0.maxsessions = 1_000_000 }), ("maxrate 0", faith { $0.maxrate = 0 }),
        ("clientsessions 1", faith { $0.clientsessions = 1 }), ("clientrate 007", faith { $0.clientrate = 7 }),
        ("clientlen 1 clientlen 128", faith { $0.clientlen = 128 }),
        ("drain", faith { $0.drain = true }), ("drain -drain", faith { $0.drain = false }),
    ]

    @Test(arguments: prefixes + relays + programs + rules + limits)
    func `words are read`(line: String, command: InterfaceCommand) throws {
        let words = try CommandFile.lines(of: "faith0 \(line)").flatMap(\.words)
        #expect(try InterfaceCommand(parsing: words, for: .faith) == command)
    }

    @Test(arguments: prefixes + relays + programs + rules + limits)
    func `a change, said in words, reads as the same change`(line: String, command: InterfaceCommand) throws {
        guard case .change(let change) = command else { return }
        #expect(try InterfaceCommand(parsing: change.words, for: .faith) == command)
        #expect(try CommandFile.lines(of: change.line).map(\.words) == [change.words])
    }

    /// What is common to all interfaces.
    @Test(
        arguments: [
            ("faith0", .show("faith0")), ("faith0 inet6", .showAddresses("faith0")),
            ("faith0 check", .check("faith0")), ("check faith0", .check("faith0")),
            ("create faith0", .change("faith0") { $0.create = true }),
            ("faith plumb up", .change("faith") { ($0.create, $0.up) = (true, true) }),
            ("destroy faith0", .change("faith0") { $0.destroy = true }),
            ("drain faith0", faith { $0.drain = true }),
            ("drain faith0 idle 5", faith { ($0.drain, $0.idle) = (true, 5) }),
            ("faith0 mtu 1500 descr x", .change("faith0") { ($0.mtu, $0.description) = (1500, "x") }),
            (
                "faith0 prefix 64:ff9b::/96 inet6 2001:db8::1/64 deprecated",
                .change("faith0") {
                    $0.faith = FaithChange()
                    $0.faith?.prefixes = ["64:ff9b::/96"]
                    $0.inet6 = AddressChange(address: "2001:db8::1")
                    $0.inet6?.prefixlen = 64
                    $0.inet6?.deprecated = true
                }
            ),
        ] as [(String, InterfaceCommand)])
    func `words of any interface are read`(line: String, command: InterfaceCommand) throws {
        #expect(try InterfaceCommand(parsing: line.split(separator: " ").map(String.init), for: .faith) == command)
    }

    /// In a file the whole list comes at once; as words it is its rules.
    @Test func `an access list is said as its rules`() throws {
        var change = Change(interface: "faith0")
        change.faith = FaithChange()
        change.faith?.access = ["::1 permit 1.2.3.4 1.2.3.5", "::2 deny 1.2.3.4"]
        change.faith?.rules = ["::3 deny 1.2.3.4"]
        #expect(
            change.line == "faith0 permit ::1 1.2.3.4 from 1.2.3.5 deny ::2 1.2.3.4 deny ::3 1.2.3.4")
        #expect(Change.words(ofRule: "::1 permit 1.2.3.4 1.2.3.5") == "permit ::1 1.2.3.4 from 1.2.3.5")
    }

    @Test func `a relay is shown as it is said`() {
        let relay = FaithWordTests.relay("23") {
            ($0.application, $0.proxy, $0.reserved) = ("plain", true, true)
            $0.program = ["/bin/a b", #"c"d"#]
        }
        #expect(relay.text == #"relay 23 plain proxy reserved local "\"/bin/a b\" \"c\\\"d\"""#)
    }
}
