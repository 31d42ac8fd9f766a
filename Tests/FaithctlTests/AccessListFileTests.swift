// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Testing
import Tool

@testable import faithctl

/// A file of rules is told from one of commands by what it begins with.
@Suite struct AccessListFileTests {
    @Test(
        arguments: [
            ("::/0 permit 0.0.0.0/0", ["::/0 permit 0.0.0.0/0"]),
            (
                "# the office\n\n \t2001:db8::/32\tDENY 192.0.2.0/24 # not there\r\n::1 permit 10.0.0.1 192.0.2.1\n",
                ["2001:db8::/32 deny 192.0.2.0/24", "::1/128 permit 10.0.0.1/32 192.0.2.1"]
            ),
        ] as [(String, [String])])
    func `rules are read`(text: String, rules: [String]) throws {
        #expect(try withFile(text, AccessListFile.init) == .rules(rules))
    }

    @Test(arguments: [
        "faith0 create", "# up\n\ncreate faith0 prefix 2001:db8:64::/96",
        // The second word is that of a rule, too.
        "faith0 permit 2001:db8::/32 10.0.0.0/8", "faith0 deny ::/0 0.0.0.0/0",
        "'faith0' -permit ::/0 0.0.0.0/0", "10.0.0.0/8 permit 0.0.0.0/0", "\0", "\u{FEFF}faith0 up",
    ])
    func `anything else is commands`(text: String) throws {
        #expect(try withFile(text, AccessListFile.init) == .commands)
    }

    @Test(arguments: ["", "\n", "# ::/0 permit 0.0.0.0/0\n", " \t\r\n#", "#"])
    func `comments are nothing`(text: String) throws {
        #expect(try withFile(text, AccessListFile.init) == .nothing)
    }

    /// What has begun as a list of rules is one to its end, or refused as a whole.
    @Test(arguments: [
        ("::/0 permit 0.0.0.0/0\nfaith0 up", "2: wants: clients permit|deny servers [source]"),
        ("::/129 permit 0.0.0.0/0", "1: ::/129: not an IPv6 prefix"),
        ("# one\n::/0 allow 0.0.0.0/0", "2: allow: neither permit nor deny"),
        ("2001:db8::/32", "1: wants: clients permit|deny servers [source]"),
        ("permit:", "1: wants: clients permit|deny servers [source]"),
    ])
    func `a bad line is named`(text: String, error: String) throws {
        try withFile(text) { name in
            #expect(refusal { _ = try AccessListFile(name) } == "\(name):\(error)")
        }
    }

    @Test func `a file that is not there is no input`() {
        let error = #expect(throws: ToolError.self) { try AccessListFile("/dev/null/none") }
        #expect(error?.line == "/dev/null/none: Not a directory")
        #expect(error?.status == .noInput)
    }

    @Test func `standard input has commands`() throws {
        #expect(try AccessListFile("-") == .commands)
    }

    /// Nothing is taken out of it, and nobody waits for who writes to it.
    @Test func `a pipe has commands`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "faithctl-\(UUID().uuidString)").path
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        #expect(try AccessListFile(path) == .commands)
    }

    /// What can be told before anybody is asked.
    @Test(arguments: [
        ("faith0 up", "faith0", "faith0: FILE holds commands, which name interfaces"),
        ("# nothing", "faith0", "FILE: holds no rule; without any, every client may reach every public server"),
        ("::/0 permit 0.0.0.0/0", "faith0 up", "up: one interface at a time"),
        ("::/0 permit", "faith0", "FILE:1: wants: clients permit|deny servers [source]"),
    ])
    func `a list is for one interface`(text: String, words: String, error: String) throws {
        try withFile(text) { name in
            let arguments = ["-s/dev/null/none", "-f", name] + words.split(separator: " ").map(String.init)
            let options = try Options(parsing: arguments, known: "f:s:")
            let line = refusal { _ = try FaithCommands().run(options, of: .faithctl) }
            #expect(line == error.replacing("FILE", with: name))
        }
    }

    /// Commands, and what says nothing, are for what all tools do.
    @Test(arguments: ["faith0 up", "# nothing"])
    func `commands are left to the tool`(text: String) throws {
        try withFile(text) { name in
            let options = try Options(parsing: ["-f", name], known: "f:")
            #expect(try FaithCommands().run(options, of: .faithctl) == nil)
        }
    }
}
