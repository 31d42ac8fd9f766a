// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import Testing
import Words

@testable import Tool
@testable import faithctl

/// The command line of faithctl(8): its forms, what is offered where the cursor is, and the lines of events.
@Suite struct FaithctlTests {
    @Test func `the usage is stable`() {
        #expect(
            InterfaceTool.faithctl.usage.split(separator: "\n").prefix { !$0.hasPrefix("parameters:") }
                == """
                usage: faithctl [-ciLlv] [-j] [-s socket] [-a | interface [inet6]]
                       faithctl [-ijv] [-s socket] create interface [parameter ...]
                       faithctl [-ijv] [-s socket] destroy interface
                       faithctl [-ijv] [-s socket] interface parameter ...
                       faithctl [-j] [-s socket] check interface
                       faithctl [-jv] [-s socket] sessions [interface] [filter ...]
                       faithctl [-jt] [-s socket] -m sessions
                       faithctl [-j] [-s socket] kill interface number ... | filter ... | all
                       faithctl [-ijv] [-s socket] -f faithd.conf [interface]
                       faithctl [-j] map prefix/length address
                       faithctl [-ijv] [-s socket] -f file
                       faithctl [-jt] [-s socket] -m
                       faithctl [-s socket] -C
                       faithctl -h | -V
                """.split(separator: "\n"))
    }

    @Test(arguments: InterfaceKind.allCases)
    func `every word of its kind is in the usage, and no other`(kind: InterfaceKind) {
        // A filter is of sessions there, and no word of its own.
        let usage = InterfaceTool.faithctl.usage.split(separator: "\n").filter { !$0.contains("filter ...") }
            .flatMap { $0.split { !$0.isLetter && !$0.isNumber } }
        for word in Vocabulary(kind).words.map(\.text) {
            #expect(usage.contains(Substring(word)) == (Vocabulary(.faith).named(word) != nil), "\(word)")
        }
    }

    static let verbs = "create destroy check drain"
    static let relay = "plain ftp rsh proxy reserved local"
    static let limits =
        "idle connecttime keepalive usertime maxsessions maxrate clientsessions clientrate clientlen"
    static let plain =
        "-drain up down description -description mtu prefix -prefix last32 -last32 relay -relay"
    static let rules = "permit -permit deny -deny"

    /// The words before the cursor, `_` for one not yet begun, and what is offered.
    @Test(arguments: [
        ("_", "\(verbs) sessions kill map"),
        ("s", "sessions"), ("d", "destroy drain"),
        ("create _", "faith"), ("drain _", ""),
        ("faith0 _", "create destroy check drain \(plain) \(rules) \(limits) inet6"),
        ("faith0 relay 22 _", "create drain \(plain) \(relay) \(rules) \(limits) inet6"),
        ("faith0 relay 22 proxy p", "prefix plain permit"), ("faith0 relay 22 proxy relay 80 pr", "prefix proxy"),
        ("faith0 link", ""),
        ("faith0 inet6 a", "alias"),
        // What follows is for the user to say.
        ("faith0 prefix _", ""), ("faith0 -prefix _", ""), ("faith0 relay _", ""), ("faith0 -relay _", ""),
        ("faith0 permit _", ""), ("faith0 permit ::/0 _", ""), ("faith0 -deny _", ""), ("faith0 -deny ::/0 _", ""),
        ("faith0 permit ::/0 0.0.0.0/0 from _", ""), ("faith0 permit ::/0 0.0.0.0/0 f", "from"),
        ("faith0 permit ::/0 0.0.0.0/0 from 192.0.2.1 u", "up usertime"),
        ("faith0 idle _", ""), ("faith0 relay 23 local _", ""),
        ("faith0 -description u", "up usertime"),
        // Sessions.
        ("sessions _", "from to port state"), ("sessions faith0 _", "from to port state"),
        ("sessions faith0 from _", ""), ("sessions to _", ""), ("sessions faith0 port _", ""),
        ("sessions state _", "connecting listening established client-ended server-ended program"),
        ("sessions faith0 state e", "established"),
        ("sessions faith0 from ::1 s", "state"),
        ("kill _", ""), ("kill faith0 _", "from to port state all"), ("kill faith0 17 _", "from to port state"),
        ("kill faith0 state p", "program"),
        ("-m s", "sessions"),
        ("map _", ""), ("map 64:ff9b::/96 _", ""), ("map 64:ff9b::/96 192.0.2.1 _", "last32"),
        ("map 64:ff9b::/96 192.0.2.1 last32 _", ""),
    ])
    func `what can follow is offered`(line: String, offered: String) {
        let words = line.split(separator: " ").map { $0 == "_" ? "" : String($0) }
        let candidates = Completion(tool: .faithctl).candidates(for: ["-s/dev/null/none"] + words)
        #expect(candidates.map(\.text).joined(separator: " ") == offered)
        #expect(candidates.allSatisfy { !$0.help.isEmpty && !$0.help.contains("\t") })
    }

    private static func event(_ event: SessionEvent.Event, _ body: (inout SessionEvent) -> Void) -> SessionEvent {
        var said = SessionEvent(event, interface: "faith0")
        body(&said)
        return said
    }

    static let events: [(SessionEvent, String)] = [
        (SessionEvent(.current), ""),
        (
            event(.began) {
                ($0.number, $0.client, $0.asked) = (17, "[2001:db8::2]:50000", "[2001:db8:64::c000:201]:80")
                $0.server = "192.0.2.1:80"
            }, "faith0: began 17: [2001:db8::2]:50000 > [2001:db8:64::c000:201]:80 > 192.0.2.1:80\n"
        ),
        (
            event(.began) { ($0.number, $0.client, $0.asked) = (18, "[::1]:50000", "[::2]:23") },
            "faith0: began 18: [::1]:50000 > [::2]:23\n"
        ),
        (event(.connected) { $0.number = 17 }, "faith0: connected 17\n"),
        (
            event(.ended) {
                ($0.number, $0.reason) = (17, "finished")
                ($0.toserver, $0.toclient, $0.age) = (100, 2000, 1234)
            }, "faith0: ended 17: finished, 100 up, 2000 down, 1234 ms\n"
        ),
        (
            event(.refused) { ($0.client, $0.asked, $0.reason) = ("[::1]:1", "[::2]:2", "no-rule") },
            "faith0: refused: [::1]:1 > [::2]:2: no-rule\n"
        ),
        (event(.lost) { $0.count = 7 }, "faith0: lost 7 events\n"),
    ]

    @Test(arguments: events)
    func `an event is a line`(event: SessionEvent, line: String) {
        #expect(event.line == line)
    }
}
