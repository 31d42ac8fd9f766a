// SPDX-License-Identifier: BSD-2-Clause
import FaithControl
import Relay
import Testing
import Tool

@testable import faithctl

/// Which sessions are meant: each word narrows it down.
@Suite struct SessionFilterTests {
    /// 17 is a plain one, 18 a data connection of FTP from elsewhere, 19 a local program's.
    private let sessions = [
        FaithSession.sample(),
        .sample {
            ($0.number, $0.client, $0.asked) = (18, "[2001:db8:1::2]:1024", "[2001:db8:64::c633:6401]:21")
            ($0.server, $0.state, $0.application) = ("198.51.100.1:21", "client-ended", "ftp")
        },
        .sample {
            ($0.number, $0.asked, $0.server, $0.state) = (19, "[2001:db8::1]:23", nil, "program")
        },
    ]

    @Test(arguments: [
        ("", "17 18 19"),
        ("17", "17"), ("17 19", "17 19"), ("20", ""), ("17 17", "17"),
        ("from 2001:db8::2", "17 19"), ("from 2001:db8::/47", "17 18 19"), ("from 2001:db8:1::/48", "18"),
        ("from ::/0", "17 18 19"), ("from 2001:db8::3", ""),
        ("to 192.0.2.1", "17"), ("to 192.0.2.0/24", "17"), ("to 0.0.0.0/0", "17 18"), ("to 192.0.2.2", ""),
        ("port 21", "18"), ("port 23", "19"), ("port 80 port 21", "18"), ("port 50000", ""),
        ("state established", "17"), ("state program", "19"), ("state connecting", ""),
        ("from 2001:db8::/47 to 0.0.0.0/0 port 80", "17"), ("17 18 state client-ended", "18"),
        ("from 2001:db8::2 17", "17"), ("17 from 2001:db8:1::2", ""),
    ])
    func `each word narrows it down`(words: String, numbers: String) throws {
        let filter = try SessionFilter(words.split(separator: " ").map(String.init)[...])
        let found = sessions.filter { filter.matches($0) }.map { String($0.number) }
        #expect(found.joined(separator: " ") == numbers)
    }

    @Test(arguments: [
        ("from", "from: requires an argument"), ("17 state", "state: requires an argument"),
        ("from 192.0.2.1", "from 192.0.2.1: bad value"), ("from 2001:db8::/129", "from 2001:db8::/129: bad value"),
        ("from 2001:db8::/032", "from 2001:db8::/032: bad value"),
        ("to 2001:db8::1", "to 2001:db8::1: bad value"), ("to 192.0.2.0/33", "to 192.0.2.0/33: bad value"),
        ("port 0", "port 0: bad value"), ("port 65536", "port 65536: bad value"), ("port -1", "port -1: bad value"),
        ("port +80", "port +80: bad value"), ("port http", "port http: bad value"),
        ("state closed", "state closed: bad value"),
        ("0", "0: unknown word"), ("-17", "-17: unknown word"), ("+17", "+17: unknown word"),
        ("all", "all: unknown word"), ("faith0 faith1", "faith0: unknown word"),
    ])
    func `what makes no sense is refused`(words: String, line: String) {
        let words = words.split(separator: " ").map(String.init)
        #expect(refusal { _ = try SessionFilter(words[...]) } == line)
    }

    /// What the daemon cannot say in full matches nothing that asks for it.
    @Test func `an endpoint that is none matches no filter`() throws {
        let odd = FaithSession.sample { ($0.client, $0.asked, $0.server) = ("2001:db8::2", "x", "192.0.2.1") }
        for words in [["from", "::/0"], ["to", "0.0.0.0/0"], ["port", "80"]] {
            let filter = try SessionFilter(words[...])
            #expect(!filter.matches(odd), "\(words)")
            #expect(filter.matches(.sample()), "\(words)")
        }
    }

    @Test func `the states are those of the relay`() {
        #expect(SessionFilter.states == SessionStatus.State.allCases.map(\.rawValue))
    }

    @Test(arguments: [
        ("from", true), ("state", true), ("17", true), ("faith0", false), ("all", false), ("", false), ("fro", false),
    ])
    func `what begins a filter is no interface`(word: String, isFilter: Bool) {
        #expect(SessionFilter.isFirst(word) == isFilter)
    }

    /// Refused before anybody is asked.
    @Test(arguments: [
        ("", "kill: wants an interface"), ("17", "kill: wants an interface"),
        ("from ::/0", "kill: wants an interface"), ("faith0", "kill faith0: wants numbers, a filter, or all"),
        ("faith0 all 17", "all: unknown word"), ("faith0 everything", "everything: unknown word"),
    ])
    func `kill wants to know whom`(words: String, line: String) {
        #expect(
            refusal {
                let words = words.split(separator: " ").map(String.init)
                _ = try SessionCommand(words[...]).kill(try Options(parsing: [], known: ""), .faithctl)
            } == line)
    }

    @Test func `sessions are a table`() {
        #expect(
            SessionCommand.table(of: sessions) == """
                number  state             client                asked                        server           \
                age  idle  up   down
                17      established       [2001:db8::2]:50000   [2001:db8:64::c000:201]:80   192.0.2.1:80     \
                60   5     100  2000
                18      client-ended,ftp  [2001:db8:1::2]:1024  [2001:db8:64::c633:6401]:21  198.51.100.1:21  \
                60   5     100  2000
                19      program           [2001:db8::2]:50000   [2001:db8::1]:23             -                \
                60   5     100  2000

                """)
        #expect(SessionCommand.table(of: []) == "")
    }
}
