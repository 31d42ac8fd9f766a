// SPDX-License-Identifier: BSD-2-Clause
import Stf
import KernelPrograms
import Testing

@testable import Dataplane

/// stf-conformance(7) names only what there is: reasons that are counted, variables, and tests that are run.
@Suite struct ConformanceTests {
    /// One requirement: `.It 5.1 Pq MUST`, what is required, `.Em Done .`, and the fields behind it.
    private struct Requirement {
        let section: String
        var status: String?
        var variables: [String] = []
        var reasons: [String] = []
        var tests: [String] = []
    }

    private static let statuses = ["Done", "Partly", "Not done", "The kernel's", "The administrator's"]

    @Test func everyRequirementHasAStatus() throws {
        let requirements = try requirements()
        #expect(requirements.count > 50)
        let unsettled = requirements.filter { !ConformanceTests.statuses.contains($0.status ?? "") }
        #expect(unsettled.map(\.section) == [])
    }

    /// Nothing is said to be done that no test holds.
    @Test func whatIsDoneIsTested() throws {
        let untested = try requirements().filter { $0.status == "Done" && $0.tests.isEmpty }
        #expect(untested.map(\.section) == [])
    }

    /// `StfPacketTests` is a suite, `SixRDTests.forgedSourcesDie` a function of one.
    @Test func everyTestIsThere() throws {
        let missing = try Set(requirements().flatMap(\.tests)).filter { try !isTest($0) }
        #expect(missing.sorted() == [])
    }

    private func isTest(_ name: String) throws -> Bool {
        let parts = name.split(separator: ".").map(String.init)
        // Two packages of tests may have a suite of one name.
        return try Repository.files(below: "Tests", suffix: "/\(parts[0]).swift").contains { file in
            let source = try Repository.text(file)
            guard source.contains("@Suite struct \(parts[0]) {") else { return false }
            guard parts.count == 2 else { return parts.count == 1 }
            // With arguments, `@Test` is some lines above, but no other function is in between.
            let head = source.split(separator: "func \(parts[1])(", maxSplits: 1)
            guard head.count == 2, let test = head[0].ranges(of: "@Test").last else { return false }
            return !head[0][test.upperBound...].contains("func ")
        }
    }

    /// `no-own-ipv4`, or with `rule` for any of a family: `outer-source-`.
    @Test func everyReasonIsCounted() throws {
        let counted = Set(StfDrop.all.map(\.name))
        let unknown = try Set(requirements().flatMap(\.reasons)).filter { reason in
            !(reason.hasSuffix("-") ? counted.contains { $0.hasPrefix(reason) } : counted.contains(reason))
        }
        #expect(unknown.sorted() == [])
    }

    @Test func everySwitchIsAVariable() throws {
        let unknown = try Set(requirements().flatMap(\.variables)).filter { MIBVariable(rawValue: $0) == nil }
        #expect(unknown.sorted() == [])
    }

    private func requirements() throws -> [Requirement] {
        let lines = try Repository.lines("man/stf-conformance.7").drop { $0 != ".Sh REQUIREMENTS" }
        var requirements: [Requirement] = []
        var field = "", isListed = false
        for line in lines {
            if line.hasPrefix(".It ") {
                requirements.append(Requirement(section: String(line.dropFirst(4))))
                (field, isListed) = ("", true)
            } else if line == ".El" {
                isListed = false
            } else if let word = line.lowercased().wholeMatch(of: /(switch|reason|test)(?:e?s)?/) {
                field = String(word.1)
            } else if isListed, let last = requirements.indices.last {
                add(line, as: field, to: &requirements[last])
                if line.hasSuffix(" ;") || line.hasSuffix(" .") { field = "" }
            }
        }
        return requirements
    }

    /// `.Li outer-source- Ns Ar rule ,`
    private func add(_ line: String, as field: String, to requirement: inout Requirement) {
        if let status = line.wholeMatch(of: /\.Em (.+) [.:]/) { requirement.status = String(status.1) }
        guard let name = line.wholeMatch(of: /\.(Va|Li) (\S+)(?: Ns Ar rule)? [,;.]/).map({ String($0.2) }) else {
            return
        }
        switch field {
        case "switch": requirement.variables.append(name)
        case "reason": requirement.reasons.append(name)
        case "test": requirement.tests.append(name)
        default: break
        }
    }
}
