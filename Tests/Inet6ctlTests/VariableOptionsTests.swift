// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Testing
import Words

@testable import inet6ctl
@testable import Tool

/// A command line of `inet6ctl` makes sense or brings the usage, which names every option.
@Suite struct VariableOptionsTests {
    @Test(arguments: [
        ("", "a name is missing"), ("-n", "a name is missing"), ("-d -s x", "a name is missing"),
        ("-h -n", "a name is missing"), ("--check", "a name is missing"), ("-T", "a name is missing"),
        ("-Nn net", "-N and -n exclude each other"), ("-n -N -a", "-N and -n exclude each other"),
        ("-T net.a=1", "Can't set variables when using -T or -W"),
        ("-W net.b net.a:1", "Can't set variables when using -T or -W"),
        ("-m net.a=1", "-m only shows"), ("-m -f x", "-m only shows"), ("-m -c", "-m only shows"),
        ("-c -f x", "-c only shows"), ("-c net.a=1", "-c only shows"), ("-c -j", "-c and -j exclude each other"),
        ("-a -f x", "-a and -f exclude each other"), ("-X -f x", "-a and -f exclude each other"),
        ("-Q", "unknown option -Q"), ("-k net", "unknown option -k"), ("--checks net", "unknown option --checks"),
        ("-B", "option -B requires an argument"), ("-P", "option -P requires an argument"),
    ])
    func whatMakesNoSenseIsRefused(_ line: String, _ reason: String) {
        #expect(throws: UsageError(reason: reason)) { try options(line) }
    }

    @Test(arguments: [
        "-a", "-A", "-X", "net", "-f x", "-f x net.a=1", "-P x", "-m", "-m net", "-c", "-c net", "-B 7 net", "-T net",
        "-Wa", "--check net.a=1", "--check -f x", "-f x --check", "-Td net", "-dn net.a=1", "-- -x", "/",
    ])
    func whatMakesSenseIsTaken(_ line: String) throws {
        _ = try options(line)
    }

    @Test func descriptionsAndTypesSetNothing() throws {
        for flags in ["-d", "-t", "-dt"] {
            let options = try options("\(flags) net.a=1")
            #expect(!options.sets(options.arguments[0]))
        }
        let options = try options("--check net.a=1 net.a")
        #expect(options.isCheck && options.sets(options.arguments[0]) && !options.sets(options.arguments[1]))
    }

    @Test func patternsAreAllKept() throws {
        #expect(try options("-P net/a/* -nP net.b*").patterns == ["net.a.*", "net.b*"])
    }

    @Test(arguments: VariableOptions.known.filter { $0 != ":" })
    func everyOptionIsInTheUsage(_ letter: Character) {
        let clusters = VariableOptions.usage.split { !$0.isLetter && $0 != "-" }.filter { $0.hasPrefix("-") }
        #expect(clusters.contains { $0.contains(letter) } || VariableOptions.usage.contains("| -\(letter)"))
    }

    @Test func everyOptionIsOfferedAndNoOther() {
        let offered = candidates("-").map(\.text)
        let known = VariableOptions.known.filter { $0 != ":" }.map { "-\($0)" }
        #expect(offered.sorted() == (known + VariableOptions.long.map(\.word)).sorted())
        #expect(candidates("-").filter { $0.help.isEmpty || $0.help.contains("\t") } == [])
    }

    @Test(arguments: [
        ("--c", "--check"), ("-a -P", "-P"), ("-f _", "<file>"), ("-nf x", "<file>"), ("-s _", "<file>"),
        ("-B _", ""), ("-P _", ""), ("-Q _", ""), ("net.a -", ""), ("-- -", ""),
        // Without a daemon, only what is no variable.
        ("_", "addr"), ("-j a", "addr"), ("-n a", ""), ("net.a a", ""), ("b", ""),
    ])
    func whatCanFollowIsOffered(_ line: String, _ offered: String) {
        #expect(candidates(line).map(\.text).joined(separator: " ") == offered)
    }

    /// Without a daemon.
    private func candidates(_ line: String) -> [Candidate] {
        let words = line.split(separator: " ").map { $0 == "_" ? "" : String($0) }
        return VariableCompletion.candidates(for: ["-s/dev/null/none"] + words)
    }

    private func options(_ line: String) throws(UsageError) -> VariableOptions {
        let words = line.split(separator: " ").map(String.init)
        return try VariableOptions(
            try Options(parsing: words, known: VariableOptions.known, long: VariableOptions.long))
    }
}

