// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import Relay
import Testing
import Words

@testable import Dataplane

/// What words make of a faith interface, one command after another, or the line of the first refusal.
@Suite struct FaithPlannerTests {
    static let a = "2001:db8:64::/96"
    static let bad = "no IPv4 address has a place behind a prefix of length"

    static let prefixes: [(commands: [String], outcome: String)] = [
        (["prefix \(a)"], "prefix \(a)"),
        (["prefix 2001:db8:64::1/96"], "prefix \(a)"),
        (["prefix \(a) prefix 64:ff9b::/96"], "prefix \(a), prefix 64:ff9b::/96"),
        (["prefix 64:ff9b::/96", "prefix \(a)"], "prefix 64:ff9b::/96, prefix \(a)"),
        (["prefix 2001:db8::/32 prefix fd00::a00:0/104"], "prefix 2001:db8::/32, prefix fd00::a00:0/104"),
        (["prefix \(a)", "prefix \(a)"], "prefix \(a): File exists"),
        (["prefix \(a) prefix 2001:DB8:64::2/96"], "prefix 2001:DB8:64::2/96: File exists"),
        (["prefix \(a)", "-prefix \(a)"], ""),
        (["-prefix \(a)"], "-prefix \(a): Can't assign requested address"),
        // What is taken away goes before what is added.
        (["prefix \(a) -prefix \(a)"], "-prefix \(a): Can't assign requested address"),
        (["prefix \(a)", "prefix \(a) -prefix \(a)"], "prefix \(a)"),
        (["prefix \(a)", "-prefix 2001:db8:64::/97"], "-prefix 2001:db8:64::/97: Can't assign requested address"),
        (["prefix 2001:db8::/33"], "prefix 2001:db8::/33: Invalid argument (\(bad) 33)"),
        (["prefix 2001:db8::/95"], "prefix 2001:db8::/95: Invalid argument (\(bad) 95)"),
        (["prefix ::/0"], "prefix ::/0: Invalid argument (\(bad) 0)"),
        (
            ["prefix 2001:db8:0:0:100::/64", "prefix 2001:db8:1::/56 prefix 2001:db8:0:0:100::/72"],
            "prefix 2001:db8:0:0:100::/72: Invalid argument (\(bad) 72)"
        ),
        (["prefix \(a) mtu 1400", "prefix 2001:db8::/33"], "prefix 2001:db8::/33: Invalid argument (\(bad) 33)"),
    ]

    /// Each stands for no IPv4 address, or has a meaning of its own on every link.
    static let neverCaptured = [
        "fe80::/96", "fe80::/64", "febf:ffff::/96", "ff05::/96", "ff00::/32", "::/96", "::1/128", "::ffff:0:0/96",
        "::127.0.0.0/104",
    ].map { (commands: ["last32 prefix \($0)"], outcome: refusedPrefix($0)) }

    private static func refusedPrefix(_ text: String) -> String {
        "prefix \(text): Invalid argument (not a prefix of global unicast addresses)"
    }

    static let last32: [(commands: [String], outcome: String)] = [
        (["last32 prefix 2001:db8::/65"], "prefix 2001:db8::/65, last32"),
        (["prefix 2001:db8::/65 last32"], "prefix 2001:db8::/65, last32"),
        (["last32 prefix 2001:db8::/63"], "prefix 2001:db8::/63: Invalid argument (\(bad) 63)"),
        (["prefix 2001:db8::/48", "last32"], "prefix 2001:db8::/48: Invalid argument (\(bad) 48)"),
        (["prefix 2001:db8::/48", "last32 -prefix 2001:db8::/48"], "last32"),
        (["last32 prefix 2001:db8::/65", "-last32"], "prefix 2001:db8::/65: Invalid argument (\(bad) 65)"),
        (["last32 prefix \(a)", "-last32"], "prefix \(a)"),
        (["last32", "-last32"], ""),
        (["fec0::"].map { "last32 prefix \($0)/64" }, "prefix fec0::/64, last32"),
    ]

