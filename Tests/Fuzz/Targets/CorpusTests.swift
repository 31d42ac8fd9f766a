// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Foundation
import Internet
import KernelPrograms
import TestSupport
import Testing

/// What fuzzing found worth keeping, once more and without a fuzzer.
@Suite struct CorpusTests {
    private static func corpus(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let directory = Executables.package.appending(path: "Tests/Fuzz/corpus/\(target.rawValue)")
        return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .map { ($0.lastPathComponent, Array(try Data(contentsOf: $0))) }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `the properties hold of what is kept`(_ target: FuzzTarget) throws {
        let inputs = try CorpusTests.corpus(of: target)
        #expect(inputs.count > 1)
        for (name, bytes) in inputs {
            do throws(Violation) {
                _ = try target.run(bytes.span.bytes) { 0 }
            } catch {
                Issue.record("\(target.rawValue)/\(name): \(error)")
            }
        }
    }

    /// Reasons that only a worker can give, because a device or a socket refused.
    private let workers: Set<StfDrop> = [
        .unsegmentable, .outerUnreachable, .outerProhibited, .sendQueueFull, .sendFailed, .deliveryFailed,
        .receiveQueueFull,
    ]

    @Test func `what is kept reaches every reason that rules can give`() throws {
        var reached: Set<StfDrop> = []
        for target in [FuzzTarget.input, .output, .error] {
            for (_, bytes) in try CorpusTests.corpus(of: target) {
                if let drop = try target.run(bytes.span.bytes, heap: { 0 }) { reached.insert(drop) }
            }
        }
        let missed = Set(StfDrop.all).subtracting(reached)
        #expect(missed == workers)
    }
}
