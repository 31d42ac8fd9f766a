// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import Tool

/// Options are letters before the first word, as getopt(3) has them.
@Suite struct OptionsTests {
    /// The letters given, the value of `-s`, and the words left.
    @Test(arguments: [
        ("", "", nil, ""),
        ("stf0", "", nil, "stf0"),
        ("-a", "a", nil, ""),
        ("-L -v", "Lv", nil, ""),
        ("-Lv", "Lv", nil, ""),
        ("-vLv stf0", "Lv", nil, "stf0"),
        ("-s path stf0", "s", "path", "stf0"),
        ("-spath stf0", "s", "path", "stf0"),
        ("-vs path", "sv", "path", ""),
        ("-vspath", "sv", "path", ""),
        ("-sv", "s", "v", ""),
        ("-s -v", "s", "-v", ""),
        ("-s --", "s", "--", ""),
        ("-s one -s two", "s", "two", ""),
        ("--", "", nil, ""),
        ("-- -v", "", nil, "-v"),
        ("-v -- stf0 -- -L", "v", nil, "stf0 -- -L"),
        ("-", "", nil, "-"),
        ("- -v", "", nil, "- -v"),
        ("-f -", "f", nil, ""),
        ("-f - -", "f", nil, "-"),
        // After the first word nothing is an option.
        ("stf0 -link0", "", nil, "stf0 -link0"),
        ("-v stf0 -link0 -s path -x", "v", nil, "stf0 -link0 -s path -x"),
    ])
    func lettersAreTakenUpToTheFirstWord(_ line: String, _ letters: String, _ socket: String?, _ words: String) throws {
        let options = try Options(
            parsing: line.split(separator: " ").map(String.init), known: InterfaceTool.knownOptions)
        #expect(InterfaceTool.knownOptions.filter { options.has($0) }.sorted() == letters.sorted())
        #expect(options.value("s") == socket)
        #expect(options.words.joined(separator: " ") == words)
    }

    @Test(arguments: [
        (["-x"], "unknown option -x"),
        (["-vx"], "unknown option -x"),
        (["-v", "-é"], "unknown option -é"),
        (["-:"], "unknown option -:"),
        (["--version"], "unknown option --version"),
        (["-s"], "option -s requires an argument"),
        (["-vs"], "option -s requires an argument"),
        (["-s", ""], "option -s requires an argument"),
        (["-f"], "option -f requires an argument"),
    ])
    func whatIsNoOptionIsRefused(_ arguments: [String], _ reason: String) {
        #expect(throws: UsageError(reason: reason)) {
            try Options(parsing: arguments, known: InterfaceTool.knownOptions)
        }
    }

    @Test func anEmptyWordIsAWord() throws {
        #expect(try Options(parsing: ["", "-v"], known: "v").words == ["", "-v"])
    }
}
