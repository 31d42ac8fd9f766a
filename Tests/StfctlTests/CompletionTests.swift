// SPDX-License-Identifier: BSD-2-Clause
import Testing
import Words

@testable import Tool

/// What is offered where the cursor is, here without a daemon: with one, its interfaces too.
@Suite struct CompletionTests {
    static let verbs = "create destroy check explain"
    static let all = verbs + " map"
    static let plain =
        "up down description -description mtu link0 -link0 link1 -link1 link2 -link2 stfv4net stfv4br option212"
        + " auto -auto engine shortcut -shortcut xdp -xdp ask -ask route -route"
    static let address = "prefixlen alias -alias delete anycast deprecated -deprecated pltime vltime"

    /// The words before the cursor, `_` for one not yet begun, and what is offered.
    @Test(arguments: [
        ("_", all),
        ("c", "create check"),
        ("x", ""),
        ("-", "-a -C -c -f -h -i -j -L -l -m -s -t -V -v"),
        ("-v -", "-a -C -c -f -h -i -j -L -l -m -s -t -V -v"),
        ("-v", "-v"),
        ("-x _", ""),
        ("-v _", all),
        ("-- _", all),
        ("-f _", "<file>"),
        ("-v -f x", "<file>"),
        ("-s _", "<file>"),
        ("-vs _", "<file>"),
        ("create _", "stf"),
        ("create s", "stf"),
        ("create x", ""),
        ("destroy _", ""),
        ("check _", ""),
        ("explain _", ""),
        ("explain stf0 _", "in out"),
        ("explain stf0 in _", "on <file>"),
        ("stf0 explain out _", "<file>"),
        ("explain stf0 in on _", ""),
        ("explain stf0 in on eth0 _", "<file>"),
        ("stf0 _", "\(verbs) \(plain) inet6"),
        ("create stf0 _", "\(plain) inet6"),
        ("stf0 -l", "-link0 -link1 -link2"),
        ("stf0 l", "link0 link1 link2"),
        ("stf0 link0 l", "link1 link2"),
        ("stf0 link0 -l", "-link0 -link1 -link2"),
        ("stf0 pre", ""),
        ("stf0 inet6 _", "create \(plain) \(address)"),
        ("stf0 inet6 -", "-description -link0 -link1 -link2 -auto -shortcut -xdp -ask -route -alias -deprecated"),
        ("stf0 inet6 2002:c000:201::1 pre", "prefixlen"),
        ("stf0 inet6 2002:c000:201::1 prefixlen 16 p", "pltime"),
        ("stf0 -description u", "up"),
        // What goes with no other word.
        ("destroy stf0 _", ""),
        ("check stf0 _", ""),
        ("stf0 destroy _", ""),
        ("stf0 up d", "down description"),
        // What follows is for the user to say.
        ("stf0 mtu _", ""),
        ("stf0 description u", ""),
        ("stf0 descr u", ""),
        ("stf0 stfv4net _", ""),
        ("stf0 stfv4br _", ""),
        ("stf0 option212 _", ""),
        ("stf0 option212 x _", ""),
        ("stf0 option212 x 192.0.2.1 au", "auto"),
        ("stf0 route _", ""),
        ("stf0 route default v", "via"),
        ("stf0 route default via _", ""),
        ("map _", "inet6"),
        ("map inet6 _", ""),
        ("map inet6 2001:db8::/32 _", "stfv4net"),
        ("stf0 inet6 2002:c000:201::1 prefixlen _", ""),
        ("stf0 inet6 2002:c000:201::1 pltime _", ""),
        ("stf0 inet6 2002:c000:201::1 vltime _", ""),
    ])
    func whatCanFollowIsOffered(_ line: String, _ offered: String) {
        let words = line.split(separator: " ").map { $0 == "_" ? "" : String($0) }
        #expect(candidates(words).map(\.text).joined(separator: " ") == offered)
    }

    @Test(arguments: ["_", "-", "create _", "stf0 inet6 _"])
    func everyCandidateIsExplained(_ line: String) {
        let words = line.split(separator: " ").map { $0 == "_" ? "" : String($0) }
        #expect(candidates(words).filter { $0.help.isEmpty || $0.help.contains { $0 == "\t" || $0 == "\n" } } == [])
    }

    @Test func everyOptionIsOfferedAndNoOther() {
        let letters = candidates(["-"]).map { $0.text.dropFirst() }
        #expect(
            letters.sorted() == InterfaceTool.knownOptions.filter { $0 != ":" }.map { Substring(String($0)) }.sorted())
    }

    /// Nothing can listen below a file that is no directory.
    private func candidates(_ words: [String]) -> [Candidate] {
        Completion(tool: .stfctl).candidates(for: ["-s/dev/null/none"] + words)
    }
}
