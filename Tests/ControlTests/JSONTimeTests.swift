// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing

/// Anyone who can connect may send a message of the largest size and of any shape, and everyone else waits meanwhile.
@Suite struct JSONTimeTests {
    @Test(arguments: ["{}", "[]"], [4, 30])
    func `a call is read in time by its length and not by its depth`(leaf: String, depth: Int) {
        let leaves = Array(repeating: leaf, count: 20_000).joined(separator: ",")
        let list = String(repeating: "[", count: depth) + leaves + String(repeating: "]", count: depth)
        let call = Array(#"{"method":"a.b","parameters":{"a":\#(list)}}"#.utf8)
        #expect(call.count < VarlinkWire.messageLimit)
        let time = ContinuousClock().measure {
            _ = try? VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: call)
        }
        #expect(time < .seconds(2))
    }
}
