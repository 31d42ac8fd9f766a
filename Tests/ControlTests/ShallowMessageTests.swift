// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing

/// A message deeper than the limit is told from others before it is decoded, and brackets in strings do not count.
@Suite struct ShallowMessageTests {
    @Test(arguments: [
        ("", 0, "", true), ("[", 32, "]", true), ("[", 33, "]", false), ("{\"a\":", 32, "}", true),
        ("{\"a\":", 33, "}", false), ("[{\"a\":", 16, "}]", true), ("[{\"a\":", 17, "}]", false),
        ("[", 100_000, "", false), ("[],", 1000, "", true), ("\"[", 1, "", true), ("\"[{\",", 100, "", true),
        ("\"\\\"[", 100, "", true), ("\"\\\\\"[", 33, "", false), ("\\\"", 1, "[[", true),
    ])
    func `depth is counted outside strings`(opening: String, count: Int, closing: String, isShallow: Bool) {
        let text = String(repeating: opening, count: count) + String(repeating: closing, count: count)
        #expect(VarlinkWire.isShallow(text.utf8) == isShallow)
    }

    @Test func `every message of ours is shallow`() throws {
        let reply = ListReply(interfaces: [FullValues.interface])
        let call = VarlinkCall(method: IfnetMethod.apply.name, parameters: FullValues.apply)
        #expect(VarlinkWire.isShallow(try VarlinkWire.encode(VarlinkReply(parameters: reply))))
        #expect(VarlinkWire.isShallow(try VarlinkWire.encode(call)))
    }
}