    static let relays: [(commands: [String], outcome: String)] = [
        (["relay 22"], "22"),
        (["relay all relay 22 relay 1-1023 relay 1-22"], "1-22, 1-1023, all, 22"),
        (["relay telnet relay ftp relay ssh"], "21, 22, 23"),
        (["relay 22 proxy", "relay 22 reserved"], "22 reserved"),
        (["relay 22 proxy relay ssh plain"], "22 plain"),
        (["relay 20-21", "relay 21"], "20-21, 21"),
        (["relay 22 relay 23", "-relay 22"], "23"),
        (["relay 22", "-relay ssh"], ""),
        (["relay all", "-relay 1-65535"], ""),
        (["relay 22", "relay 22 -relay 22 reserved"], "22 reserved"),
        (["-relay 22"], "-relay 22: No such file or directory (no such relay)"),
        (["relay 1-1023", "-relay 22"], "-relay 22: No such file or directory (no such relay)"),
        (["relay 23 local \"/bin/a 'b c'\""], "23 local [/bin/a, b c]"),
        (["relay 80 proxy plain reserved"], "80 plain proxy reserved"),
        (["relay 1000-1001 proxy"], "1000-1001 proxy"),
        (["relay 1-1023 plain proxy"], "1-1023 plain proxy"),
        (["relay 7 ftp relay 8 rsh"], "7 ftp, 8 rsh"),
        (["relay 22-23 local /bin/a"], "relay 22-23 local /bin/a: Invalid argument (a program is for one port)"),
        (["relay 7 ftp proxy"], "relay 7 proxy: Invalid argument (only with plain)"),
        (["relay 7 rsh proxy"], "relay 7 proxy: Invalid argument (only with plain)"),
        // What a port is known for counts as said.
        (["relay 21 proxy"], "relay 21 proxy: Invalid argument (only with plain)"),
        (["relay 514 proxy"], "relay 514 proxy: Invalid argument (only with plain)"),
        (["relay all proxy"], "relay all proxy: Invalid argument (only with plain)"),
        (["relay 21 plain proxy"], "21 plain proxy"),
    ]

    static let rules: [(commands: [String], outcome: String)] = [
        (["permit ::/0 0.0.0.0/0"], "::/0 permit 0.0.0.0/0"),
        (
            ["permit ::1 1.2.3.4 from 1.2.3.5 deny ::/0 0.0.0.0/0"],
            "::1/128 permit 1.2.3.4/32 1.2.3.5, ::/0 deny 0.0.0.0/0"
        ),
        (["deny ::/0 0.0.0.0/0", "permit ::1 1.2.3.4"], "::/0 deny 0.0.0.0/0, ::1/128 permit 1.2.3.4/32"),
        (["permit ::1 1.2.3.4", "permit ::1 1.2.3.4"], "::1/128 permit 1.2.3.4/32, ::1/128 permit 1.2.3.4/32"),
        (["permit ::1 1.2.3.4 permit ::2 1.2.3.4", "-permit ::1/128 1.2.3.4/32"], "::2/128 permit 1.2.3.4/32"),
        // The first of several alike.
        (
            ["permit ::1 1.2.3.4 deny ::2 1.2.3.4 permit ::1 1.2.3.4", "-permit ::1 1.2.3.4"],
            "::2/128 deny 1.2.3.4/32, ::1/128 permit 1.2.3.4/32"
        ),
        (["-permit ::1 1.2.3.4"], "::1 permit 1.2.3.4: No such file or directory (no such rule)"),
        (
            ["permit ::1 1.2.3.4", "-deny ::1 1.2.3.4"],
            "::1 deny 1.2.3.4: No such file or directory (no such rule)"
        ),
        (
            ["permit ::1 1.2.3.4 from 1.2.3.5", "-permit ::1 1.2.3.4"],
            "::1 permit 1.2.3.4: No such file or directory (no such rule)"
        ),
        (
            ["permit ::1 1.2.3.4 from 127.0.0.1"],
            "::1 permit 1.2.3.4 127.0.0.1: Invalid argument (127.0.0.1: cannot be a source: in 127.0.0.0/8)"
        ),
        (["drain"], "drain"), (["drain", "-drain"], ""),
    ]

    @Test(arguments: prefixes + neverCaptured + last32 + relays + rules)
    func `words lead to a state`(row: (commands: [String], outcome: String)) throws {
        #expect(try FaithState.after(row.commands, isIdempotent: false) == row.outcome)
    }

    /// With `-i`, what is so already is no error and changes nothing.
    @Test(arguments: [
        (["prefix \(a)", "prefix \(a)"], "prefix \(a)"),
        (["-prefix \(a)"], ""),
        (["-relay 22"], ""),
        (["-permit ::1 1.2.3.4"], ""),
        // A second rule like the first would decide over nothing.
        (
            ["permit ::1 1.2.3.4", "deny ::/0 0.0.0.0/0 permit ::1/128 1.2.3.4/32"],
            "::1/128 permit 1.2.3.4/32, ::/0 deny 0.0.0.0/0"
        ),
        (["prefix 2001:db8::/33"], "prefix 2001:db8::/33: Invalid argument (\(bad) 33)"),
        (["-prefix fe80::/96"], "-prefix fe80::/96: Invalid argument (not a prefix of global unicast addresses)"),
        (["-relay x"], "-relay x: Invalid argument (neither a port, low-high, all, nor a name of /etc/services)"),
    ])
    func `what is so already is no error`(commands: [String], outcome: String) throws {
        #expect(try FaithState.after(commands, isIdempotent: true) == outcome)
    }

