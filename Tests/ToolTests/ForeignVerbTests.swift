// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import Tool

/// Who is used to other tools is told what it is called here.
@Suite struct ForeignVerbTests {
    @Test(arguments: [
        ("show", "stfctl stf0 shows one interface, and stfctl all"),
        ("list", "stfctl stf0 shows one interface, and stfctl all"),
        ("crate", "is it create?"), ("creat", "is it create?"), ("cretae", "is it create?"), ("chek", "is it check?"),
        ("destory", "is it destroy?"), ("add", "is it create?"), ("del", "is it destroy?"), ("rm", "is it destroy?"),
        ("set", "words follow the interface: stfctl stf0 ..."), ("version", "stfctl -V says it"),
        ("eth0", nil), ("tun6to4", nil), ("frobnicate", nil), ("", nil), ("x", nil),
    ])
    func `a verb has a name here`(word: String, hint: String?) {
        let verbs = ["create", "destroy", "check", "explain"]
        #expect(ForeignVerb.hint(word, verbs: verbs, tool: "stfctl", interface: "stf0") == hint)
    }

    /// No tool has it.
    @Test func `what cannot be made is not named`() {
        #expect(ForeignVerb.hint("add", verbs: ["inet6"], tool: "inet6ctl addr", interface: "eth0") == nil)
    }
}
