// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import Dataplane

/// Linux's numbers become BSD's, and BSD's Linux's.
@Suite struct KernelKeyTests {
    @Test(
        arguments: [
            (KernelKey.Meaning.same, "64", 64), (.same, "-1", -1), (.same, "", nil), (.same, "x", nil),
            (.opposite, "0", 1), (.opposite, "1", 0), (.opposite, "3", 1),
            (.level(1), "0", 0), (.level(1), "1", 1), (.level(1), "2", 1), (.level(1), "-1", 0),
            (.level(2), "1", 0), (.level(2), "2", 1),
            (.milliseconds, "60", 60_000),
            (.word(0), "32768\t60999", 32768), (.word(1), "32768\t60999", 60999), (.word(2), "32768\t60999", nil),
        ] as [(KernelKey.Meaning, String, Int?)])
    func `a key's text is a number`(meaning: KernelKey.Meaning, text: String, value: Int?) {
        #expect(KernelKey("x", .node, meaning).value(of: text) == value)
    }

    @Test(
        arguments: [
            (KernelKey.Meaning.same, 7, "64", "7"),
            (.opposite, 0, "0", "1"), (.opposite, 1, "1", "0"), (.opposite, 1, "3", "3"), (.opposite, 0, "1", "1"),
            (.level(1), 1, "0", "1"), (.level(1), 1, "2", "2"), (.level(1), 0, "2", "0"), (.level(1), 0, "-1", "-1"),
            (.level(2), 1, "1", "2"), (.level(2), 0, "2", "1"), (.level(2), 0, "0", "0"),
            (.milliseconds, 2000, "60", "2"), (.milliseconds, 1500, "60", nil),
            (.word(0), 1024, "32768\t60999", "1024\t60999"), (.word(1), 65535, "32768\t60999", "32768\t65535"),
            (.word(1), 1, "7", nil),
        ] as [(KernelKey.Meaning, Int, String, String?)])
    func `a number is a key's text`(meaning: KernelKey.Meaning, value: Int, now: String, text: String?) {
        let key = KernelKey("x", .node, meaning)
        #expect(key.text(for: value, now: now) == text)
        if let text { #expect(key.value(of: text) == value) }
    }

    @Test func `what has no first level gets no second`() {
        #expect(KernelKey("x", .each, .level(2)).text(for: 1, now: "0") == "0")
        #expect(KernelKey("x", .each, .level(1)).text(for: 1, now: "-1") == "-1")
    }

    @Test(arguments: MIBVariable.allCases.compactMap(\.declaration.key).map(\.pattern))
    func `a pattern has its place for the interface`(pattern: String) {
        let key = KernelKey(pattern, .each)
        #expect(key.path("eth0.100").contains("/eth0.100/") == key.isPerInterface)
        #expect(pattern.hasPrefix("net/ipv"))
    }
}
