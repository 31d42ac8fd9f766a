// SPDX-License-Identifier: BSD-2-Clause
import Control
import Foundation
import TestSupport
import Testing
import Words

@testable import Dataplane

/// What takes nothing away may be said twice.
@Suite struct FaithRepeatTests {
    @Test func `what is kept from fuzzing changes nothing when said again`() throws {
        let corpus = Executables.package.appending(path: "Tests/Fuzz/corpus/words")
        var said = 0
        for file in try FileManager.default.contentsOfDirectory(at: corpus, includingPropertiesForKeys: nil) {
            let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            for line in (try? CommandFile.lines(of: text)) ?? [] {
                guard case .change(let change)? = try? InterfaceCommand(parsing: line.words, for: .faith),
                    let faith = change.faith, faith.noprefixes == nil, faith.norelays == nil, faith.norules == nil
                else { continue }
                var planner = FaithPlanner(FaithRecord(), of: change.interface, isIdempotent: true)
                guard (try? planner.apply(faith)) != nil else { continue }
                let state = planner.record
                #expect(throws: Never.self) { try planner.apply(faith) }
                #expect(planner.record == state, "\(line.words)")
                said += 1
            }
        }
        #expect(said > 5)
    }
}
