// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO
import SystemPackage
import Testing
import Words

@testable import Tool

/// Each failure is one line that names the object and the reason, and a status of sysexits(3).
@Suite struct ToolErrorTests {
    @Test(
        arguments: [
            (.usage("unknown option -x"), "unknown option -x", .usage),
            (.line("file:3: unclosed quote"), "file:3: unclosed quote", .usage),
            (.noInput("file: No such file or directory"), "file: No such file or directory", .noInput),
            (.control(.refused(Refusal("stf0", nil, .EEXIST))), "stf0: File exists", .refused),
            (
                .control(.refused(Refusal("stf0", "mtu 9", .EINVAL, "1280..65515"))),
                "stf0: mtu 9: Invalid argument (1280..65515)", .refused
            ),
            (.control(.refused(Refusal("inet6d", nil, .EPERM))), "inet6d: Operation not permitted", .notPermitted),
            (unreachable(.noSuchFileOrDirectory), "/s: No such file or directory (is inet6d running?)", .unavailable),
            (unreachable(.connectionRefused), "/s: Connection refused (is inet6d running?)", .unavailable),
            (unreachable(.permissionDenied), "/s: Permission denied", .notPermitted),
            (.control(.failed("a.b.Error")), "inet6d answers a.b.Error", .refused),
            (.control(.noAnswer), "inet6d does not answer", .unavailable),
            (.control(.badAnswer), "inet6d answers something else", .refused),
        ] as [(ToolError, String, Tool.ExitStatus)])
    func anErrorHasALineAndAStatus(_ error: ToolError, _ line: String, _ status: Tool.ExitStatus) {
        #expect(error.line == line)
        #expect(error.status == status)
    }

    @Test(arguments: [
        ("stf0 mtu abc", "stf0: mtu abc: bad value"),
        ("stf0 frob", "stf0: frob: unknown word"),
        ("create", "create: needs an interface"),
    ])
    func aWordThatCannotBeIsWrongUsage(_ line: String, _ message: String) {
        let error = #expect(throws: WordError.self) {
            try InterfaceCommand(parsing: line.split(separator: " ").map(String.init), for: .stf)
        }
        #expect(error.map { ToolError.word($0).line } == message)
        #expect(error.map { ToolError.word($0).status } == .usage)
    }

    @Test(arguments: BSDErrno.allCases)
    func everyRefusalIsOneLine(_ errno: BSDErrno) {
        let error = ToolError.control(.refused(Refusal("stf0", "up", errno, "why")))
        #expect(error.line == "stf0: up: \(errno.text) (why)")
        #expect(error.status == (errno == .EPERM ? .notPermitted : .refused))
    }

    @Test(
        arguments: [
            (.success, 0), (.refused, 1), (.usage, 64), (.noInput, 66), (.unavailable, 69), (.notPermitted, 77),
        ] as [(Tool.ExitStatus, Int32)])
    func aStatusHasItsNumber(_ status: Tool.ExitStatus, _ number: Int32) {
        #expect(status.rawValue == number)
    }

    private static func unreachable(_ errno: Errno) -> ToolError {
        .control(.unreachable(path: "/s", SystemError("connect", errno)))
    }
}
