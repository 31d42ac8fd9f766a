// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing

/// A message too deep or of too many values is told from others before it is decoded; what is in strings does not count.
@Suite struct MessageLimitTests {
    @Test(arguments: [
        ("", 0, "", true), ("[", 16, "]", true), ("[", 17, "]", false), ("{\"a\":", 16, "}", true),
        ("{\"a\":", 17, "}", false), ("[{\"a\":", 8, "}]", true), ("[{\"a\":", 9, "}]", false),
        ("[", 100_000, "", false), ("[],", 1000, "", true), ("\"[", 1, "", true), ("\"[{\",", 100, "", true),
        ("\"\\\"[", 1, "", true), ("\"\\\\\"[", 17, "", false),
    ])
    func `depth is counted outside strings`(opening: String, count: Int, closing: String, isWithin: Bool) {
        let text = String(repeating: opening, count: count) + String(repeating: closing, count: count)
        #expect(VarlinkWire.isWithinLimits(text.utf8) == isWithin)
    }

    @Test(arguments: [
        ("1,", 16_383, true), ("1,", 16_384, false), ("[],", 8191, true), ("[],", 8192, false),
        ("\",,\",", 16_383, true),
    ])
    func `values are counted outside strings`(value: String, count: Int, isWithin: Bool) {
        #expect(VarlinkWire.isWithinLimits(String(repeating: value, count: count).utf8) == isWithin)
    }

    @Test func `every message of ours is within the limits`() throws {
        let reply = ListReply(interfaces: [FullValues.interface])
        var change = FullValues.change
        (change.faith, change.vamp, change.puppet) = (nil, nil, nil)
        let many = ApplyParameters(changes: Array(repeating: change, count: 280))
        #expect(VarlinkWire.isWithinLimits(try VarlinkWire.encode(VarlinkReply(parameters: reply))))
        #expect(VarlinkWire.isWithinLimits(try VarlinkWire.encode(VarlinkCall(method: "a.b", parameters: many))))
        // As many rules as there may be, each as long as one is.
        change.faith = FullValues.faithChange
        let rule = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128 permit 255.255.255.255/32 255.255.255.255"
        change.faith?.access = Array(repeating: rule, count: 4096)
        let bytes = try VarlinkWire.encode(VarlinkCall(method: "a.b", parameters: ApplyParameters(changes: [change])))
        #expect(VarlinkWire.isWithinLimits(bytes))
        #expect(bytes.count < VarlinkWire.messageLimit)
    }
}
