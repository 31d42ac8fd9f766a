// SPDX-License-Identifier: BSD-2-Clause
import Testing

/// What no source may have, wherever it is.
@Suite struct SourceTests {
    @Test(arguments: [
        "try!", " as! ", "@unchecked Sendable", "nonisolated(unsafe)", "fatalError(", "TODO", "FIXME",
    ])
    func aForbiddenConstructIsNowhere(_ construct: String) throws {
        #expect(try offenders { $0.contains(construct) } == [])
    }

    /// Foundation whole costs a tool its start; FoundationEssentials has what is needed.
    @Test func foundationIsImportedNowhere() throws {
        #expect(try offenders { $0.hasSuffix("import Foundation") || $0.contains("import Foundation.") } == [])
    }

    @Test func everySwiftFileSaysItsLicence() throws {
        for path in try ["Sources", "Tests"].flatMap({ try Repository.files(below: $0, suffix: ".swift") }) {
            #expect(try Repository.lines(path).first == "// SPDX-License-Identifier: BSD-2-Clause", "\(path)")
        }
    }

    /// `Sources/Tool/Usage.swift:7`, for each line that is so.
    private func offenders(_ isForbidden: (String) -> Bool) throws -> [String] {
        let paths = try Repository.files(below: "Sources", suffix: ".swift")
        try #require(!paths.isEmpty)
        return try paths.flatMap { path in
            try Repository.lines(path).enumerated().filter { isForbidden($1) }.map { "\(path):\($0.offset + 1)" }
        }
    }
}
