// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import BSDBoot

/// A shell's assignments are read as it would read them, and nothing is run.
@Suite struct ShellTests {
    @Test(arguments: [
        ("a=1\nb='2 3' c=\"4\"", ["a=1", "b=2 3", "c=4"]),
        ("a=\"up \\\n mtu 1480\"", ["a=up  mtu 1480"]),
        ("a=\"one\ntwo\"", ["a=one two"]),
        ("a='\\x' b=\\x c=\"\\x\\\"\"", ["a=\\x", "b=x", "c=\\x\""]),
        ("a=1 # b=2\n#c=3\nd=x#y", ["a=1", "d=x#y"]),
        ("a=1;b=2", ["a=1", "b=2"]),
        ("a=up\na=\"${a} link0\"\nb=$a$c", ["a=up", "a=up link0", "b=up link0"]),
        ("\u{FEFF}a=1\r\n", ["a=1"]),
        ("a=\"unclosed", ["a=unclosed"]),
    ])
    func `an assignment is known`(text: String, pairs: [String]) {
        let script = ShellAssignments(reading: text)
        #expect(script.assignments.map { "\($0.name)=\($0.value)" } == pairs)
        #expect(script.oddities == [])
    }

    @Test(arguments: [
        ("a=$(touch /tmp/x)\nb=1", [1]), ("a=1\nb=`id` c=2\n", [2]), ("a=\"x $(id)\"", [1]), ("a=${b:-2}", [1]),
        (". /etc/other\n", [1]), ("echo a=1\n", [1]), ("f() {\na=2\n}\n", [1]),
        ("if true; then\n  a=2\n  if x; then b=3; fi\nfi\n", [1]), ("case x in\nx) a=2 ;;\nesac\n", [1]),
        ("export a=2\n", [1]), ("for i in 1 2; do a=2; done\n", [1]),
    ])
    func `what would be run is passed over`(text: String, lines: [Int]) {
        let script = ShellAssignments(reading: text)
        #expect(script.assignments.allSatisfy { ["1"].contains($0.value) }, "\(script.assignments)")
        #expect(script.oddities.map(\.line) == lines, "\(script.oddities)")
    }

    /// Whatever comes, it ends.
    @Test func `no text is too odd`() {
        for text in [
            "$", "${", "$(", "`", "\"", "'", "\\", "a=\\", "a=$", "a=${x", "a=\"$(", ";;;", "{", "}", "((", "&&",
        ] {
            for end in ["", "\n", "a=1\n"] { _ = ShellAssignments(reading: text + end) }
        }
    }
}