    @Test(arguments: ["0", "65536", "022", "23-22", "22-", "-22", "1-2-3", "", "no-such-service", "all ", "ALL"])
    func `a service that is none is refused`(service: String) {
        var change = FaithChange()
        change.relays = [RelayChange(service: service)]
        let detail = "neither a port, low-high, all, nor a name of /etc/services"
        #expect(refusal(change) == Refusal("faith0", "relay \(service)", .EINVAL, detail))
        change.relays = nil
        change.norelays = [service]
        #expect(refusal(change) == Refusal("faith0", "-relay \(service)", .EINVAL, detail))
    }

    /// What no words can say, but whoever speaks Varlink.
    @Test func `what does not come from words is refused as well`() {
        for text in ["", "2001:db8::", "2001:db8::/032", "2001:db8::/129", "10.0.0.0/8", "x/96"] {
            #expect(refusal { $0.prefixes = [text] } == Refusal("faith0", "prefix \(text)", .EINVAL))
            #expect(refusal { $0.noprefixes = [text] } == Refusal("faith0", "-prefix \(text)", .EINVAL))
        }
        for line in ["", "::/0 permit", "::/0 allow 0.0.0.0/0", "::/0\tpermit\t0.0.0.0/0", "permit ::/0 0.0.0.0/0"] {
            for path in [\FaithChange.rules, \.norules, \.access] {
                let refusal = refusal { $0[keyPath: path] = [line] }
                #expect(refusal?.errno == .EINVAL && refusal?.value == line && refusal?.detail != nil, "\(line)")
            }
        }
        #expect(relay { $0.application = "telnet" } == Refusal("faith0", "relay 23 telnet", .EINVAL))
        for program in [["cat"], [""], ["/bin/a\0"], ["/bin/a", "\0"], ["/bin/a", "b\nc"], ["/bin/\u{1B}[2J"]] {
            let detail = "not the path of a program, from / on"
            let refusal = relay { $0.program = program }
            #expect(refusal == Refusal("faith0", "relay 23 local \(program[0])", .EINVAL, detail))
        }
        #expect(relay { $0.program = [] } == nil)
    }

    private func relay(_ body: (inout RelayChange) -> Void) -> Refusal? {
        var relay = RelayChange(service: "23")
        body(&relay)
        return refusal { $0.relays = [relay] }
    }

    private func refusal(_ body: (inout FaithChange) -> Void) -> Refusal? {
        var change = FaithChange()
        body(&change)
        return refusal(change)
    }

    private func refusal(_ change: FaithChange) -> Refusal? {
        var planner = FaithPlanner(FaithRecord(), of: "faith0", isIdempotent: false)
        do throws(Refusal) {
            try planner.apply(change)
            return nil
        } catch {
            return error
        }
    }
}

/// The state of a faith interface as a text.
enum FaithState {
    /// After these commands on `faith0`, or the line of the first refusal without `faith0: `.
    static func after(_ commands: [String], isIdempotent: Bool) throws -> String {
        var record = FaithRecord()
        for command in commands {
            let words = try CommandFile.lines(of: "faith0 \(command)").flatMap(\.words)
            guard case .change(let change) = try InterfaceCommand(parsing: words, for: .faith),
                let faith = change.faith
            else { throw LineError(line: 1, reason: "no change") }
            var planner = FaithPlanner(record, of: "faith0", isIdempotent: isIdempotent)
            do throws(Refusal) {
                try planner.apply(faith)
            } catch {
                return String(error.line.dropFirst("faith0: ".count))
            }
            record = planner.record
        }
        return text(record)
    }

    static func text(_ record: FaithRecord) -> String {
        var texts = record.prefixes.map { "prefix \($0)" }
        if record.last32 { texts.append("last32") }
        texts += record.services.map(text) + record.rules.map(\.line)
        if record.isDraining { texts.append("drain") }
        return texts.joined(separator: ", ")
    }

    private static func text(_ service: FaithService) -> String {
        var text = ServiceName.text(of: service.ports)
        if let application = service.application { text += " \(application.rawValue)" }
        if service.sendsProxyHeader { text += " proxy" }
        if service.usesReservedPort { text += " reserved" }
        if !service.program.isEmpty { text += " local [\(service.program.joined(separator: ", "))]" }
        return text
    }
}