/// What is set, and why it is not, in sysctl(8)'s words.
@Suite struct VariableSettingTests {
    @Test(arguments: [
        ("net.a.int=5", "5"), ("net.a.int=0x1F", "31"), ("net.a.int:010", "8"), ("net.a.int=-0x1", "-1"),
        ("net.a.int=+7", "7"), ("net.a.int= \t7", "7"), ("net.a.int='7'", "7"), ("net.a.int =00", "0"),
        ("net.a.int=9223372036854775807", "9223372036854775807"), ("net/a/int=1", "1"),
    ])
    func aNumberIsSentInDecimal(_ text: String, _ value: String) throws {
        #expect(try setting(text).assignment == Assignment("net.a.int", value))
    }

    @Test(arguments: [
        ("net.a.int=", "empty numeric value"), ("net.a.int= ", "empty numeric value"),
        ("net.a.int=''", "empty numeric value"), ("net.a.int=x", "invalid integer 'x'"),
        ("net.a.int=1 ", "invalid integer '1 '"), ("net.a.int=08", "invalid integer '08'"),
        ("net.a.int=0x", "invalid integer '0x'"), ("net.a.int=--1", "invalid integer '--1'"),
        ("net.a.int=-+1", "invalid integer '-+1'"), ("net.a.int=-", "invalid integer '-'"),
        ("net.a.int=1e3", "invalid integer '1e3'"), ("net.a.int=\u{661}", "invalid integer '\u{661}'"),
        ("net.a.int=9223372036854775808", "invalid integer '9223372036854775808'"),
        ("net.a.flag=no", "invalid uint8_t 'no'"), ("net.a.flag=-1", "invalid uint8_t '-1'"),
        ("net.a.count=-1", "invalid unsigned integer '-1'"),
        ("net.a.stats=1", "oid 'net.a.stats' is type 5, cannot set that"),
        ("net/a=1", "oid 'net/a' isn't a leaf node"),
    ])
    func whatDoesNotFitIsSaid(_ text: String, _ line: String) {
        #expect(throws: VariableComplaint(line: line)) { try setting(text) }
        #expect(throws: VariableComplaint(line: "\(line) at line 7")) { try setting(text, line: 7) }
    }

    @Test func whatIsReadOnlyIsSaid() {
        #expect(throws: VariableComplaint(line: "oid 'net.a.text' is read only")) {
            try setting("net.a.text=x") { $0.writable = false }
        }
        #expect(throws: VariableComplaint(line: "oid 'net.a.int' is a read only tunable at line 2")) {
            try setting("net.a.int=x", line: 2) { ($0.writable, $0.tunable) = (false, true) }
        }
    }

    @Test func whatIsTooLongIsSaid() throws {
        let text = "net.a.text=" + String(repeating: "x", count: 1024 - 11)
        #expect(throws: VariableComplaint(line: "oid too long: '\(text)'")) { try setting(text) }
        #expect(try setting(String(text.dropLast())).assignment.value.count == 1012)
    }

    @Test(arguments: [
        (BSDErrno.EINVAL, "net.a.int=5 at line 3: Invalid argument (1..2)"),
        (.EPERM, "net.a.int=5 at line 3: Operation not permitted (1..2)"),
        (.EOPNOTSUPP, "net.a.int=5: value is not available at line 3"),
        (.ENOTDIR, "net.a.int=5: specification is incomplete at line 3"),
        (.ENOMEM, "net.a.int=5: type is unknown to this program at line 3"),
    ])
    func aRefusalIsSaid(_ errno: BSDErrno, _ line: String) throws {
        let words = try setting("net.a.int=5", line: 3).words
        #expect(VariableComplaint(Refusal("net.a.int", "5", errno, "1..2"), of: words).line == line)
    }

    @Test func allThatCanBeSetIsDumped() {
        var reply = VariableFormatTests.reply
        for place in reply.variables.indices where place != 3 { reply.variables[place].writable = true }
        reply.variables[4].value = " a # b'"
        #expect(
            VariableSession.dump(of: reply) == """
                net.a.int=10
                net.a.neg=-1
                net.a.flag=1
                net.a.text=" a # b'"

                """)
    }

    private func setting(
        _ text: String, line: Int? = nil, _ change: (inout VariableStatus) -> Void = { _ in }
    ) throws -> VariableSetting {
        let words = VariableWords(text, line: line)
        var variable = VariableFormatTests.reply.variables.first { $0.name == words.name }
        variable?.writable = true
        if var changed = variable {
            change(&changed)
            variable = changed
        }
        return try VariableSetting(words, of: variable)
    }
}
