// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

/// No packet asks for memory: who sends a million of them a second must not have us ask a million times.
@Suite struct StfMemoryTests {
    @Test func `carrying a packet asks for no memory`() throws {
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "StfBench")
        let scratch = FileManager.default.temporaryDirectory.appending(path: "stf-\(UUID())")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let result = try RunningCommand([program.path, "20"], scratch: scratch).wait(within: .seconds(60))
        #expect(result.status == 0, "\(result)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.hasSuffix(" 0 requests for memory") }, "\(result.output)")
    }
}
